"""A login of its own for each session that a person reads the warehouse in.

A session can always change the password of the role that it logged in as or can become, go back to that role, and
switch a read-only setting off; no version of PostgreSQL can forbid it. So a person gets neither the owner's session,
narrowed by SET ROLE, nor a login that somebody else uses, too: what such a session can change ends with it.
"""

import secrets
from datetime import UTC, datetime, timedelta

from miyabi_dw.common.errors import Busy, ConnectionFailed, MiyabiError
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import embedded
from miyabi_dw.db.connection import Connection, Database, DatabaseError, Login
from miyabi_dw.db.errors import redacted_error
from miyabi_dw.db.statements import run, value_as

NAME = "miyabi-dw:psql"
# The statement that drops outdated logins counts by it.
VALID = timedelta(hours=12)
MOST = 10


def new_login(database: Database, settings: Settings) -> Login | None:
    """None where the settings name a login for readers; ConnectionFailed says what to do where none can be made."""
    if settings.warehouse_analyst_url:
        return None
    if not settings.warehouse_roles:
        raise _no_login(database, "MIYABI_WAREHOUSE_ROLES is false")
    with database.connect("owner", application_name=NAME) as connection:
        login = _made(connection, database)
    try:
        # The server's rules may admit users by other means than a password only.
        with database.connect("analyst", application_name=NAME, login=login):
            return login
    except MiyabiError as error:
        raise _no_login(database, f"one was made and is not let in, {error.what}") from error


def _made(connection: Connection, database: Database) -> Login:
    run(connection, "db/readers/sweep")
    if value_as(int, connection, "db/readers/others") >= MOST:
        raise Busy(f"{MOST} readers are connected", database.describe("analyst"), "wait until one has left")
    login = Login(f"miyabi_reader_{secrets.token_hex(4)}", secrets.token_urlsafe(24))
    values = {"verifier": embedded.scram_verifier(login.password), "until": (datetime.now(UTC) + VALID).isoformat()}
    try:
        run(connection, "db/readers/make", values, login=login.user)
    except DatabaseError as error:
        connection.rollback()
        raise _no_login(database, redacted_error(error)) from error
    return login


def _no_login(database: Database, why: str) -> ConnectionFailed:
    return ConnectionFailed(
        f"there is no login for readers: {why}",
        database.describe("analyst"),
        "set MIYABI_WAREHOUSE_ANALYST_URL, or give the owner CREATEROLE and miyabi_analyst WITH ADMIN OPTION;"
        " miyabi-dw psql --admin opens the warehouse as its owner",
        code="role-missing",
    )
