"""Ends the growth of the registry: old pages, logs, batches and the rows that nothing refers to."""

from datetime import datetime

from miyabi_dw import reports
from miyabi_dw.common.files import sweep_drafts
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from miyabi_dw.db.embedded.layout import Layout
from miyabi_dw.db.statements import run, run_count
from miyabi_dw.orchestration.runner import recover_lost
from miyabi_dw.orchestration.runner.events import log_path


def prune(settings: Settings, database: Database, before: datetime) -> dict[str, int]:
    """Removes what ended before that moment, and drafts of what never did; how many of each."""
    pages = reports.prune(settings, database, before)
    with database.connect("etl") as connection:
        rows = run(connection, "orchestration/runner/prune", {"before": before})
        run_count(connection, "orchestration/schedule/tick_prune", {"before": before})
        run_count(connection, "orchestration/runner/calls_prune", {"before": before})
        batches = recover_lost.drop_outdated(connection)
    counts = {"pages": len(pages), "runs": len(rows), "logs": _prune_logs(settings, before), "batches": len(batches)}
    drafts = sweep_drafts(settings.reports_dir) + sweep_drafts(settings.home, left_out=Layout(settings.home).root)
    return counts | {"drafts": drafts}


def _prune_logs(settings: Settings, before: datetime) -> int:
    folder = log_path(settings.home, "any").parent
    old = [path for path in folder.glob("*.log") if path.stat().st_mtime < before.timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
