"""Brings the warehouse's schema to this version: everything that is pending, in one transaction, or nothing.

What others have built on ours (views, grants, functions, indexes) outlives an upgrade; when it cannot, nothing is done.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from miyabi_dw import __version__
from miyabi_dw.common.errors import SchemaError
from miyabi_dw.common.paths import MIGRATIONS
from miyabi_dw.common.text import cut
from miyabi_dw.db.connection import Connection, DatabaseError, execute
from miyabi_dw.db.errors import redacted_error
from miyabi_dw.db.locks import SCHEMA_MIGRATION, advisory_lock
from miyabi_dw.db.roles import refuse_stranger
from miyabi_dw.db.scripts import Migration, migrations
from miyabi_dw.db.statements import rows_as, run

logger = logging.getLogger(__name__)

# Scripts of earlier versions that are no more; a warehouse that has them is not newer than the program.
FORMER = frozenset({"marts"})
# What ops.set_aside and ops.restore_set_aside raise, with the remedy as hint.
CANNOT_RESTORE = "MDW01"
HAS_DEPENDENTS = "2BP01"
LONGEST_LIST = 300
AGAIN = "then run 'miyabi-dw schema migrate' again; nothing was changed"


@dataclass(frozen=True, slots=True)
class Applied:
    """A script that the warehouse has, and the program's version that applied it, null where that was not kept."""

    name: str
    checksum: str
    code_version: str | None

    @property
    def is_newer(self) -> bool:
        """Whether a later version than this one applied it."""
        try:
            return Version(self.code_version or "0") > Version(__version__)
        except InvalidVersion:
            return False


def applied(connection: Connection) -> dict[str, Applied]:
    """Each script that the warehouse has, by name."""
    if not run(connection, "db/migrations/has_record")[0]["has_record"]:
        return {}
    return {row.name: row for row in rows_as(Applied, connection, "db/migrations/applied")}


def refuse_newer(connection: Connection, folder: Path = MIGRATIONS) -> None:
    """SchemaError for a warehouse that a later version of the program has migrated: this one would spoil it."""
    _refuse_unknown(applied(connection), migrations(folder))


def pending(connection: Connection, folder: Path = MIGRATIONS) -> list[Migration]:
    """What the warehouse still lacks; an error when what it has is not what the files say. Read only."""
    known, have = migrations(folder), applied(connection)
    _refuse_unknown(have, known)
    todo: list[Migration] = []
    for migration in known:
        found = have.get(migration.name)
        is_current = found is not None and found.checksum == migration.checksum
        if not migration.repeats and not is_current and found is not None:
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
        values = {"name": migration.name, "checksum": migration.checksum, "code_version": __version__}
        run(connection, "db/migrations/record", values)
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


def _refuse_unknown(have: Mapping[str, Applied], known: list[Migration]) -> None:
    names = {migration.name for migration in known} | FORMER
    newer = sorted(name for name, found in have.items() if found.is_newer or name not in names)
    if newer:
        versions = [found.code_version for found in have.values() if found.code_version and found.is_newer]
        whose = f"version {max(versions, key=Version)}" if versions else "a newer version"
        raise SchemaError(
            f"the warehouse was migrated by {whose} of the program, this is {__version__}",
            f"not of this version: {cut(', '.join(newer), LONGEST_LIST)}",
            "update the program, or restore a backup from before the upgrade",
            code="schema-newer",
        )
