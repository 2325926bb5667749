"""Finds the notebook of a run's report."""

from pathlib import Path

from miyabi_dw import registry
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from miyabi_dw.etl import extract_archive

UNWELL = ("failed", "lost", "cancelled")


def find_notebook(settings: Settings, database: Database, given: str, stage: str | None = None) -> Path:
    """The archived notebook of that run and stage; without one, of the stage that failed, else of the last."""
    with database.connect("etl") as connection:
        run = registry.find_run(connection, given)
        attempts = [row for row in registry.attempts(connection, run.run_id) if row.notebook]
    if not run.archive_path or not attempts:
        raise BadRequest("the run's report has no notebook", run.run_id, "see `miyabi-dw runs show` for its state")
    name = _chosen(attempts, stage)
    path = Path(settings.reports_dir / run.archive_path / f"{name}.gz")
    if not path.is_file():
        raise BadRequest(f"the report no longer has {path.name}", run.run_id, "choose a younger run")
    return path


def apart(notebook: Path) -> dict[str, str]:
    """Parameters by which the notebook works on a batch of its own, so that it can change nothing of the archived run.

    The rows are those that the run read, where it kept them.
    """
    kept = notebook.parent / extract_archive.FOLDER
    return {"run_id": ""} | ({"extract_from": str(kept)} if kept.is_dir() else {})


def _chosen(attempts: list[registry.StageAttempt], stage: str | None) -> str:
    """The file name of the youngest attempt that fits."""
    if stage is None:
        unwell = [row for row in attempts if row.state in UNWELL]
        return str((unwell or attempts)[-1].notebook)
    fitting = [row.notebook for row in attempts if stage in _names(row)]
    if not fitting:
        known = dict.fromkeys(row.stage for row in attempts)
        raise BadRequest(f"the run has no notebook of a stage {stage!r}", remedy=f"choose one of {', '.join(known)}")
    return str(fitting[-1])


def _names(attempt: registry.StageAttempt) -> tuple[str, ...]:
    """'03_gate', 'gate' and, for one attempt of several, '03_gate.1'."""
    name = attempt.stage
    return name, name.partition("_")[2], f"{name}.{attempt.attempt}"
