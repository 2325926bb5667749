"""Grains and the periods that they cut a range of days into; how a period is written and read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.timeframe import Month, check_order, parse_day
from miyabi_dw.metrics.definition import Definition, Kind
from miyabi_dw.metrics.definitions import choose

ROLLING = re.compile(r"rolling-(\d{1,4})")
LONGEST_WINDOW = 366
MOST_PERIODS = 4_000
# How many periods are shown when no first day is given.
USUAL = {"day": 30, "week": 13, "month": 12, "quarter": 8, "rolling": 30}
MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Grain:
    """day, week (ISO), month, quarter, or a window of so many days that ends on each day."""

    kind: Kind
    days: int = 0

    def __str__(self) -> str:
        return f"rolling-{self.days}" if self.kind == "rolling" else self.kind

    @classmethod
    def parse(cls, text: str, metric: Definition) -> "Grain":
        """One of the metric's grains; BadRequest for any other."""
        window = ROLLING.fullmatch(text)
        kind = "rolling" if window else text
        choose("grain", kind, metric.grains)
        if kind == "rolling" and not (window and 2 <= int(window[1]) <= LONGEST_WINDOW):
            raise BadRequest(
                f"{text!r} names no window", remedy=f"write rolling-2 to rolling-{LONGEST_WINDOW}, in days"
            )
        return cls(kind, int(window[1]) if window else 0)  # type: ignore[arg-type]

    def around(self, day: date) -> "Period":
        """The period that `day` lies in; of a window the one that ends on it."""
        if self.kind == "rolling":
            return Period(day - timedelta(days=self.days - 1), day)
        if self.kind == "day":
            return Period(day, day)
        if self.kind == "week":
            monday = day - timedelta(days=day.weekday())
            return Period(monday, monday + timedelta(days=6))
        first = _begin(day, self.kind)
        return Period(first.first, (first + (MONTHS[self.kind] - 1)).last)

    def before(self, day: date, periods: int) -> date:
        """The first day of so many periods up to the one that `day` lies in."""
        found = self.around(day)
        for _ in range(periods - 1):
            found = self.around((found.ends if self.kind == "rolling" else found.starts) - timedelta(days=1))
        return found.ends if self.kind == "rolling" else found.starts


@dataclass(frozen=True, slots=True)
class Period:
    """Both days included. What counts begins at `counted_from`: `starts`, or earlier for what is counted to date."""

    starts: date
    ends: date
    counted_from: date = date.min

    def __post_init__(self) -> None:
        if self.counted_from == date.min:
            object.__setattr__(self, "counted_from", self.starts)

    @property
    def days(self) -> int:
        return (self.ends - self.counted_from).days + 1


def periods(metric: Definition, grain: Grain, first: date, last: date) -> list[Period]:
    """The whole periods that the days from `first` to `last` touch; BadRequest when they are too many."""
    check_order(first, last)
    found: list[Period] = []
    for period in _steps(grain, first, last):
        found.append(_to_date(metric, period))
        if len(found) > MOST_PERIODS:
            raise BadRequest(
                f"more than {MOST_PERIODS:,} periods of a {grain.kind}", f"{first} to {last}", "choose a shorter range"
            )
    return found


def _steps(grain: Grain, first: date, last: date) -> Iterator[Period]:
    day = first
    while day <= last:
        period = grain.around(day)
        yield period
        day = period.ends + timedelta(days=1)


def _to_date(metric: Definition, period: Period) -> Period:
    if metric.grain_to_date is None:
        return period
    return Period(period.starts, period.ends, _begin(period.ends, metric.grain_to_date).first)


def _begin(day: date, kind: str) -> Month:
    size = MONTHS[kind]
    return Month(day.year, (day.month - 1) // size * size + 1)


WRITTEN = {
    "week": (re.compile(r"(\d{4})-W(\d{2})"), "2026-W05"),
    "month": (re.compile(r"(\d{4})-(\d{2})"), "2026-01"),
    "quarter": (re.compile(r"(\d{4})-Q([1-4])"), "2026-Q1"),
}


def read_period(metric: Definition, grain: Grain, text: str) -> Period:
    """A period as it is written, 2026-01, 2026-W05, 2026-Q1, or any of its days; BadRequest for what is none."""
    pattern, example = WRITTEN.get(grain.kind, (re.compile(r"(?!)"), "2026-01-31"))
    found = pattern.fullmatch(text)
    try:
        day = _first_day(grain.kind, int(found[1]), int(found[2])) if found else parse_day(text)
    except (ValueError, BadRequest) as error:
        raise BadRequest(f"{text!r} is no {grain.kind}", remedy=f"write it like {example}") from error
    return _to_date(metric, grain.around(day))


def _first_day(kind: str, year: int, number: int) -> date:
    if kind == "week":
        return date.fromisocalendar(year, number, 1)
    return date(year, number if kind == "month" else number * 3 - 2, 1)


def write_period(kind: str, starts: date, ends: date) -> str:
    """As `read_period` reads it."""
    match kind:
        case "week":
            year, week, _ = starts.isocalendar()
            return f"{year}-W{week:02}"
        case "month":
            return f"{starts:%Y-%m}"
        case "quarter":
            return f"{starts.year}-Q{(starts.month + 2) // 3}"
        case "rolling":
            return f"{starts} to {ends}"
        case _:
            return str(starts)
