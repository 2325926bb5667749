"""Compares warehouse and source month by month, however old, and rereads only the months that differ."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval, Month, business_day, local_day
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.statements import run, run_count
from miyabi_dw.etl import gates, windows
from miyabi_dw.etl.batch import StageContext
from miyabi_dw.etl.extract import extract
from miyabi_dw.etl.load import load
from miyabi_dw.etl.transform import transform
from miyabi_dw.etl.windows import EXECUTIONS, Digest, Window
from miyabi_dw.registry import (
    NewRun,
    application_name,
    finish_run,
    get_run,
    new_run_id,
    record_run,
    run_schema,
    start_run,
)
from miyabi_dw.registry.declarations import Pipeline, load_declarations

if TYPE_CHECKING:
    import pandas

# The moment by which each table's rows are counted, the one that its source query calls event_at.
MOMENTS = {
    "issues": "created_at",
    "code_gen_tasks": "created_at",
    "review_results": "created_at",
    "deployment_pipelines": "created_at",
    "commits": "committed_at",
    "label_history": "applied_at",
    "worktree_states": "created_at",
}


@dataclass(frozen=True)
class Compared:
    """One table's rows of one business month, counted on both sides."""

    source_table: str
    bucket: date
    source_rows: int
    warehouse_rows: int
    is_equal: bool
    reread: bool = False


def reconcile(
    database: Database, settings: Settings, as_of: datetime, run_id: str | None = None, pipeline: str | None = None
) -> "pandas.DataFrame":
    """Every month of every source table, as far as its days have ended; what differed is reread, gated and loaded.

    Rows that vanished from the source leave the warehouse. Archived months of executions are not compared. `run_id`
    is the recorded run that this belongs to; without it the comparison is a run by hand.
    """
    import pandas

    with _recorded(database, as_of) if run_id is None else nullcontext(run_id) as known:
        stage = _stage(database, settings, _widest(load_declarations(), pipeline), as_of, known)
        months = _reconcile(stage)
    return pandas.DataFrame([asdict(month) for month in months], columns=list(Compared.__annotations__))


def _reconcile(stage: StageContext) -> list[Compared]:
    gates.check_source_contract(stage)
    months = compare(stage)
    due = [month for month in months if not month.is_equal]
    if due:
        _reread(stage, due)
        months = _judged_again(stage, months)
    _record(stage, months)
    return months


def compare(stage: StageContext) -> list[Compared]:
    """Reads only: both sides of every month of the pipeline's source tables."""
    with stage.source() as source, stage.warehouse() as warehouse:
        run(source, "etl/extract/snapshot")
        return [
            month for table in stage.pipeline.source_tables for month in _compare_table(stage, source, warehouse, table)
        ]


def _compare_table(stage: StageContext, source: Connection, warehouse: Connection, table: str) -> list[Compared]:
    theirs = windows.source_digest(stage, source, table, "month", until=_until(stage))
    ours = _known(stage, warehouse, table)
    archived = _archived(warehouse) if table == EXECUTIONS else set()
    return [
        Compared(table, bucket, _rows(theirs, bucket), _rows(ours, bucket), theirs.get(bucket) == ours.get(bucket))
        for bucket in sorted(theirs.keys() | ours.keys())
        if bucket not in archived
    ]


def _known(stage: StageContext, warehouse: Connection, table: str) -> Digest:
    if table == EXECUTIONS:
        return windows.executions_digest(stage, warehouse, "month", until=_until(stage))
    if table not in MOMENTS:
        raise BadRequest(
            f"nothing is known of how to compare {table}", remedy="name the moment its rows are counted by"
        )
    return windows.staged_digest(stage, warehouse, table, MOMENTS[table], "month", until=_until(stage))


def _until(stage: StageContext) -> datetime:
    """The day that has not ended yet is no difference: its run is still to come."""
    today = business_day(local_day(stage.as_of, stage.settings.business_zone), stage.settings.business_zone)
    return windows.source_clock(stage, today.start)


def _archived(warehouse: Connection) -> set[date]:
    keys = [row["month_key"] for row in run(warehouse, "etl/extract/archived_months")]
    return {Month.from_key(key).first for key in keys}


def _rows(digest: Digest, bucket: date) -> int:
    return digest.get(bucket, (0, 0))[0]


def _reread(stage: StageContext, due: Sequence[Compared]) -> None:
    asked: dict[str, list[Window]] = {table: [] for table in stage.pipeline.source_tables}
    for month in due:
        key = Month.of(month.bucket).key
        asked[month.source_table].append(windows.month_window(stage, key, "differs from the source"))
    extract(stage, asked)
    transform(stage)
    gates.run_suites(stage, "conformed")
    load(stage)


def _judged_again(stage: StageContext, before: Iterable[Compared]) -> list[Compared]:
    """The months as they are after the reread; those that had differed are marked as reread."""
    reread = {(month.source_table, month.bucket) for month in before if not month.is_equal}
    after = {(month.source_table, month.bucket): month for month in compare(stage)}
    emptied = {key: Compared(*key, 0, 0, is_equal=True) for key in reread - after.keys()}
    return [replace(month, reread=key in reread) for key, month in sorted((after | emptied).items())]


def _record(stage: StageContext, months: Sequence[Compared]) -> None:
    with stage.warehouse() as warehouse:
        for month in months:
            run_count(warehouse, "etl/extract/record_reconciliation", {"run_id": stage.run_id} | asdict(month))


def _widest(declared: Mapping[str, Pipeline], name: str | None) -> Pipeline:
    """The pipeline that reads most tables, unless one is named."""
    if name is not None and name not in declared:
        raise BadRequest(f"there is no pipeline {name!r}", remedy=f"choose one of {', '.join(declared)}")
    etl = [pipeline for pipeline in declared.values() if pipeline.kind == "etl"]
    return declared[name] if name else max(etl, key=lambda pipeline: len(pipeline.source_tables))


def _stage(database: Database, settings: Settings, pipeline: Pipeline, as_of: datetime, run_id: str) -> StageContext:
    """What is read is asked for month by month, so the interval only says when this was."""
    with database.connect("etl", application_name=application_name(run_id)) as connection:
        number = get_run(connection, run_id).run_number
    interval = Interval(as_of - timedelta(days=1), as_of)
    return StageContext(settings, database, pipeline, interval, run_id, number, as_of, run_schema(run_id))


@contextmanager
def _recorded(database: Database, as_of: datetime) -> Iterator[str]:
    """A run of its own for a reconciliation that no runner started."""
    run_id = f"manual-{new_run_id('reconciliation')}"
    with database.connect("etl", autocommit=True) as connection:
        record_run(connection, NewRun(run_id, "reconciliation", None, as_of, "notebook"))
        start_run(connection, run_id)
        try:
            yield run_id
        except Exception as error:
            finish_run(connection, run_id, "failed", str(error))
            raise
        finish_run(connection, run_id, "succeeded")
