"""Repeats a run on the extract that it kept, as far as the load, and compares what comes out with what came out then.

The load is left out: the warehouse has gone on since, and old rows would take the place of younger ones.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from miyabi_dw import registry
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.statements import rows_as, run_count, values_as
from miyabi_dw.engine import parameters_of
from miyabi_dw.orchestration.runner.diff import Difference
from miyabi_dw.orchestration.runner.request import RunRequest
from miyabi_dw.orchestration.runner.resume import CAN_BE_RESUMED, extra_of
from miyabi_dw.registry import run_schema
from miyabi_dw.registry.declarations import Declarations, Pipeline
from miyabi_dw.registry.outcomes import check_outcomes, row_counts

EXTRACT = "extract"
PARAMETER = "extract_from"


@dataclass(frozen=True, slots=True)
class BatchDigest:
    """What a run was about to load of one table."""

    table_name: str
    row_count: int
    digest: str


def stages_before_load(pipeline: Pipeline) -> int:
    """How many stages there are before the one that writes the warehouse; all of them where none is called so."""
    names = [stage.stem for stage in pipeline.stages]
    return next((at for at, name in enumerate(names) if "load" in name), len(names))


def note_batch(connection: Connection, run_id: str) -> None:
    """Writes down the digests of what the run is about to load."""
    schema = run_schema(run_id)
    for name in values_as(str, connection, "orchestration/batch/tables", {"schema": schema}):
        values = {"run_id": run_id, "name": name}
        run_count(connection, "orchestration/batch/digest", values, table=f"{schema}.{name}")


def repetition(settings: Settings, database: Database, declared: Declarations, given: str) -> tuple[RunRequest, str]:
    """The request that repeats the run, and where its rows come from: the kept extract, or else the source."""
    with database.connect("etl") as connection:
        first = registry.find_run(connection, given)
        pipeline = declared.find(first.pipeline)
        if pipeline.kind != "etl":
            what = f"{pipeline.name} is a job and has nothing to compare"
            raise BadRequest(what, first.run_id, "run it again instead")
        _check_repeatable(connection, pipeline, first)
    kept = _kept_extract(settings, pipeline, first)
    extra = extra_of(first) | ({PARAMETER: str(kept)} if kept else {})
    request = RunRequest(
        pipeline,
        first.interval,
        first.as_of,
        "replay",
        first.run_id,
        extra=extra,
        last=stages_before_load(pipeline),
    )
    return request, "the extract that the run kept" if kept else "the source, since the run kept no extract"


def _check_repeatable(connection: Connection, pipeline: Pipeline, run: registry.RunRecord) -> None:
    """BadRequest for a run that ended too early to be compared; one that its gate stopped has its checks."""
    seen = {each.stage: each.state for each in registry.attempts(connection, run.run_id)}
    stages = [stage.stem for stage in pipeline.stages[: stages_before_load(pipeline)]]
    missing = [stage for stage in stages if seen.get(stage) not in ("succeeded", "failed")]
    if missing and not run.parent_run_id:
        state = run.as_seen().state
        is_resumable = state in CAN_BE_RESUMED and run.trigger != "notebook"
        raise BadRequest(
            f"the run {'has' if state == 'failed' else 'was'} {state} before the end of {missing[0]},"
            " so there is nothing to compare",
            run.run_id,
            f"miyabi-dw resume {run.run_id}" if is_resumable else "run its interval instead",
        )


def _kept_extract(settings: Settings, pipeline: Pipeline, run: registry.RunRecord) -> Path | None:
    takes_one = any(each.name == PARAMETER for stage in pipeline.stages for each in parameters_of(stage))
    folder = settings.reports_dir / (run.archive_path or "-") / EXTRACT
    return folder if takes_one and folder.is_dir() else None


def compare(database: Database, first: str, second: str) -> list[Difference]:
    """In which rows, tables and checks the second run differs from the first, as far as the load."""
    with database.connect("etl") as connection:
        facts = [_facts(connection, run_id) for run_id in (first, second)]
    names = dict.fromkeys([*facts[0], *facts[1]])
    return [
        Difference(*name, facts[0].get(name), facts[1].get(name))
        for name in names
        if facts[0].get(name) != facts[1].get(name)
    ]


def _facts(connection: Connection, run_id: str) -> dict[tuple[str, str], Any]:
    extracted = {("extracted rows", each.source_table): each.extracted for each in row_counts(connection, run_id)}
    conformed = {
        ("conformed rows", each.table_name): f"{each.row_count} rows, digest {each.digest}"
        for each in rows_as(BatchDigest, connection, "orchestration/batch/digests", {"run_id": run_id})
    }
    checks = {
        ("check", each.check_id): f"{each.outcome}, {each.rows_failed or 0} rows"
        for each in check_outcomes(connection, run_id)
        if each.layer != "facts"
    }
    return extracted | conformed | checks
