"""Makes a warehouse with nothing in it where there is none, and never empties one that somebody may need."""

import contextlib

from miyabi_dw.common.errors import BadRequest, ConnectionFailed, RecoveryFailed
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import databases, statements
from miyabi_dw.db.connection import Connection, Database, DatabaseError
from miyabi_dw.db.embedded.layout import Layout
from miyabi_dw.registry.recoveries import DatabaseProgress, database_progress

NAME = "miyabi-dw:recover"
MAINTENANCE = "postgres"
MISSING = "database-missing"
# The words of versions before: a restore that they began is begun again.
BEGUN = "miyabi-dw: restore in progress"


def progress(database: Database) -> DatabaseProgress:
    """Nothing of either where there is no database."""
    try:
        with database.connect("owner", application_name=NAME) as connection:
            return database_progress(connection)
    except ConnectionFailed as error:
        if error.code != MISSING:
            raise
        return DatabaseProgress(has_begun=False, restored_backup=None)


def tell_progress(database: Database, restored_backup: str | None = None, *, has_ended: bool = False) -> None:
    """Has the database say how far its recovery is: begun, restored from a backup, or ended."""
    words = f"miyabi-dw: restored from {restored_backup}, recovery in progress" if restored_backup else BEGUN
    with database.connect("owner", application_name=NAME) as connection:
        values = {"words": None if has_ended else words}
        statements.run_count(connection, "operations/recovery/tell_progress", values, database=dbname_of(database))


def ensure_empty(database: Database, settings: Settings) -> None:
    """Makes the database where it is gone, clears what an interrupted restore left, refuses one with anything in it."""
    try:
        state = _state(database)
    except ConnectionFailed as error:
        if error.code != MISSING:
            raise
        state = "gone"
    if state == "full":
        raise BadRequest(
            "the database is not empty",
            database.describe("owner"),
            "a restore goes into an empty one only: move it away first (ALTER DATABASE ... RENAME TO ...)",
        )
    if state == "half restored":
        with database.connect("owner", application_name=NAME, autocommit=True, dbname=MAINTENANCE) as connection:
            databases.drop(connection, dbname_of(database))
    if state != "empty":
        _make(database, settings)


def _state(database: Database) -> str:
    if progress(database).has_begun:
        return "half restored"
    with database.connect("owner", application_name=NAME) as connection:
        return "empty" if statements.value_as(bool, connection, "operations/backup/is_empty") else "full"


def _make(database: Database, settings: Settings) -> None:
    if database.is_embedded("owner"):
        # The server sets itself up again when next asked for: database, extension and rights.
        Layout(settings.home).provisioned.unlink(missing_ok=True)
        return
    with database.connect("owner", application_name=NAME, autocommit=True, dbname=MAINTENANCE) as connection:
        databases.refuse_without_right(connection)
        statements.run(connection, "operations/recovery/create_database", database=dbname_of(database))
    # Only a superuser may; without it the monthly review says that it has no timings.
    with contextlib.suppress(DatabaseError), database.connect("owner", application_name=NAME) as connection:
        statements.run(connection, "db/server/extensions")


def dbname_of(database: Database) -> str:
    return database.client_environment("owner")["PGDATABASE"]


def ensure_roles(connection: Connection, settings: Settings) -> None:
    """RecoveryFailed when the backup's rows would belong to roles that the server does not have."""
    statements.run(connection, "db/server/roles")
    missing = [row["name"] for row in statements.run(connection, "operations/recovery/missing_roles")]
    if missing and settings.warehouse_roles:
        raise RecoveryFailed(
            f"the server lacks the role {' and '.join(missing)}",
            "and this user may not make roles",
            "have an administrator run CREATE ROLE for each, or set MIYABI_WAREHOUSE_ROLES=false",
        )


def refuse_older_server(connection: Connection, made_with: str) -> None:
    """A dump of a later major version cannot be read by an earlier server."""
    theirs, ours = int(made_with) // 10000, connection.server_version // 10000
    if theirs > ours:
        raise BadRequest(
            f"the backup is of PostgreSQL {theirs}, the server is {ours}",
            "an older server cannot take it",
            f"restore into PostgreSQL {theirs} or later",
        )
