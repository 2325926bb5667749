"""One fact, recovered from the source: its months are loaded again in place of the old rows, and compared."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from time import perf_counter

from miyabi_dw.common.errors import BadRequest, Busy, RecoveryFailed
from miyabi_dw.common.settings import Settings, load_settings
from miyabi_dw.common.text import counted
from miyabi_dw.common.timeframe import Interval, Month, business_day, check_order, local_day, parse_day
from miyabi_dw.db import locks, migrations
from miyabi_dw.db.connection import Connection, Database, execute
from miyabi_dw.db.statements import run
from miyabi_dw.etl.tables import step_of
from miyabi_dw.operations.outcome import keep_outcome
from miyabi_dw.operations.recovery import ddl
from miyabi_dw.operations.recovery.comparison import Line, compare
from miyabi_dw.operations.recovery.wanted import (
    NAME,
    bring_back,
    cold_months,
    refuse_unmakable,
    want,
    want_no_more,
)
from miyabi_dw.orchestration import api, backfill
from miyabi_dw.orchestration.runner.request import data_begins
from miyabi_dw.orchestration.runner.result import RunResult
from miyabi_dw.registry.declarations import Pipeline, load_declarations

MakeRun = Callable[..., RunResult]


@dataclass(frozen=True)
class Recovered:
    """`was_missing` tells that the table itself was made again; `lines` hold source and fact side by side."""

    fact: str
    months: Sequence[int]
    left_out: Sequence[int]
    was_missing: bool
    runs: int
    seconds: float
    lines: Sequence[Line]

    @property
    def sentence(self) -> str:
        rows = sum(line.fact_rows for line in self.lines)
        made = "rebuilt and loaded again" if self.was_missing else "loaded again"
        kept = counted(len(self.left_out), "month of cold storage is", "months of cold storage are")
        left = f"; {kept} as before" if self.left_out else ""
        return (
            f"{self.fact} was {made} for {counted(len(self.months), 'month')} by {counted(self.runs, 'run')}"
            f" in {self.seconds:.0f} s: {counted(rows, 'row')}, all equal to the source{left}"
        )


@dataclass(frozen=True)
class NothingAsked:
    """The notebook opened without a fact: it changes nothing and shows what could be recovered."""

    facts: Sequence[str]
    sentence: str = "No fact is named, so nothing was changed. Name one: miyabi-dw recover fact NAME"


def open_recovery(
    fact: str, first_day: str = "", last_day: str = "", as_of: str = "", run_id: str = ""
) -> Recovered | NothingAsked:
    """What the notebook calls; without days, everything that the source has."""
    settings = load_settings()
    database = Database(settings)
    if not fact:
        with database.connect("etl", application_name=NAME) as connection:
            return NothingAsked([row["fact"] for row in run(connection, "operations/recovery/facts")])
    done = recover_fact(database, settings, fact, first_day, last_day, settings.now(as_of))
    keep_outcome(database, run_id, "recover_fact_table", f"{done.sentence}.")
    return done


def recover_fact(
    database: Database, settings: Settings, fact: str, first_day: str, last_day: str, as_of: datetime, *,
    make_run: MakeRun = api.run,
) -> Recovered:  # fmt: skip
    """Widens the days to whole months, because partitions are. RecoveryFailed when source and fact then differ.

    Interrupted at any point it can be called again: a month's old rows are there until the load that brings the new
    ones is committed, and wait in the schema recovery until both sides are equal.
    """
    began = perf_counter()
    statements = ddl.definition(fact)
    pipeline = loader_of(fact)
    asked = _months(database, settings, first_day, last_day, as_of)
    source_months = _months(database, settings, "", "", as_of)
    with _alone(database, fact):
        with database.connect("owner", application_name=NAME) as connection:
            was_missing = _ensure_table(connection, fact, statements)
            cold = cold_months(connection, fact)
            known = set(source_months) - cold.keys()
            if was_missing:
                refuse_unmakable(fact, cold.values())
                want(connection, settings, fact, sorted(known), as_of)
        _restore_views(database)
        bring_back(database, settings, fact, cold.values())
        lines = compare(database, settings, fact, sorted(known), as_of)
        # Other months that a lost table or an interrupted recovery has left empty are loaded as well.
        months = sorted(known & {*asked, *(line.month_key for line in lines if not line.is_equal)})
        with database.connect("owner", application_name=NAME) as connection:
            want(connection, settings, fact, months, as_of)
        runs = sum(_load(database, settings, pipeline, fact, part, as_of, make_run) for part in _stretches(months))
        lines = compare(database, settings, fact, months, as_of)
        _refuse_differences(fact, lines)
        with database.connect("owner", application_name=NAME) as connection:
            want_no_more(connection, fact)
    left_out = sorted(cold.keys() & set(asked))
    return Recovered(fact, months, left_out, was_missing, runs, perf_counter() - began, lines)


@contextmanager
def _alone(database: Database, fact: str) -> Iterator[None]:
    """Busy while another process recovers the fact."""
    with (
        database.connect("owner", application_name=NAME, autocommit=True) as connection,
        locks.advisory_lock(connection, locks.recovery(fact), wait=0) as is_alone,
    ):
        if not is_alone:
            raise Busy(f"another process recovers {fact}", remedy="wait for its end")
        yield


def loader_of(fact: str) -> Pipeline:
    """The pipeline by whose days the fact is loaded; BadRequest when it is not kept by months."""
    step = step_of(fact)
    if step == "measured":
        raise BadRequest(
            f"{fact} is measured, not computed from the source", remedy="restore a backup that still has it"
        )
    loaders = [pipeline for pipeline in load_declarations().values() if fact in pipeline.targets]
    if step == "own" or not loaders:
        names = " or ".join(pipeline.name for pipeline in loaders) or "a pipeline that names it"
        raise BadRequest(f"{fact} is not kept by months", remedy=f"load its days again: miyabi-dw backfill {names}")
    return min(loaders, key=lambda pipeline: pipeline.interval != "day")


def _months(database: Database, settings: Settings, first_day: str, last_day: str, as_of: datetime) -> list[int]:
    today = local_day(as_of, settings.business_zone)
    begins = data_begins(database, settings)
    if begins is None:
        raise BadRequest("the source has no data to recover from", remedy="miyabi-dw doctor")
    first = parse_day(first_day, today) if first_day else local_day(begins, settings.business_zone)
    last = parse_day(last_day, today) if last_day else today
    check_order(first, last)
    first = max(first, local_day(begins, settings.business_zone))
    return [month.key for month in Month.of(first).to(Month.of(last))]


def _ensure_table(connection: Connection, fact: str, statements: Sequence[str]) -> bool:
    """Makes the table by the migrations' own statements when it is gone; whether it was."""
    present = {row["fact"] for row in run(connection, "operations/recovery/facts")}
    if fact in present:
        return False
    run(connection, "operations/recovery/drop_fact", fact=fact)
    for statement in statements:
        execute(connection, statement)
    run(connection, "operations/recovery/forget_marts")
    return True


