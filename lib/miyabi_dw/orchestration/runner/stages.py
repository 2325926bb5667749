"""The stages of a run, one after the other, each tried again where that can help."""

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from miyabi_dw import registry
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.paths import BASE
from miyabi_dw.common.redaction import redactor
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection
from miyabi_dw.engine import CellProgress, Execution, Failure, execute, parameters_of
from miyabi_dw.orchestration.runner import batch_mark, replay
from miyabi_dw.orchestration.runner.events import Event, Kind, Listener, log_path
from miyabi_dw.orchestration.runner.registry_writer import RegistryWriter
from miyabi_dw.orchestration.runner.request import RunRequest
from miyabi_dw.orchestration.runner.retry import BATCH_LOST, Retries, StageFailure
from miyabi_dw.orchestration.runner.stop import Stop

logger = logging.getLogger(__name__)


@dataclass
class Stages:
    """Executes the stages of one run. `seen` is the running attempt and its cells, for whoever looks meanwhile."""

    settings: Settings
    request: RunRequest
    run_id: str
    folder: Path
    writer: RegistryWriter
    stop: Stop
    tell: Listener
    deadline: datetime = field(init=False)
    retries: Retries = field(init=False)
    seen: tuple[str, int, int, int] | None = None
    position: int = 0
    failed: StageFailure | None = None

    def __post_init__(self) -> None:
        self.deadline = datetime.now(UTC) + timedelta(minutes=self.request.pipeline.deadline_minutes)
        self.retries = Retries(self.request.pipeline, self.deadline, self.stop)
        self.redact = redactor(self.settings)

    def go(self) -> StageFailure | None:
        """None when every stage succeeded."""
        self.position = self.request.first
        return self.retries.until_good(self._go_on, self._say_retry)

    def _go_on(self) -> StageFailure | None:
        """The stages from the present one up to one that fails; none more when the pause was broken off."""
        if self.failed is not None and self.stop.is_called():
            return self.failed
        stages = self.request.pipeline.stages[: self.request.last]
        while self.position < len(stages):
            self.failed = self._attempt(self.position, stages[self.position])
            if self.failed is not None:
                self._note_failure(self.failed)
                return self.failed
            self.position, self.retries.failures = self.position + 1, 0
            self._note_batch(self.position)
        return None

    def _note_failure(self, failed: StageFailure) -> None:
        self._say("problem", failed.reason)
        logger.info("%s of %s failed (%s): %s", failed.stage, self.run_id, failed.failure.code, failed.failure.reason)
        self.retries.failures += 1
        if failed.failure.code == BATCH_LOST:
            self.position = 0

    def _note_batch(self, position: int) -> None:
        """Before the load, so that a replay can be compared with it; a backfill's batches are too wide to pay for."""
        pipeline, trigger = self.request.pipeline, self.request.trigger
        is_wanted = pipeline.kind == "etl" and trigger != "backfill"
        if is_wanted and position == replay.stages_before_load(pipeline):
            self.writer.write(replay.note_batch, self.run_id)

    def _attempt(self, position: int, stage: Path) -> StageFailure | None:
        name = stage.stem
        attempt = self.writer.write(registry.start_attempt, self.run_id, name, position + 1, None)
        self.seen = (name, attempt, 0, 0)
        self._say("stage", f"{name}: started" + (f", attempt {attempt}" if attempt > 1 else ""), position)
        output = self.folder / f"{name}.{attempt}.ipynb"
        execution = self._execute(position, stage, output) if self._batch_is_whole(position) else None
        failure = self._judged(position, execution)
        self.seen = None
        self._record(name, attempt, execution, failure)
        for notice in execution.warnings if execution else ():
            self._say("problem", f"{name}: {notice.text}", position)
        if failure is None:
            self._say("stage", f"{name}: done", position)
            return None
        return StageFailure(name, attempt, failure)

    def _execute(self, position: int, stage: Path, output: Path) -> Execution:
        return execute(
            stage,
            output,
            declared_parameters(stage, self.request.parameters(self.run_id)),
            cwd=BASE,
            deadline=self.deadline,
            on_cell=lambda cell: self._on_cell(position, cell),
            log=log_path(self.settings.home, self.run_id),
            redact=self.redact,
            stop=self.stop.event,
        )

    def _on_cell(self, position: int, cell: CellProgress) -> None:
        if self.seen is not None:
            done = cell.number if cell.state == "done" else cell.number - 1
            self.seen = (*self.seen[:2], done, cell.of)
            self.tell(self._event("cell", f"cell {cell.number} of {cell.of}: {cell.state}", position, done, cell.of))

    def _judged(self, position: int, execution: Execution | None) -> Failure | None:
        """A stage that ran on a batch which a crash had emptied did not succeed, whatever its notebook says."""
        if execution is None:
            return batch_mark.lost()
        if execution.failure is not None:
            return execution.failure
        if position == 0:
            self.writer.write(batch_mark.mark, self.run_id)
        return None if self._batch_is_whole(position) else batch_mark.lost()

    def _batch_is_whole(self, position: int) -> bool:
        return position == 0 or self.writer.write(batch_mark.is_whole, self.run_id)

    def _record(self, stage: str, attempt: int, execution: Execution | None, failure: Failure | None) -> None:
        cells = (execution.cells_completed, execution.cells_total) if execution else None
        self.writer.write(
            registry.finish_attempt,
            self.run_id,
            stage,
            attempt,
            self._state_of(failure),
            cells=cells,
            engine=execution.engine if execution else None,
            notebook=execution.output.name if execution else None,
            failure=StageFailure(stage, attempt, failure).recorded() if failure else None,
        )

    def _state_of(self, failure: Failure | None) -> registry.RunState:
        if failure is None:
            return "succeeded"
        return "cancelled" if failure.cause == "cancelled" else "failed"

    def _say_retry(self, failed: StageFailure, seconds: float) -> None:
        left = f"{self.retries.failures} of {self.request.pipeline.retries}"
        self._say("retry", f"{failed.stage}: trying again in {seconds:.0f} s ({left})")

    def beat(self, connection: Connection) -> None:
        """Writes how far the running stage is; called from the heartbeat."""
        seen = self.seen
        if seen is not None:
            registry.record_progress(connection, self.run_id, *seen)

    def _say(self, kind: Kind, text: str, position: int = 0) -> None:
        self.tell(self._event(kind, text, position))

    def _event(self, kind: Kind, text: str, position: int, cell: int = 0, cells: int = 0) -> Event:
        stages = self.request.pipeline.stages
        return Event(kind, self.run_id, text, stages[position].stem, position + 1, len(stages), cell, cells)


def declared_parameters(stage: Path, given: dict[str, str]) -> dict[str, str]:
    """Those of `given` that the notebook's parameters cell declares."""
    declared = {parameter.name for parameter in parameters_of(stage)}
    return {name: value for name, value in given.items() if name in declared}


def check_extra(request: RunRequest) -> None:
    """Refuses a parameter that no notebook of the pipeline declares."""
    declared = {parameter.name for stage in request.pipeline.stages for parameter in parameters_of(stage)}
    for name in request.extra:
        if name not in declared:
            remedy = f"it takes {', '.join(sorted(declared))}"
            raise BadRequest(f"{request.pipeline.name} has no parameter {name!r}", remedy=remedy)
