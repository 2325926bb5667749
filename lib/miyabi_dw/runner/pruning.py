"""Ends the growth of the registry: old pages, logs, batches and the rows that nothing refers to."""

from datetime import datetime

from miyabi_dw import archive
from miyabi_dw.database import Database
from miyabi_dw.runner import healing
from miyabi_dw.runner.events import log_path
from miyabi_dw.settings import Settings
from miyabi_dw.statements import run, run_count


def prune(settings: Settings, database: Database, before: datetime) -> dict[str, int]:
    """Removes what ended before that moment; how many pages, registry rows, logs and batches."""
    pages = archive.prune(settings, database, before)
    with database.connect("etl") as connection:
        rows = run(connection, "ops/run_prune", {"before": before})
        run_count(connection, "ops/tick_prune", {"before": before})
        batches = healing.drop_outdated(connection)
    return {"pages": len(pages), "runs": len(rows), "logs": _prune_logs(settings, before), "batches": len(batches)}


def _prune_logs(settings: Settings, before: datetime) -> int:
    folder = log_path(settings.home, "any").parent
    old = [path for path in folder.glob("*.log") if path.stat().st_mtime < before.timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
