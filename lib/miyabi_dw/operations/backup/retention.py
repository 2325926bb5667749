"""Which backups there are, and which may go."""

import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from miyabi_dw.common.settings import Settings
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.operations.backup.folder import backups_folder


def known(connection: Connection) -> list[dict[str, Any]]:
    """Every backup ever recorded, youngest first."""
    return statements.run(connection, "operations/backup/list")


def prune(database: Database, settings: Settings, as_of: datetime) -> list[str]:
    """Deletes backups older than backup_retention_days; the youngest good one stays however old it is."""
    with database.connect("owner", application_name="miyabi-dw:backup") as connection:
        outdated = removable(known(connection), as_of - timedelta(days=settings.backup_retention_days))
        for backup_id in outdated:
            _remove(backups_folder(settings) / backup_id)
        statements.run(connection, "operations/backup/mark_deleted", {"backup_ids": outdated})
    return outdated


def removable(backups: Sequence[Mapping[str, Any]], before: datetime) -> list[str]:
    """Those begun before `before`, without the last good one; `backups` are in order, youngest first."""
    good = [row["backup_id"] for row in backups if row["state"] == "good"]
    kept = set(good[:1])
    return [
        row["backup_id"]
        for row in backups
        if row["started_at"] < before and row["state"] != "deleted" and row["backup_id"] not in kept
    ]


def _remove(folder: Path) -> None:
    """Takes its name away first, so that a removal cut short leaves nothing that looks like a backup."""
    if folder.is_dir():
        doomed = folder.with_name(f".{folder.name}.partial")
        folder.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)
