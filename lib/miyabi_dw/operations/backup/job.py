"""The daily backup: made, restored, compared, recorded, and old ones removed. It counts only when the rows agree."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from miyabi_dw.common.errors import ArchiveDamaged, BackupDamaged, Busy, MiyabiError
from miyabi_dw.common.settings import Settings, load_settings
from miyabi_dw.common.text import counted, listed
from miyabi_dw.db import databases, locks, statements
from miyabi_dw.db.connection import Database, json_value
from miyabi_dw.operations.backup import cold_months
from miyabi_dw.operations.backup.catalogue import backups_on_disk, write_verification
from miyabi_dw.operations.backup.dump import make
from miyabi_dw.operations.backup.folder import Manifest, read_manifest
from miyabi_dw.operations.backup.reports import REPORTS
from miyabi_dw.operations.backup.retention import known, prune
from miyabi_dw.operations.backup.verify import Difference, verify
from miyabi_dw.operations.outcome import keep_outcome
from miyabi_dw.registry.cold_catalogue import known_files
from miyabi_dw.registry.cold_files import REMEDY, fault_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProvenBackup:
    """A backup that has been proven, what it took, and the old ones that went for it."""

    manifest: Manifest
    folder: Path
    size_bytes: int
    dump_seconds: float
    verify_seconds: float
    removed: Sequence[str]

    @property
    def rows(self) -> int:
        return sum(content.rows for content in self.manifest.content.values())

    @property
    def sentence(self) -> str:
        cold = sum(name.startswith(f"{cold_months.FOLDER}/") for name in self.manifest.files)
        months = f", {counted(cold, 'month')} of cold storage" if cold else ""
        reports = " and the reports" if REPORTS in self.manifest.files else ""
        return (
            f"{self.manifest.backup_id} is good: {self.rows:,} rows of {len(self.manifest.content)} tables"
            f"{months}{reports} in {self.size_bytes / 1e6:,.1f} MB, dumped in {self.dump_seconds:.1f} s,"
            f" restored and compared in {self.verify_seconds:.1f} s"
        )

    def as_json(self) -> dict[str, object]:
        return {
            "backup_id": self.manifest.backup_id,
            "folder": str(self.folder),
            "size_bytes": self.size_bytes,
            "sha256": self.manifest.sha256,
            "dump_seconds": round(self.dump_seconds, 3),
            "verify_seconds": round(self.verify_seconds, 3),
            "removed": list(self.removed),
        }


def open_backup(run_id: str = "", as_of: str = "") -> ProvenBackup:
    """What the notebook calls: one backup, proven."""
    settings = load_settings()
    database = Database(settings)
    done = back_up(database, settings, settings.now(as_of), run_id=run_id)
    tables = counted(len(done.manifest.content), "table")
    sentence = f"The backup is good: {counted(done.rows, 'row')} of {tables}, restored and compared."
    keep_outcome(database, run_id, "backup", sentence)
    return done


def back_up(
    database: Database, settings: Settings, as_of: datetime, *, run_id: str = "", with_reports: bool = False
) -> ProvenBackup:
    """BackupDamaged when what was restored differs; it is then recorded as bad, and no older one is removed.

    ArchiveDamaged when a file of cold storage is not as it was written: the backup is good all the same.
    """
    with _alone(database):
        began = perf_counter()
        folder = make(database, settings, with_reports=with_reports)
        dumped = perf_counter()
        _record(database, folder, "running", run_id=run_id)
        prove(database, settings, folder, run_id=run_id)
        proven = perf_counter()
        removed = prune(database, settings, as_of)
    _refuse_damaged_cold(database, settings, folder)
    return ProvenBackup(read_manifest(folder), folder, size_of(folder), dumped - began, proven - dumped, removed)


def _refuse_damaged_cold(database: Database, settings: Settings, folder: Path) -> None:
    """A job that fails is told: nobody else looks at these files every day."""
    faults = [file for file in known_files(database, settings) if fault_of(file, file.path(settings))]
    for first in faults:
        without = read_manifest(folder).without
        lacks = f", which lacks {listed(without)}" if without else " and has them all"
        raise ArchiveDamaged(
            f"{counted(len(faults), 'file')} of cold storage damaged or missing, the first is {first.name}; the backup"
            f" {folder.name} is good{lacks}",
            str(first.path(settings)),
            REMEDY if not without else "put back a copy of your own, then miyabi-dw cold verify",
        )


def prove(database: Database, settings: Settings, folder: Path, *, run_id: str = "") -> Manifest:
    """Restores and compares, and records the outcome beside the backup and in the warehouse."""
    manifest = read_manifest(folder)
    try:
        refuse_differences(verify(database, settings, folder), folder)
    except MiyabiError as error:
        write_verification(folder, is_good=False)
        _record(database, folder, "bad", run_id=run_id, complaint=str(error))
        raise
    _record(database, folder, "good", run_id=run_id, verified_at=write_verification(folder, is_good=True))
    logger.info("backup %s is verified", manifest.backup_id)
    return manifest


def refuse_differences(found: Sequence[Difference], folder: Path) -> None:
    """BackupDamaged that names the first table whose rows differ."""
    for first in found:
        raise BackupDamaged(
            f"{len(found)} tables differ after the restore, the first is {first.table}: {first.wanted} was backed up,"
            f" {first.restored} came back",
            str(folder),
            "see the server's log, then make another backup",
        )


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """One backup at a time; what an earlier one left unfinished is thereby known to be dead."""
    with (
        database.connect("owner", application_name="miyabi-dw:backup", autocommit=True) as connection,
        locks.advisory_lock(connection, locks.BACKUP, wait=0) as is_alone,
    ):
        if not is_alone:
            raise Busy("another backup is being made", remedy="wait for its end")
        databases.refuse_without_right(connection)
        statements.run(connection, "operations/backup/give_up_unfinished")
        yield


def _record(
    database: Database, folder: Path, state: str, *, run_id: str, verified_at: datetime | None = None,
    complaint: str = "",
) -> None:  # fmt: skip
    manifest = read_manifest(folder)
    values = {
        "backup_id": manifest.backup_id,
        "run_id": run_id or None,
        "path": str(folder),
        "started_at": manifest.started_at,
        "finished_at": None if state == "running" else datetime.now(UTC),
        "size_bytes": size_of(folder),
        "sha256": manifest.sha256,
        "state": state,
        "verified_at": verified_at,
        "detail": json_value({"complaint": complaint} if complaint else {}),
    }
    with database.connect("owner", application_name="miyabi-dw:backup") as connection:
        # On the worst day a backup is proven beside a warehouse that has nothing in it.
        if statements.value_as(bool, connection, "operations/backup/has_registry"):
            statements.run(connection, "operations/backup/record", values)


def adopt(database: Database, settings: Settings) -> int:
    """Records the good backups on the disk that the warehouse does not know, as after its restore; how many."""
    with database.connect("owner", application_name="miyabi-dw:backup") as connection:
        recorded = {backup.backup_id for backup in known(connection) if backup.state == "good"}
    unrecorded = [found for found in backups_on_disk(settings) if found.verified_at and found.backup_id not in recorded]
    for found in unrecorded:
        _record(database, found.folder, "good", run_id="", verified_at=found.verified_at)
    return len(unrecorded)
