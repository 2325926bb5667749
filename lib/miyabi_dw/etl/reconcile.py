"""Compares warehouse and source month by month, however old, and rereads the months that differ.

A month of which no day was ever loaded is not reread: that is a backfill, which somebody has to want.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval, Month, business_day, local_day
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.statements import run, run_count, values_as
from miyabi_dw.etl import gates, windows
from miyabi_dw.etl.batch import StageContext
from miyabi_dw.etl.extract import extract
from miyabi_dw.etl.load import load
from miyabi_dw.etl.tables import SourceTable
from miyabi_dw.etl.transform import transform
from miyabi_dw.etl.windows import Digest, Window
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


@dataclass(frozen=True)
class Compared:
    """One table's rows of one business month, counted on both sides."""

    source_table: str
    bucket: date
    source_rows: int
    warehouse_rows: int
    is_equal: bool
    reread: bool = False
    never_loaded: bool = False

    @property
    def is_at_fault(self) -> bool:
        return not self.is_equal and not self.never_loaded


def reconcile(
    database: Database, settings: Settings, as_of: datetime, run_id: str | None = None, pipeline: str | None = None
) -> "pandas.DataFrame":
    """Every month of every source table, as far as its days have ended; what differed is reread, gated and loaded.

    Months that were never loaded are told apart and left. Rows that vanished from the source leave the warehouse.
    Archived months of executions are not compared. `run_id` is the recorded run that this belongs to; without it the
    comparison is a run by hand.
    """
    import pandas

    with _recorded(database, as_of) if run_id is None else nullcontext(run_id) as known:
        months = [
            month
            for reader, tables in _readers(load_declarations(), pipeline)
            for month in _reconcile(_stage(database, settings, reader, as_of, known), tables)
        ]
    return pandas.DataFrame([asdict(month) for month in months], columns=list(Compared.__annotations__))


def _reconcile(stage: StageContext, tables: Container[str]) -> list[Compared]:
    gates.check_source_contract(stage)
    months = compare(stage, tables)
    due = [month for month in months if month.is_at_fault]
    if due:
        _reread(stage, due)
        months = _compared_again(stage, tables, months)
    _record(stage, months)
    return months


def compare(stage: StageContext, tables: Container[str]) -> list[Compared]:
    """Reads only: both sides of every month of those of the pipeline's source tables that are named."""
    with stage.source() as source, stage.warehouse() as warehouse:
        run(source, "etl/extract/snapshot")
        chosen = [table for table in stage.tables if table.table in tables]
        return [month for table in chosen for month in _compare_table(stage, source, warehouse, table)]


def _compare_table(
    stage: StageContext, source: Connection, warehouse: Connection, table: SourceTable
) -> list[Compared]:  # fmt: skip
    theirs = windows.source_digest(stage, source, table, "month", until=_until(stage))
    ours = windows.known_digest(stage, warehouse, table, "month", until=_until(stage))
    archived = {month.first for month in windows.archived_months(warehouse, table)} if table.carried_by else set()
    loaded = {windows.UNPLACED.date(), *values_as(date, warehouse, "etl/extract/loaded_months", stage.parameters)}
    return [
        _compared(table, bucket, theirs, ours, is_loaded=bucket in loaded)
        for bucket in sorted(theirs.keys() | ours.keys())
        if bucket not in archived
    ]


def _compared(table: SourceTable, bucket: date, theirs: Digest, ours: Digest, *, is_loaded: bool) -> Compared:
    rows = (_rows(theirs, bucket), _rows(ours, bucket))
    is_equal = theirs.get(bucket) == ours.get(bucket)
    return Compared(table.table, bucket, *rows, is_equal, never_loaded=not is_equal and not is_loaded)


def _until(stage: StageContext) -> datetime:
    """The day that has not ended yet is no difference: its run is still to come."""
    today = business_day(local_day(stage.as_of, stage.settings.business_zone), stage.settings.business_zone)
    return windows.source_clock(stage, today.start)


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


def _compared_again(stage: StageContext, tables: Container[str], before: Iterable[Compared]) -> list[Compared]:
    """The months as they are after the reread; those that had differed are marked as reread."""
    reread = {(month.source_table, month.bucket) for month in before if month.is_at_fault}
    after = {(month.source_table, month.bucket): month for month in compare(stage, tables)}
    emptied = {key: Compared(*key, 0, 0, is_equal=True) for key in reread - after.keys()}
    return [replace(month, reread=key in reread) for key, month in sorted((after | emptied).items())]


def _record(stage: StageContext, months: Sequence[Compared]) -> None:
    """The months as they were found; of a table that equals the source no day before today is left to be loaded.

    Days of a month that was never loaded are: of a table without rows there they would show the month as loaded.
    """
    equal = {month.source_table for month in months} - {month.source_table for month in months if month.is_at_fault}
    never = sorted({month.bucket for month in months if month.never_loaded})
    with stage.warehouse() as warehouse:
        for month in months:
            run_count(warehouse, "etl/extract/record_reconciliation", {"run_id": stage.run_id} | asdict(month))
        run_count(
            warehouse, "etl/extract/record_equal_days", stage.parameters | {"equal": sorted(equal), "never": never}
        )


def _readers(declared: Mapping[str, Pipeline], name: str | None) -> list[tuple[Pipeline, set[str]]]:
    """Pipelines that together read every table, the widest first, each with the tables to compare through it.

    With a name that pipeline alone, with all of its tables.
    """
    if name is not None and name not in declared:
        raise BadRequest(f"there is no pipeline {name!r}", remedy=f"choose one of {', '.join(declared)}")
    chosen = [declared[name]] if name else [one for one in declared.values() if one.kind == "etl"]
    readers: list[tuple[Pipeline, set[str]]] = []
    for pipeline in sorted(chosen, key=lambda one: -len(one.source_tables)):
        tables = set(pipeline.source_tables).difference(*(covered for _, covered in readers))
        if tables:
            readers.append((pipeline, tables))
    return readers


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
