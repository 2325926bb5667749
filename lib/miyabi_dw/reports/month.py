"""The page of a pipeline's month, written from the runs of that month alone."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import groupby
from pathlib import PurePosixPath

from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Month, local_day
from miyabi_dw.db.connection import Database
from miyabi_dw.db.locks import index_page, lock_transaction
from miyabi_dw.db.statements import rows_as, run_count
from miyabi_dw.reports.layout import month_folder
from miyabi_dw.reports.render import publish

RUNS_A_PAGE = 1000
UNWELL = ("failed", "lost")
# The worst of a day comes first.
TONES = {"failed": "bad", "lost": "bad", "succeeded": "good", "running": "busy", "queued": "busy"}


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
        _publish(settings, folder, pipeline, month.first, runs)


def page_name(number: int) -> str:
    return "index.html" if number == 1 else f"index-{number}.html"


def midnight(settings: Settings, day: date) -> datetime:
    """The moment at which that business day begins."""
    return datetime.combine(day, time(), tzinfo=settings.business_zone).astimezone(UTC)


def _publish(settings: Settings, folder: PurePosixPath, pipeline: str, first: date, runs: list[MonthRun]) -> None:
    parts = [runs[at : at + RUNS_A_PAGE] for at in range(0, len(runs), RUNS_A_PAGE)] or [[]]
    # A day that is split over two pages begins on the first of them.
    day_page = {_day(settings, row): page_name(at // RUNS_A_PAGE + 1) for at, row in reversed([*enumerate(runs)])}
    calendar = {day: _tone(rows) for day, rows in _by_day(settings, runs)}
    shared = {"pipeline": pipeline, "month": first, "runs": runs, "calendar": calendar, "day_page": day_page}
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


def _tone(runs: list[MonthRun]) -> str:
    """The worst of a day's runs; a failure that a later run of the same interval made good is no longer one."""
    latest: dict[datetime | str, str] = {}
    for row in runs:
        latest.setdefault(row.interval_start or row.run_id, row.state)
    tones = {TONES.get(state, "idle") for state in latest.values()}
    return next(tone for tone in (*dict.fromkeys(TONES.values()), "idle") if tone in tones)
