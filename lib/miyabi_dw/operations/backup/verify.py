"""Proves a backup: its files are as written, and restored into a scratch database they hold the same rows."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from miyabi_dw.common.settings import Settings
from miyabi_dw.db import databases, locks, statements
from miyabi_dw.db.connection import Database
from miyabi_dw.operations.backup.dump import contents
from miyabi_dw.operations.backup.folder import Content, read_manifest, refuse_damaged
from miyabi_dw.operations.backup.restore import restore_into


@dataclass(frozen=True, slots=True)
class Difference:
    """A table whose restored rows are not those that were backed up."""

    table: str
    wanted: Content | None
    restored: Content | None


def verify(database: Database, settings: Settings, folder: Path) -> list[Difference]:
    """What differs after a restore, nothing for a good backup; BackupDamaged when a file is not as written."""
    manifest = read_manifest(folder)
    refuse_damaged(folder, manifest)
    with scratch_database(database) as dbname:
        restore_into(database, settings, folder, dbname)
        with database.connect("owner", application_name="miyabi-dw:verify", dbname=dbname) as connection:
            restored = contents(connection)
    return differences(manifest.content, restored)


def differences(wanted: dict[str, Content], restored: dict[str, Content]) -> list[Difference]:
    names = sorted(wanted.keys() | restored.keys())
    pairs = ((name, wanted.get(name), restored.get(name)) for name in names)
    return [Difference(*pair) for pair in pairs if pair[1] != pair[2]]


@contextmanager
def scratch_database(database: Database) -> Iterator[str]:
    """A database beside the warehouse, dropped afterwards, or by the next call if this process is killed."""
    with database.connect("owner", application_name="miyabi-dw:scratch", autocommit=True) as connection:
        prefix = statements.value_as(str, connection, "operations/backup/scratch_prefix")
        for row in statements.run(connection, "operations/backup/scratch_databases", {"prefix": prefix}):
            # Where the lock is free, the session that used the database is gone.
            if locks.try_lock(connection, locks.scratch_database(row["name"])):
                databases.drop(connection, row["name"])
        name = prefix + secrets.token_hex(4)
        locks.wait_lock(connection, locks.scratch_database(name))
        statements.run(connection, "operations/backup/create_database", database=name)
        try:
            yield name
        finally:
            databases.drop(connection, name)
