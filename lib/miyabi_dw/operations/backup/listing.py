"""All backups at a glance, as the warehouse and the disk know them."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database, DatabaseError
from miyabi_dw.operations.backup.catalogue import BackupOnDisk, backups_on_disk
from miyabi_dw.operations.backup.job import size_of
from miyabi_dw.operations.backup.retention import RecordedBackup, known


@dataclass(frozen=True, slots=True)
class ListedBackup:
    """`state` is that of the warehouse, 'missing' when its folder is gone, 'not verified' when only the disk has it."""

    backup_id: str
    state: str
    started_at: datetime
    verified_at: datetime | None
    size_mb: float
    path: str


def list_backups(database: Database, settings: Settings) -> list[ListedBackup]:
    """Every backup, youngest first, from the disk where the warehouse cannot be asked or does not know it."""
    rows = {found.backup_id: _from_disk(found) for found in backups_on_disk(settings)}
    rows |= {backup.backup_id: _from_record(backup) for backup in _recorded(database)}
    return sorted(rows.values(), key=lambda row: row.started_at, reverse=True)


def _from_disk(found: BackupOnDisk) -> ListedBackup:
    state = "good" if found.verified_at else "not verified"
    size = _megabytes(size_of(found.folder))
    return ListedBackup(found.backup_id, state, found.started_at, found.verified_at, size, str(found.folder))


def _from_record(backup: RecordedBackup) -> ListedBackup:
    state = "missing" if backup.state == "good" and not Path(backup.path).is_dir() else backup.state
    size = _megabytes(backup.size_bytes or 0)
    return ListedBackup(backup.backup_id, state, backup.started_at, backup.verified_at, size, backup.path)


def _megabytes(size: int) -> float:
    return round(size / 1e6, 1)


def _recorded(database: Database) -> list[RecordedBackup]:
    try:
        with database.connect("owner", application_name="miyabi-dw:backup") as connection:
            return known(connection)
    except (MiyabiError, DatabaseError):
        return []
