"""Takes up a run where it failed: its batch goes over to a new run, which the registry ties to the old one."""

from dataclasses import dataclass

from miyabi_dw import registry
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.statements import rows_as, run_count
from miyabi_dw.orchestration.runner import batch_mark, recover_lost
from miyabi_dw.orchestration.runner.request import RUN_PARAMETERS, RunRequest
from miyabi_dw.registry import RunRecord, RunState
from miyabi_dw.registry.declarations import Declarations, Pipeline

CAN_BE_RESUMED = ("failed", "lost", "cancelled")


def resumption(database: Database, declared: Declarations, given: str) -> RunRequest:
    """The request that takes up the run: from the stage it failed in, or from the first when its batch is gone."""
    with database.connect("etl") as connection:
        failed = registry.find_run(connection, given)
        if failed.is_vanished:
            recover_lost.mark_lost(connection, database)
            failed = registry.get_run(connection, failed.run_id)
        _check_resumable(connection, failed)
        pipeline = declared.find(failed.pipeline)
        first = _first_to_run(connection, pipeline, failed.run_id)
    return RunRequest(
        pipeline, failed.interval, failed.as_of, "resume", failed.run_id, first, extra=extra_of(failed)
    )  # fmt: skip


def extra_of(run: RunRecord) -> dict[str, str]:
    """The parameters that the run was given beyond those that every run has."""
    return {name: value for name, value in run.parameters.items() if name not in RUN_PARAMETERS}


@dataclass(frozen=True, slots=True)
class Resumption:
    """A run that resumed another one."""

    run_id: str
    state: RunState


def _check_resumable(connection: Connection, run: RunRecord) -> None:
    if run.state not in CAN_BE_RESUMED:
        raise BadRequest(f"the run has {run.state}", run.run_id, "only a failed, lost or cancelled run is resumed")
    for child in rows_as(Resumption, connection, "orchestration/runner/children", {"run_id": run.run_id}):
        if child.state not in ("skipped", "lost"):
            remedy = f"see {child.run_id}, which has {child.state}"
            raise BadRequest("the run has been resumed already", run.run_id, remedy)


def _first_to_run(connection: Connection, pipeline: Pipeline, run_id: str) -> int:
    if pipeline.kind == "etl" and not (
        batch_mark.exists(connection, run_id) and batch_mark.is_whole(connection, run_id)
    ):
        return 0
    done = {each.stage for each in registry.attempts(connection, run_id) if each.state == "succeeded"}
    carried = _carried(connection, run_id)
    names = [stage.stem for stage in pipeline.stages]
    return next((at for at, name in enumerate(names) if name not in done and at >= carried), len(names) - 1)


def _carried(connection: Connection, run_id: str) -> int:
    """How many stages the run itself had taken over from the one that it resumed."""
    attempts = registry.attempts(connection, run_id)
    return attempts[0].position - 1 if attempts else 0


def take_over(database: Database, request: RunRequest, run_id: str) -> None:
    """Gives the batch of the parent run to `run_id`, and with it what is known of its extract and its gate."""
    if request.first == 0 or request.pipeline.kind != "etl" or request.parent_run_id is None:
        return
    schemas = {"old": registry.run_schema(request.parent_run_id), "new": registry.run_schema(run_id)}
    runs = {"run_id": run_id, "parent_run_id": request.parent_run_id, "position": request.first + 1}
    with database.connect("etl") as connection:
        run_count(connection, "orchestration/batch/rename", **schemas)
        run_count(connection, "orchestration/runner/carry_rows", runs)
        run_count(connection, "orchestration/runner/carry_checks", runs)
