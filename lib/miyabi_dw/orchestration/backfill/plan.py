"""What a backfill will do: the intervals not yet done, joined to runs of a month or more."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, pairwise
from typing import Literal

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import EARLIEST, Interval, local_day
from miyabi_dw.db.connection import Database
from miyabi_dw.orchestration.backfill.pace import expected_seconds
from miyabi_dw.orchestration.schedule.due import outstanding
from miyabi_dw.registry.declarations import Pipeline
from miyabi_dw.registry.intervals import Due, units_of

Chunk = Literal["auto", "unit", "day", "month", "quarter"]
CHUNKS: tuple[Chunk, ...] = ("auto", "unit", "day", "month", "quarter")
# Runs are worth joining further as long as there are still some to share out among workers.
QUARTERS_FROM_DAYS = 300


@dataclass(frozen=True)
class Plan:
    """`chunks` are the runs to be made, oldest first; `seconds` is what they will take at the pace of recent runs,
    None while that cannot be told."""

    pipeline: Pipeline
    span: Interval
    as_of: datetime
    units: int
    done: int
    chunks: tuple[Interval, ...]
    chunk: Chunk
    workers: int
    seconds: float | None

    @property
    def sentence(self) -> str:
        kind = f"{self.pipeline.interval}s"
        guess = f", about {_duration(self.seconds)}" if self.seconds else ""
        return (
            f"{self.pipeline.name}: {self.units} {kind}, {self.done} already done, {self.units - self.done} to do"
            f" in {len(self.chunks)} run(s) by {self.workers} worker(s){guess}"
        )


def check_begins(day: date, begins: datetime | None, settings: Settings) -> None:
    """BadRequest for a day before the source's first, which is named; before the calendar's where that is unknown."""
    earliest = EARLIEST if begins is None else local_day(begins, settings.business_zone)
    if day < earliest:
        what = "the calendar" if begins is None else "the source"
        raise BadRequest(f"{day} lies before the first day of {what}, {earliest}", remedy="choose that or a later one")


def make_plan(
    settings: Settings, database: Database, pipeline: Pipeline, span: Interval, as_of: datetime, *,
    chunk: Chunk = "auto", workers: int = 1, redo: bool = False, tell: Callable[[str], None] = lambda _: None,
) -> Plan:  # fmt: skip
    """Read-only. What is not over at `as_of` is left to the schedule; `redo` runs again what is done.

    `tell` gets one line before the rows are counted, which takes a while at a large source.
    """
    if pipeline.interval is None:
        raise BadRequest(f"{pipeline.name} is a job without intervals", remedy="run it instead")
    units = units_of(pipeline.interval, span, settings.business_zone)
    dues = [Due(unit.end, unit) for unit in units if unit.end <= as_of]
    if not dues:
        today = local_day(as_of, settings.business_zone)
        told = span.told(settings.business_zone)
        raise BadRequest("there is no whole interval to fill", told, f"choose days before {today}")
    with database.connect("etl", application_name="miyabi-dw:backfill plan") as connection:
        waiting = dues if redo else outstanding(connection, pipeline, dues, as_of)
        to_do = [due.interval for due in waiting if due.interval is not None]
        width = resolved(chunk, to_do)
        chunks = tuple(join(to_do, width, settings))
        tell(f"counting the rows of {len(to_do):,} {pipeline.interval}s, to say how long they will take")
        seconds = expected_seconds(settings, database, connection, pipeline, chunks, workers)
    return Plan(pipeline, span, as_of, len(dues), len(dues) - len(to_do), chunks, width, workers, seconds)


def resolved(chunk: Chunk, to_do: list[Interval]) -> Chunk:
    if chunk != "auto":
        return chunk
    days = (to_do[-1].end - to_do[0].start).days if to_do else 0
    return "quarter" if days >= QUARTERS_FROM_DAYS else "month"


def join(units: Iterable[Interval], chunk: Chunk, settings: Settings) -> Iterable[Interval]:
    """Neighbours of the same month (day, quarter) of the business calendar as one interval."""

    def mark(unit: Interval) -> tuple[object, ...]:
        day = local_day(unit.start, settings.business_zone)
        return {
            "unit": (unit,),
            "day": (day,),
            "month": (day.year, day.month),
            "quarter": (day.year, (day.month - 1) // 3),
        }[chunk]

    for stretch in _stretches(list(units)):
        for _, members in groupby(stretch, mark):
            together = list(members)
            yield Interval(together[0].start, together[-1].end)


def _stretches(units: list[Interval]) -> Iterable[list[Interval]]:
    """Runs of units without a gap."""
    if not units:
        return
    current = [units[0]]
    for before, unit in pairwise(units):
        if unit.start != before.end:
            yield current
            current = []
        current.append(unit)
    yield current


def halves(interval: Interval, pipeline: Pipeline, settings: Settings) -> list[Interval]:
    """The interval cut in two between units; itself when it is one."""
    units = units_of(pipeline.interval or "day", interval, settings.business_zone)
    if len(units) < 2:
        return [interval]
    middle = units[len(units) // 2].start
    return [Interval(interval.start, middle), Interval(middle, interval.end)]


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
