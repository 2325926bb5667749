"""Removes old reports: the manifest stays, which tells pruned from removed."""

from datetime import UTC, datetime
from pathlib import Path

from miyabi_dw.common.files import PRIVATE_FOLDER
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from miyabi_dw.db.statements import rows_as, run_count
from miyabi_dw.reports import index, manifest
from miyabi_dw.reports.chain import LedgerEntry
from miyabi_dw.reports.month import write_month
from miyabi_dw.reports.write import RAW, writing


def prune(settings: Settings, database: Database, older_than: datetime) -> list[str]:
    """Removes pages and notebooks of the runs archived before `older_than`, but not their manifests; their run_ids."""
    with database.connect("etl") as connection:
        entries = rows_as(LedgerEntry, connection, "reports/prune/prunable", {"older_than": older_than})
    with writing(settings):
        _close_raw_rows(settings)
        for entry in entries:
            _prune(settings, database, entry)
        _rewrite_months(settings, database, entries)
    return [entry.run_id for entry in entries]


def _close_raw_rows(settings: Settings) -> None:
    """Extracts that were kept by versions that let everybody read them."""
    for folder in settings.reports_dir.glob(f"*/*/*/*/*/{RAW}"):
        folder.chmod(PRIVATE_FOLDER)


def _prune(settings: Settings, database: Database, entry: LedgerEntry) -> None:
    """Marked and emptied in one transaction: killed in between, the next call does it again."""
    folder = settings.reports_dir / entry.path
    with database.connect("etl") as connection:
        run_count(connection, "reports/prune/mark_pruned", {"run_id": entry.run_id, "pruned_at": datetime.now(UTC)})
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.name != manifest.NAME:
                path.rmdir() if path.is_dir() else path.unlink()


def _rewrite_months(settings: Settings, database: Database, entries: list[LedgerEntry]) -> None:
    """Their rows must no longer lead to pages that are gone."""
    for pipeline, year, month in {Path(entry.path).parts[:3] for entry in entries}:
        first = datetime(int(year), int(month), 1, 12, tzinfo=settings.business_zone)
        write_month(settings, database, pipeline, first)
    if entries:
        index.write_index(settings, database)
