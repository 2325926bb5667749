"""Metrics outside of their usual range on the last loaded day, and which part of the rows moved them."""

import logging
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from miyabi_dw.common.text import counted
from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import values_as
from miyabi_dw.metrics.answer import Figure, figures
from miyabi_dw.metrics.definition import Definition, Usual
from miyabi_dw.metrics.format import number
from miyabi_dw.metrics.periods import Grain, Period
from miyabi_dw.metrics.question import ask
from miyabi_dw.metrics.usual import LOOK_BACK, Day, Unusual, judge, noise_of_share, noise_of_sum

logger = logging.getLogger(__name__)

DAY = Grain("day")
# An older day is no news; the day before yesterday is the last one until the night's run has ended.
NEWS = timedelta(days=2)
# What has a part of the difference smaller than this did not move the number.
LEAST_PART = Decimal("0.5")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday or holiday")


@dataclass(frozen=True, slots=True)
class Moved:
    """The one value of a dimension behind most of a difference: so much of it, 1 for all."""

    dimension: str
    value: str
    part: Decimal

    def __str__(self) -> str:
        return f"; {100 * self.part:.0f} % of the difference is {self.dimension} {self.value}"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A metric on an unusual day; `moved` is null where many had a part in it, or where it cannot be told."""

    metric: Definition
    found: Unusual
    moved: Moved | None

    @property
    def sentence(self) -> str:
        day, band, metric = self.found.day, self.found.band, self.metric
        low = number(Decimal(str(max(band.low, 0))), metric.unit, metric.digits)
        usually = f"usually {low} to {self._told(band.high)} on a {WEEKDAYS[day.weekday - 1]}"
        before = self.found.days_before
        since = f", as on {counted(before, 'day')} of the two weeks before" if before else ""
        told = f"{metric.label}: {self._told(day.value)} on {day.day}, {usually}{since}"
        return f"{told}{self.moved or ''}."

    @property
    def rows_behind(self) -> str:
        """The words of `metrics` that list the rows that moved it."""
        kept = f" --where {shlex.quote(f'{self.moved.dimension}={self.moved.value}')}" if self.moved else ""
        return f"metrics explain {self.metric.name} --grain day --period {self.found.day.day}{kept}"

    def _told(self, value: float) -> str:
        return self.metric.told(Decimal(str(value)))


@dataclass(frozen=True, slots=True)
class Looked:
    """A metric's last loaded day; `anomaly` is null where it was as usual, or nothing usual is known yet."""

    day: date
    anomaly: Anomaly | None


def look(connection: Connection, metric: Definition, today: date) -> Looked | None:
    """The last loaded day before today; None where that is no news or there is none."""
    usual = metric.usual or Usual()
    days = history(connection, metric, usual, today)
    if not days or days[-1].day < today - NEWS:
        return None
    is_share = metric.type == "ratio" and metric.unit == "ratio"
    found = judge(days, usual, noise_of_share if is_share else noise_of_sum)
    logger.debug("%s on %s: %s", metric.name, days[-1].day, found)
    moved = _moved(connection, metric, days, found, today) if found else None
    return Looked(days[-1].day, Anomaly(metric, found, moved) if found else None)


def history(connection: Connection, metric: Definition, usual: Usual, today: date) -> list[Day]:
    """The days before today that are loaded to their end and have a number, as far back as one is held against."""
    last = today - timedelta(days=1)
    first = last - timedelta(weeks=usual.weeks) - LOOK_BACK
    holidays = set(values_as(date, connection, "metrics/holidays", {"first": first, "last": last}))
    asked = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    return [
        Day(each.ends, float(each.value), each.rows, each.ends in holidays)
        for each in _figures(connection, metric, asked, today)
        if each.state == "complete" and each.value is not None
    ]


def _figures(
    connection: Connection, metric: Definition, days: Sequence[date], today: date, *by: str
) -> tuple[Figure, ...]:  # fmt: skip
    periods = tuple(Period(day, day) for day in days)
    question = replace(ask(metric, DAY, days[-1], days[-1], today, by), periods=periods)
    return figures(connection, question)


def _moved(
    connection: Connection, metric: Definition, days: Sequence[Day], found: Unusual, today: date
) -> Moved | None:  # fmt: skip
    """Of all dimensions the value with the largest part; of what does not add up parts mean nothing."""
    if metric.type != "simple" or not all(part.is_additive for part in metric.measures):
        return None
    alike = [each.day for each in days[:-1] if each.weekday == found.day.weekday][-found.band.days :]
    difference = Decimal(str(found.day.value - found.band.middle))
    parts: list[Moved] = []
    for name in metric.dimensions:
        split = _figures(connection, metric, [*alike, found.day.day], today, name)
        parts += _parts(name, split, found.day.day, len(alike), difference)
    best = max(parts, key=lambda moved: moved.part, default=None)
    return best if best and best.part >= LEAST_PART else None


def _parts(name: str, split: Sequence[Figure], day: date, alike: int, difference: Decimal) -> Iterator[Moved]:
    """What each value of a dimension has more or less than on the days alike; nothing where it has only one value."""
    values: dict[str, dict[date, Decimal]] = {}
    for figure in split:
        values.setdefault(figure.dimensions[0], {})[figure.ends] = figure.value or Decimal(0)
    if len(values) == 1:
        return
    for value, by_day in values.items():
        now = by_day.pop(day, Decimal(0))
        before = [*by_day.values(), *[Decimal(0)] * (alike - len(by_day))]
        yield Moved(name, value, min((now - median(before)) / difference, Decimal(1)))
