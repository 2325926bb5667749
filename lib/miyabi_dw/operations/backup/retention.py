"""Which backups the warehouse knows, and which may go."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from miyabi_dw.common.files import rename
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.operations.backup.folder import backups_folder


@dataclass(frozen=True, slots=True)
class RecordedBackup:
    """`state` is running, good, bad or deleted; `complaint` says why a bad one is bad."""

    backup_id: str
    state: str
    started_at: datetime
    verified_at: datetime | None
    size_bytes: int | None
    path: str
    complaint: str | None


def known(connection: Connection) -> list[RecordedBackup]:
    """Every backup ever recorded, youngest first."""
    return statements.rows_as(RecordedBackup, connection, "operations/backup/list")


def prune(database: Database, settings: Settings, as_of: datetime) -> list[str]:
    """Deletes backups older than backup_retention_days; the youngest good one stays however old it is."""
    with database.connect("owner", application_name="miyabi-dw:backup") as connection:
        outdated = removable(known(connection), as_of - timedelta(days=settings.backup_retention_days))
        for backup_id in outdated:
            _remove(backups_folder(settings) / backup_id)
        statements.run(connection, "operations/backup/mark_deleted", {"backup_ids": outdated})
    return outdated


def removable(backups: Sequence[RecordedBackup], before: datetime) -> list[str]:
    """Those begun before `before`, without the last good one; `backups` are in order, youngest first."""
    kept = {backup.backup_id for backup in [backup for backup in backups if backup.state == "good"][:1]}
    return [
        backup.backup_id
        for backup in backups
        if backup.started_at < before and backup.state != "deleted" and backup.backup_id not in kept
    ]


def _remove(folder: Path) -> None:
    """Takes its name away first, so that a removal cut short leaves nothing that looks like a backup."""
    if folder.is_dir():
        doomed = folder.with_name(f".{folder.name}.partial")
        rename(folder, doomed)
        shutil.rmtree(doomed, ignore_errors=True)
