"""When a schedule fires: the one answer that scheduler, pages, doctor and declarations share.

cronsim reads the five fields as Debian's cron does, and that cron's rule says what a change of clocks does to them:

- A schedule of fixed times, whose minute and hour begin with no `*`, fires once for each of them. A time in the hour
  that is skipped fires at the first minute after it; one in the hour that comes twice fires in the first of the two.
- Any other schedule follows the clock as it shows: what is skipped does not fire, what comes twice fires twice.
  A schedule for every hour so fires 23 or 25 times that day.

cronsim is asked on a clock without changes and the zone is applied here: in the hour that comes twice its own answer
depends on where the search begins, and no tick may change what another one has found.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

# No zone moves its clocks by more, so a window this much wider misses no local time.
WIDEST_CHANGE = timedelta(hours=3)
MINUTE = timedelta(minutes=1)
FIELDS = 5
ANY_DAY = datetime(2000, 1, 1)  # noqa: DTZ001 - a local time


def problem(schedule: str) -> str | None:
    """What is wrong with a schedule, one that never fires included; None for a good one and for the empty one."""
    fields = schedule.split()
    if len(fields) != FIELDS:
        return f"{schedule!r} is no cron expression of five fields" if schedule else None
    minute, hour, day, month, weekday = fields
    try:
        # Apart, since cronsim says of a day that none of the months has what it says of one that does not parse.
        CronSim(f"{minute} {hour} {day} * {weekday}", ANY_DAY)
        CronSim(f"0 0 1 {month} *", ANY_DAY)
    except CronSimError as error:
        return f"{schedule!r} is no cron expression: {str(error).lower()}"
    return None if _fires(schedule) else f"{schedule!r} never fires"


def _fires(schedule: str) -> bool:
    try:
        return next(CronSim(schedule, ANY_DAY), None) is not None
    except CronSimError:
        return False


def fire_times(schedule: str, zone: ZoneInfo, after: datetime, until: datetime) -> list[datetime]:
    """Moments in (after, until] at which `schedule` fires on the clocks of `zone`, in order and in UTC."""
    if after >= until or not schedule:
        return []
    first, last = _local(after, zone) - WIDEST_CHANGE, _local(until, zone) + WIDEST_CHANGE
    times = takewhile(lambda local: local <= last, CronSim(schedule, first))
    moments = {moment for local in times for moment in _moments(local, zone, is_fixed=_is_fixed(schedule))}
    return sorted(moment for moment in moments if after < moment <= until)


def fire_before(schedule: str, zone: ZoneInfo, moment: datetime) -> datetime | None:
    """The last time the schedule fired at or before `moment`."""
    for local in _local_times(schedule, _local(moment, zone) - WIDEST_CHANGE, reverse=True):
        start = local.replace(tzinfo=zone).astimezone(UTC) - WIDEST_CHANGE
        if times := fire_times(schedule, zone, start, moment):
            return times[-1]
    return None


def fire_after(schedule: str, zone: ZoneInfo, moment: datetime) -> datetime | None:
    """The first time it fires after `moment`."""
    for local in _local_times(schedule, _local(moment, zone) + WIDEST_CHANGE):
        end = local.replace(tzinfo=zone).astimezone(UTC) + WIDEST_CHANGE
        if times := fire_times(schedule, zone, moment, end):
            return times[0]
    return None


def _local_times(schedule: str, start: datetime, *, reverse: bool = False) -> Iterator[datetime]:
    return iter(CronSim(schedule, start, reverse=reverse) if schedule else ())


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _is_fixed(schedule: str) -> bool:
    return not any(field.startswith("*") for field in schedule.split()[:2])


def _moments(local: datetime, zone: ZoneInfo, *, is_fixed: bool) -> set[datetime]:
    both = {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    real = {moment for moment in both if _local(moment, zone) == local}
    if not is_fixed:
        return real
    return {min(real)} if real else _moments(local + MINUTE, zone, is_fixed=True)