def _restore_views(database: Database) -> None:
    """Views and functions that went with a dropped table are made again; the marts' finished rows stay as they are."""
    with database.connect("owner", application_name=NAME) as connection:
        migrations.migrate(connection)


def _stretches(months: Sequence[int]) -> Iterator[list[int]]:
    """Neighbouring months together."""
    for _, members in groupby(enumerate(months), lambda item: Month.from_key(item[1]).ordinal - item[0]):
        yield [month for _, month in members]


def month_span(settings: Settings, months: Sequence[int]) -> Interval:
    """From the first moment of the first month to the end of the last, on the business calendar."""
    first, last = (Month.from_key(key) for key in (min(months), max(months)))
    zone = settings.business_zone
    return Interval(business_day(first.first, zone).start, business_day(last.last, zone).end)


def _load(
    database: Database, settings: Settings, pipeline: Pipeline, fact: str, months: Sequence[int], as_of: datetime,
    make_run: MakeRun,
) -> int:  # fmt: skip
    span = month_span(settings, months)
    results: list[RunResult] = []
    if business_day(local_day(span.start, settings.business_zone), settings.business_zone).end <= as_of:
        plan = backfill.make_plan(settings, database, pipeline, span, as_of, redo=True)
        results += [
            make_run(pipeline.name, interval=chunk, as_of=as_of, trigger="backfill", settings=settings)
            for chunk in plan.chunks
        ]
    if span.end > as_of:
        # The day that is not over yet belongs to the hourly pipeline.
        results += [
            make_run(other.name, as_of=as_of, trigger="backfill", settings=settings)
            for other in load_declarations().values()
            if fact in other.targets and other.interval == "hour"
        ]
    for failed in (result for result in results if not result.is_good):
        raise RecoveryFailed(
            f"the load failed: {failed.reason}", failed.run_id, "correct the cause, then recover again: nothing is lost"
        )
    return len(results)


def _refuse_differences(fact: str, lines: Sequence[Line]) -> None:
    for line in lines:
        if not line.is_equal:
            raise RecoveryFailed(
                f"{fact} differs from the source in {line.month_key}: {line.source_rows} rows and {line.source_amount}"
                f" there, {line.fact_rows} and {line.fact_amount} here",
                f"the rows that were there before are kept in the schema recovery, as {fact}_{line.month_key}",
                "miyabi-dw quarantine list, miyabi-dw doctor; then recover again",
            )
