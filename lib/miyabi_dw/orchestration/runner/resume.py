"""Takes up a run where it failed: its batch goes over to a new run, which the registry ties to the old one."""

from collections.abc import Mapping
from typing import Any

from miyabi_dw import registry
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.statements import run, run_count
from miyabi_dw.orchestration.runner import batch_mark
from miyabi_dw.orchestration.runner.request import RunRequest
from miyabi_dw.registry.declarations import Declarations, Pipeline

CAN_BE_RESUMED = ("failed", "lost", "cancelled")


def interval_of(row: Mapping[str, Any]) -> Interval | None:
    return Interval(row["interval_start"], row["interval_end"]) if row["interval_start"] else None


def resumption(database: Database, declared: Declarations, given: str) -> RunRequest:
    """The request that takes up the run: from the stage it failed in, or from the first when its batch is gone."""
    with database.connect("etl") as connection:
        row = registry.find_run(connection, given)
        _check_resumable(connection, row)
        pipeline = declared.find(row["pipeline"])
        first = _first_to_run(connection, pipeline, row["run_id"])
    return RunRequest(pipeline, interval_of(row), row["as_of"], "resume", row["run_id"], first, extra=extra_of(row))


def extra_of(row: Mapping[str, Any]) -> dict[str, str]:
    """The parameters that the run was given beyond those that every run has."""
    usual = {"pipeline", "interval_start", "interval_end", "run_id", "as_of"}
    return {name: value for name, value in row["parameters"].items() if name not in usual}


def _check_resumable(connection: Connection, row: Mapping[str, Any]) -> None:
    run_id, state = row["run_id"], row["state"]
    if state not in CAN_BE_RESUMED:
        raise BadRequest(f"the run has {state}", run_id, "only a failed, lost or cancelled run is resumed")
    for child in run(connection, "orchestration/runner/children", {"run_id": run_id}):
        if child["state"] not in ("skipped", "lost"):
            remedy = f"see {child['run_id']}, which has {child['state']}"
            raise BadRequest("the run has been resumed already", run_id, remedy)


def _first_to_run(connection: Connection, pipeline: Pipeline, run_id: str) -> int:
    if pipeline.kind == "etl" and not (
        batch_mark.exists(connection, run_id) and batch_mark.is_whole(connection, run_id)
    ):
        return 0
    done = {row["stage"] for row in registry.attempts(connection, run_id) if row["state"] == "succeeded"}
    carried = _carried(connection, run_id)
    names = [stage.stem for stage in pipeline.stages]
    return next((at for at, name in enumerate(names) if name not in done and at >= carried), len(names) - 1)


def _carried(connection: Connection, run_id: str) -> int:
    """How many stages the run itself had taken over from the one that it resumed."""
    attempts = registry.attempts(connection, run_id)
    return int(attempts[0]["position"]) - 1 if attempts else 0


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
