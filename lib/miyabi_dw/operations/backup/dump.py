"""Makes a backup: one snapshot, from which the dump is taken and the rows are counted."""

import os
import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path

from miyabi_dw.common.errors import BackupFailed
from miyabi_dw.common.files import PRIVATE_FOLDER, flush_all, rename
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.operations.backup import cold_months
from miyabi_dw.operations.backup.folder import DUMP, Content, Manifest, backups_folder, digests, write_manifest
from miyabi_dw.operations.backup.programs import room_left, run_program
from miyabi_dw.operations.backup.reports import pack

# Batches of runs are of no use to anybody once their run has ended.
LEFT_OUT = "run_*"
# As versions before 16 write it too.
COMPRESSION = "5"


def make(database: Database, settings: Settings, *, with_reports: bool = False) -> Path:
    """The folder of a new backup, not yet verified; a backup cut short leaves nothing that looks like one."""
    started = datetime.now(UTC)
    backup_id = f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    final = backups_folder(settings) / backup_id
    partial = final.with_name(f".{backup_id}.partial")
    _clear_remains(final.parent)
    try:
        partial.mkdir(parents=True, mode=PRIVATE_FOLDER)
        if with_reports:
            pack(settings, partial)
        write_manifest(partial, _dump(database, settings, partial, backup_id, started))
        flush_all(partial)
        rename(partial, final)
    except OSError as error:
        raise _no_room(error, final.parent) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return final


def _dump(database: Database, settings: Settings, folder: Path, backup_id: str, started: datetime) -> Manifest:
    with database.connect("owner", application_name="miyabi-dw:backup") as connection:
        statements.run(connection, "operations/backup/begin")
        snapshot = statements.value_as(str, connection, "operations/backup/export_snapshot")
        run_program(
            settings,
            database,
            "pg_dump",
            [
                "--format=directory", f"--jobs={os.cpu_count() or 1}", f"--snapshot={snapshot}",
                f"--compress={COMPRESSION}", f"--exclude-schema={LEFT_OUT}", f"--file={folder / DUMP}",
            ],
        )  # fmt: skip
        content, without = contents(connection), cold_months.take(connection, settings, folder)
        return Manifest(backup_id, started, _version(connection), content, digests(folder), without)


def contents(connection: Connection) -> dict[str, Content]:
    """Rows and checksum of every table, partitions with their parent."""
    names = [row["name"] for row in statements.run(connection, "operations/backup/relations")]
    return {name: content_of(connection, name) for name in names}


def content_of(connection: Connection, table: str) -> Content:
    """Rows and checksum of one table."""
    return Content(**statements.run(connection, "operations/backup/content", table=table)[0])


def _version(connection: Connection) -> str:
    return str(connection.server_version)


def _clear_remains(folder: Path) -> None:
    """Removes what a killed backup left; a running one is younger than a day."""
    for remains in folder.glob(".*.partial"):
        if datetime.now(UTC).timestamp() - remains.stat().st_mtime > 86_400:
            shutil.rmtree(remains, ignore_errors=True)


def _no_room(error: OSError, folder: Path) -> BackupFailed:
    free = room_left(folder) / 1e6
    return BackupFailed(
        f"the backup could not be written: {error.strerror}",
        f"{folder}, {free:,.0f} MB free",
        "free some room or correct the rights, then try again",
    )
