"""Forward-only migrations of the warehouse: sql/schema/NNNN_name.sql, each applied once and never changed after.

The marts, sql/marts/*.sql, are written so that they can be made again: all of them are, when any of them changed.
"""

import hashlib
import logging
import re
from dataclasses import dataclass
from pathlib import Path

from miyabi_dw.common.errors import SchemaError
from miyabi_dw.common.paths import SQL
from miyabi_dw.db.connection import Connection, DatabaseError, execute
from miyabi_dw.db.errors import redacted_error
from miyabi_dw.db.statements import run

log = logging.getLogger(__name__)

NAME = re.compile(r"^(\d{4})_[a-z0-9_]+$")


@dataclass(frozen=True, slots=True)
class Migration:
    """One file; its number says when, its checksum whether it is still the one that was applied."""

    name: str
    text: str
    repeats: bool = False

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations(folder: Path = SQL / "schema") -> list[Migration]:
    """All of them in order; each has a number of its own."""
    found = [Migration(path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.sql"))]
    numbers: set[str] = set()
    for migration in found:
        named = NAME.match(migration.name)
        if named is None or named[1] in numbers:
            raise SchemaError(
                "migrations need names like 0001_schemas.sql and a number each", f"{migration.name}.sql", "rename it"
            )
        numbers.add(named[1])
    return found + _marts(folder.parent / "marts")


def _marts(folder: Path) -> list[Migration]:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql")))
    return [Migration("marts", text, repeats=True)] if text else []


def applied(connection: Connection) -> dict[str, str]:
    """The checksum of each migration that the warehouse has, by name."""
    if not run(connection, "db/migrations/has_record")[0]["has_record"]:
        return {}
    return {row["name"]: row["checksum"] for row in run(connection, "db/migrations/applied")}


def pending(connection: Connection, folder: Path = SQL / "schema") -> list[Migration]:
    """What the warehouse still lacks; an error when what it has is not what the files say. Read only."""
    known, have = migrations(folder), applied(connection)
    _refuse_unknown(have, known)
    for migration in known:
        if not migration.repeats and have.get(migration.name, migration.checksum) != migration.checksum:
            raise SchemaError(
                "an applied migration was changed afterwards",
                f"sql/schema/{migration.name}.sql",
                "restore the file as it was and write the change as a new migration",
                code="migration-changed",
            )
    return [migration for migration in known if have.get(migration.name) != migration.checksum]


def migrate(connection: Connection, folder: Path = SQL / "schema") -> list[str]:
    """Applies what is pending as the warehouse's owner; the names of what was applied. Two at once take turns."""
    run(connection, "db/migrations/lock")
    try:
        return _migrate(connection, folder)
    finally:
        connection.rollback()
        run(connection, "db/migrations/unlock")
        connection.commit()


def _migrate(connection: Connection, folder: Path) -> list[str]:
    # The default privileges come first: what is made before them would be nobody's but the owner's.
    run(connection, "db/server/roles")
    run(connection, "db/server/warehouse_grants")
    run(connection, "db/migrations/prepare")
    connection.commit()
    todo = pending(connection, folder)
    for migration in todo:
        _apply(connection, migration)
    return [migration.name for migration in todo]


def _apply(connection: Connection, migration: Migration) -> None:
    """The change and its record share one transaction."""
    try:
        execute(connection, migration.text)
        run(connection, "db/migrations/record", {"name": migration.name, "checksum": migration.checksum})
        connection.commit()
        log.info("applied %s", migration.name)
    except DatabaseError as error:
        connection.rollback()
        raise SchemaError(
            f"the migration failed and was undone: {redacted_error(error)}",
            "sql/marts" if migration.repeats else f"sql/schema/{migration.name}.sql",
            "correct the cause and run 'miyabi-dw schema migrate' again",
            code="migration-failed",
        ) from error


def _refuse_unknown(have: dict[str, str], known: list[Migration]) -> None:
    unknown = sorted(set(have) - {migration.name for migration in known})
    if unknown:
        raise SchemaError(
            "the warehouse was migrated by a newer version of the program",
            f"unknown: {', '.join(unknown)}",
            "update the program, or use another warehouse",
            code="schema-newer",
        )
