"""The page of a pipeline's month, written from the runs of that month alone."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import PurePosixPath

from miyabi_dw.common.report_folders import midnight, month_folder
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval, Month, local_day
from miyabi_dw.db.connection import Database
from miyabi_dw.db.locks import index_page, lock_transaction
from miyabi_dw.db.statements import rows_as, run_count, values_as
from miyabi_dw.registry.declarations import Pipeline, load_declarations
from miyabi_dw.reports.formats import STATE_TONES, Clock
from miyabi_dw.reports.nights import WORDS, Cell, was_due
from miyabi_dw.reports.render import publish

RUNS_A_PAGE = 1000
UNWELL = ("failed", "lost")


@dataclass(frozen=True, slots=True)
class MonthRun:
    """A run with what its rows and checks came to; `path` is null until it has pages, `pruned_at` until they went."""

    run_id: str
    state: str
    reason: str | None
    trigger: str
    interval_start: datetime | None
    interval_end: datetime | None
    placed_at: datetime
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    path: str | None
    pruned_at: datetime | None
    signed_by: str | None
    extracted: Decimal | None
    written: Decimal | None
    quarantined: Decimal | None
    checks_not_passed: int


@dataclass(frozen=True, slots=True)
class _Known:
    """A pipeline's month, the moment that its first run ever took for now, and the runs of several days in it."""

    pipeline: str
    first: date
    began: datetime | None
    covering: list[Interval]


def write_month(settings: Settings, database: Database, pipeline: str, moment: datetime) -> None:
    """Writes the page of the month that `moment` lies in, in place of the one before."""
    month = Month.of(local_day(moment, settings.business_zone))
    folder = month_folder(pipeline, month.first)
    span = {"from_moment": midnight(settings, month.first), "to_moment": midnight(settings, (month + 1).first)}
    with database.connect("etl") as connection:
        lock_transaction(connection, index_page(str(folder)))
        runs = rows_as(MonthRun, connection, "reports/index/month_runs", {"pipeline": pipeline, **span})
        counts = _counts(runs) | {"pipeline": pipeline, "month_start": month.first}
        run_count(connection, "reports/index/count_month", counts)
        about = {"pipeline": pipeline}
        began = values_as(datetime, connection, "reports/index/first_as_of", about)
        covering = rows_as(Interval, connection, "reports/index/long_runs", about | span)
        _publish(settings, folder, _Known(pipeline, month.first, began[0] if began else None, covering), runs)


def page_name(number: int) -> str:
    return "index.html" if number == 1 else f"index-{number}.html"


def _publish(settings: Settings, folder: PurePosixPath, known: _Known, runs: list[MonthRun]) -> None:
    parts = [runs[at : at + RUNS_A_PAGE] for at in range(0, len(runs), RUNS_A_PAGE)] or [[]]
    # A day that is split over two pages begins on the first of them.
    day_page = {_day(settings, row): page_name(at // RUNS_A_PAGE + 1) for at, row in reversed([*enumerate(runs)])}
    kinds = {day: _kind(rows) for day, rows in _by_day(settings, runs)}
    shared = {"pipeline": known.pipeline, "month": known.first, "runs": runs}
    shared |= {"calendar": _calendar(settings, known, kinds, day_page)}
    for number, shown in enumerate(parts, 1):
        place = {"pages": len(parts), "number": number, "page_name": page_name}
        context = shared | place | {"days": _by_day(settings, shown)}
        publish(settings, folder / page_name(number), "month.html", context)


def _counts(runs: list[MonthRun]) -> dict[str, object]:
    states = Counter(row.state for row in runs)
    failed = sum(states[state] for state in UNWELL)
    return {"runs": len(runs), "succeeded": states["succeeded"], "failed": failed}


def _day(settings: Settings, row: MonthRun) -> date:
    return local_day(row.placed_at, settings.business_zone)


def _by_day(settings: Settings, runs: list[MonthRun]) -> list[tuple[date, list[MonthRun]]]:
    return [(day, list(rows)) for day, rows in groupby(runs, lambda row: _day(settings, row))]


def _calendar(
    settings: Settings, known: _Known, kinds: Mapping[date, str], pages: Mapping[date, str]
) -> list[tuple[date, Cell]]:
    """Every day of the month up to today; one that had a run to come and has none is empty."""
    first, today = known.first, local_day(settings.now(), settings.business_zone)
    days = [first + timedelta(days=after) for after in range(Month.of(first).last.day)]
    pipeline = load_declarations().get(known.pipeline)
    return [
        (day, Cell(kinds[day], WORDS[kinds[day]], f"{pages[day]}#d{day.day}"))
        if day in kinds
        else (day, _without_run(settings, known, pipeline, day))
        for day in days
        if day <= today or day in kinds
    ]


def _without_run(settings: Settings, known: _Known, pipeline: Pipeline | None, day: date) -> Cell:
    """Of a day that is no run's first: another's loaded it too, or none was due, or none came."""
    begin = midnight(settings, day)
    for covering in known.covering:
        if begin in covering:
            told = Clock(settings.business_zone, names_zone=False).interval(covering.start, covering.end)
            return Cell("good", f"good, in the run for {told}")
    kind = "none" if pipeline and known.began and _was_due(settings, pipeline, day, known.began) else "quiet"
    return Cell(kind, WORDS[kind])


def _was_due(settings: Settings, pipeline: Pipeline, day: date, since: datetime) -> bool:
    """A day's rows are loaded on the day after it."""
    on = day + timedelta(days=1) if pipeline.interval == "day" else day
    return was_due(settings, pipeline, on, since, settings.now())


def _kind(runs: list[MonthRun]) -> str:
    """The worst of a day's runs; a failure that a later run of the same interval made good is healed."""
    latest: dict[datetime | str, str] = {}
    for row in runs:
        latest.setdefault(row.interval_start or row.run_id, row.state)
    tones = {STATE_TONES[state] for state in latest.values()}
    worst = next(tone for tone in ("bad", "busy", "good", "idle") if tone in tones)
    is_healed = worst == "good" and any(row.state in UNWELL for row in runs)
    return "healed" if is_healed else worst
