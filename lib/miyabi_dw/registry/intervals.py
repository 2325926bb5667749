"""Which intervals of a pipeline are due, and which days or hours a span is made of."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from miyabi_dw.common.timeframe import Interval, business_day, days, hour, local_day
from miyabi_dw.registry.cron import fire_before, fire_times
from miyabi_dw.registry.declarations import Pipeline


@dataclass(frozen=True, slots=True)
class Due:
    """One run that should happen: its interval, if the pipeline has any, and the moment from which it should."""

    due_at: datetime
    interval: Interval | None

    @property
    def key(self) -> datetime:
        """What tells it from the pipeline's other ones: the start of its interval, or when it was due."""
        return self.interval.start if self.interval else self.due_at


def due_between(pipeline: Pipeline, after: datetime, until: datetime, business_zone: ZoneInfo) -> list[Due]:
    """What falls due in (after, until], oldest first: an interval is due when its schedule fires after its end."""
    fires = fire_times(pipeline.schedule, pipeline.zone, after, until)
    if pipeline.interval is None or not fires:
        return [Due(moment, None) for moment in fires]
    before = fire_before(pipeline.schedule, pipeline.zone, fires[0] - timedelta(microseconds=1)) or after
    return [
        Due(fire, interval)
        for previous, fire in pairwise([before, *fires])
        for interval in intervals_ending(pipeline.interval, previous, fire, business_zone)
    ]


def intervals_ending(kind: str, after: datetime, until: datetime, business_zone: ZoneInfo) -> Iterator[Interval]:
    """The days or hours whose end lies in (after, until]."""
    return (interval for interval in _around(kind, after, until, business_zone) if after < interval.end <= until)


def units_of(kind: str, span: Interval, business_zone: ZoneInfo) -> list[Interval]:
    """The days or hours that lie in `span` as a whole."""
    around = _around(kind, span.start, span.end, business_zone)
    return [unit for unit in around if span.start <= unit.start and unit.end <= span.end]


def _around(kind: str, after: datetime, until: datetime, business_zone: ZoneInfo) -> Iterator[Interval]:
    if kind == "day":
        first, last = (local_day(moment, business_zone) for moment in (after, until))
        yield from (business_day(day, business_zone) for day in days(first - timedelta(days=1), last))
        return
    interval = hour(after - timedelta(hours=1))
    while interval.start < until:
        yield interval
        interval = Interval(interval.end, interval.end + timedelta(hours=1))
