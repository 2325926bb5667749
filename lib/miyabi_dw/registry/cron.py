"""When a schedule fires in its own time zone, and which intervals are then due."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from croniter import croniter

from miyabi_dw.common.timeframe import Interval, business_day, days, hour, local_day
from miyabi_dw.registry.declarations import Pipeline

# No zone moves its clocks by more, so a window this much wider misses no local time.
WIDEST_CHANGE = timedelta(hours=3)
# How far back the fire before a moment is looked for: a schedule of once a year on 29 February is the rarest.
LOOK_BACK = (timedelta(days=1), timedelta(days=8), timedelta(days=32), timedelta(days=366), timedelta(days=3000))


@dataclass(frozen=True, slots=True)
class Due:
    """One run that should happen: its interval, if the pipeline has any, and the moment from which it should."""

    due_at: datetime
    interval: Interval | None

    @property
    def key(self) -> datetime:
        """What tells it from the pipeline's other ones: the start of its interval, or when it was due."""
        return self.interval.start if self.interval else self.due_at


def fire_times(schedule: str, zone: ZoneInfo, after: datetime, until: datetime) -> list[datetime]:
    """Moments in (after, until] at which `schedule` fires on the clocks of `zone`, in order and in UTC.

    A local time that a clock change leaves out fires when the clocks have moved on; one that comes twice fires once.
    A schedule for every hour follows the real hours instead, so that a day of 25 has 25. An empty one never fires.
    """
    if after >= until or not schedule:
        return []
    every_hour = schedule.split()[1].startswith("*")
    first = after.astimezone(zone).replace(tzinfo=None) - WIDEST_CHANGE
    last = until.astimezone(zone).replace(tzinfo=None) + WIDEST_CHANGE
    moments: set[datetime] = set()
    for local in _local_times(schedule, first, last):
        moments |= _moments(local, zone, every_hour=every_hour)
    return sorted(moment for moment in moments if after < moment <= until)


def _local_times(schedule: str, first: datetime, last: datetime) -> Iterator[datetime]:
    times = croniter(schedule, first, ret_type=datetime)
    while (local := times.get_next()) <= last:
        yield local


def _moments(local: datetime, zone: ZoneInfo, *, every_hour: bool) -> set[datetime]:
    early, late = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early == late:
        return {early}
    # Read with the offset before the change, a time in the gap comes out after it: two readings swap their order.
    if early > late:
        return set() if every_hour else {early}
    return {early, late} if every_hour else {early}


def fire_before(schedule: str, zone: ZoneInfo, moment: datetime) -> datetime | None:
    """The last time the schedule fired at or before `moment`."""
    for distance in LOOK_BACK:
        if times := fire_times(schedule, zone, moment - distance, moment):
            return times[-1]
    return None


def fire_after(schedule: str, zone: ZoneInfo, moment: datetime) -> datetime | None:
    """The first time it fires after `moment`."""
    for distance in LOOK_BACK:
        if times := fire_times(schedule, zone, moment, moment + distance):
            return times[0]
    return None


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
