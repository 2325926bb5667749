"""One stage by hand, to try it: nothing of it counts as a run, and stages of the same interval share one batch."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from miyabi_dw.common.errors import BadRequest, Busy
from miyabi_dw.common.paths import BASE
from miyabi_dw.common.redaction import redactor
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from miyabi_dw.db.statements import run_count
from miyabi_dw.engine import CellProgress, Execution, execute
from miyabi_dw.orchestration.runner.events import Event, Listener
from miyabi_dw.orchestration.runner.lock import RunLock
from miyabi_dw.orchestration.runner.request import RunRequest
from miyabi_dw.orchestration.runner.stages import declared_parameters
from miyabi_dw.registry import manual_run_id, new_run_id
from miyabi_dw.registry.declarations import Pipeline


@dataclass(frozen=True)
class StageTrial:
    """What came of trying a stage, and the notebook that it left."""

    execution: Execution
    output: Path

    @property
    def is_good(self) -> bool:
        return self.execution.state == "succeeded"


def find_stage(pipeline: Pipeline, name: str) -> Path:
    """The stage whose name is, or contains, `name`."""
    matching = [stage for stage in pipeline.stages if name in stage.stem]
    exact = [stage for stage in matching if stage.stem == name]
    if len(exact or matching) != 1:
        names = ", ".join(stage.stem for stage in pipeline.stages)
        raise BadRequest(f"{name!r} is no stage of {pipeline.name}", remedy=f"choose one of {names}")
    return (exact or matching)[0]


def run_stage(settings: Settings, database: Database, request: RunRequest, stage: Path, tell: Listener) -> StageTrial:
    """Executes the notebook as `papermill` by hand would, while nobody else runs the pipeline."""
    mark = new_run_id(request.pipeline.short)
    output = settings.home / "by-hand" / f"{mark}.{stage.stem}.ipynb"
    given = declared_parameters(stage, request.parameters("") | {"as_of": request.as_of.isoformat()})
    total = len(request.pipeline.stages)
    position = request.pipeline.stages.index(stage) + 1

    def on_cell(cell: CellProgress) -> None:
        text = f"cell {cell.number} of {cell.of}: {cell.state}"
        tell(Event("cell", mark, text, stage.stem, position, total, cell.number, cell.of))

    with RunLock(database, request.pipeline.name, mark) as lock:
        if not lock.take_pipeline():
            raise Busy(f"{request.pipeline.name} is running", remedy="wait for its end, or cancel it")
        execution = execute(
            stage,
            output,
            given,
            cwd=BASE,
            deadline=datetime.now(UTC) + timedelta(minutes=request.pipeline.deadline_minutes),
            on_cell=on_cell,
            redact=redactor(settings),
        )
        _record(database, request, stage, execution)
    return StageTrial(execution, output)


def _record(database: Database, request: RunRequest, stage: Path, execution: Execution) -> None:
    """The run that the stages by hand share is not running between them, and not done before the last of them."""
    if request.pipeline.kind != "etl" or request.interval is None:
        return
    failure = execution.failure
    reason = f"tried by hand: {stage.stem} {execution.state}{f', {failure.reason}' if failure else ''}"
    values = {
        "run_id": manual_run_id(request.pipeline.name, request.interval),
        "state": "failed" if failure else "cancelled",
        "reason": reason,
    }
    with database.connect("etl") as connection:
        run_count(connection, "etl/batch/record_trial", values)
