"""Brings the warehouse's schema to this version: everything that is pending, in one transaction, or nothing.

What others have built on ours (views, grants, functions, indexes) outlives an upgrade; when it cannot, nothing is done.
"""

import logging
from collections.abc import Mapping
from pathlib import Path

from miyabi_dw.common.errors import SchemaError
from miyabi_dw.common.paths import MIGRATIONS
from miyabi_dw.db.connection import Connection, DatabaseError, execute
from miyabi_dw.db.errors import redacted_error
from miyabi_dw.db.locks import SCHEMA_MIGRATION, advisory_lock
from miyabi_dw.db.roles import refuse_stranger
from miyabi_dw.db.scripts import Migration, migrations
from miyabi_dw.db.statements import run

logger = logging.getLogger(__name__)

# Scripts of earlier versions that are no more; a warehouse that has them is not newer than the program.
FORMER = frozenset({"marts"})
# What ops.set_aside and ops.restore_set_aside raise, with the remedy as hint.
CANNOT_RESTORE = "MDW01"
HAS_DEPENDENTS = "2BP01"
AGAIN = "then run 'miyabi-dw schema migrate' again; nothing was changed"


def applied(connection: Connection) -> dict[str, str]:
    """The checksum of each script that the warehouse has, by name."""
    if not run(connection, "db/migrations/has_record")[0]["has_record"]:
        return {}
    return {row["name"]: row["checksum"] for row in run(connection, "db/migrations/applied")}


def pending(connection: Connection, folder: Path = MIGRATIONS) -> list[Migration]:
    """What the warehouse still lacks; an error when what it has is not what the files say. Read only."""
    known, have = migrations(folder), applied(connection)
    _refuse_unknown(have, known)
    todo: list[Migration] = []
    for migration in known:
        is_current = have.get(migration.name) == migration.checksum
        if not migration.repeats and not is_current and migration.name in have:
            raise SchemaError(
                "an applied migration was changed afterwards",
                migration.where,
                "restore the file as it was and write the change as a new migration",
                code="migration-changed",
            )
        if not is_current or _needs_mart(migration, todo):
            todo.append(migration)
    return todo


def migrate(connection: Connection, folder: Path = MIGRATIONS) -> list[str]:
    """Applies what is pending as the warehouse's owner; the names of what was applied. Two at once take turns."""
    with advisory_lock(connection, SCHEMA_MIGRATION):
        try:
            return _migrate(connection, folder)
        finally:
            # Before the lock is freed, so that whoever waits sees either all of it or nothing.
            connection.rollback()


def _migrate(connection: Connection, folder: Path) -> list[str]:
    # The default privileges come first: what is made before them would be nobody's but the owner's.
    run(connection, "db/server/roles")
    refuse_stranger(connection)
    run(connection, "db/server/warehouse_grants")
    run(connection, "db/migrations/prepare")
    connection.commit()
    todo = pending(connection, folder)
    for migration in todo:
        _apply(connection, migration)
    _restore_dependents(connection)
    connection.commit()
    for migration in todo:
        logger.info("applied %s", migration.name)
    return [migration.name for migration in todo]


def _apply(connection: Connection, migration: Migration) -> None:
    try:
        execute(connection, migration.text)
        run(connection, "db/migrations/record", {"name": migration.name, "checksum": migration.checksum})
    except DatabaseError as error:
        connection.rollback()
        raise _failure(error, migration.where) from error


def _restore_dependents(connection: Connection) -> None:
    try:
        run(connection, "db/migrations/restore_dependents")
    except DatabaseError as error:
        connection.rollback()
        raise _failure(error, "sql/marts") from error


def _failure(error: DatabaseError, where: str) -> SchemaError:
    said = error.diag
    if error.pgcode == CANNOT_RESTORE:
        return SchemaError(said.message_primary or "", remedy=f"{said.message_hint}, {AGAIN}")
    if error.pgcode == HAS_DEPENDENTS:
        what = f"the upgrade is held up: {said.message_primary}"
        return SchemaError(what, said.message_detail or where, f"change or drop what depends on it, {AGAIN}")
    return SchemaError(
        f"the migration failed and was undone: {redacted_error(error)}",
        where,
        f"correct the cause, {AGAIN}",
        code="migration-failed",
    )


def _needs_mart(migration: Migration, todo: list[Migration]) -> bool:
    """Whether a mart that it reads is about to be made again; a function replaced in its place disturbs nobody."""
    return migration.name.startswith("marts/") and any(done.name in migration.needs for done in todo)


def _refuse_unknown(have: Mapping[str, str], known: list[Migration]) -> None:
    unknown = sorted(set(have) - {migration.name for migration in known} - FORMER)
    if unknown:
        raise SchemaError(
            "the warehouse was migrated by a newer version of the program",
            f"unknown: {', '.join(unknown)}",
            "update the program, or use another warehouse",
            code="schema-newer",
        )
