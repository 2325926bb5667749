"""The days that the demonstration plays: which runs there are, and at what moment each of them comes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from miyabi_dw.common.demo_clock import DemoClock
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.text import short_day
from miyabi_dw.common.timeframe import days
from miyabi_dw.operations.past import DAILY, DAILY_AT, HOURLY, MORNING, MORNING_AT, morning_after

# The last of two weeks is the richest day of the data that has a rich morning after it.
FIRST_DAY, LAST_DAY = date(2026, 1, 28), date(2026, 2, 10)
# Where a made-up history begins, and where agents come into it: whole months enough for a forecast that was tested.
MADE_UP_FROM, AGENTS_FROM = date(2024, 11, 1), date(2025, 1, 1)
# Nothing happened to an issue after this day.
DATA_ENDS = date(2026, 4, 3)
BAD_NIGHT, HEALED_AT = date(2026, 2, 5), time(7, 40)
BACKUP, BACKUP_AT = "backup", time(3)
HOURS_OF_THE_LAST_DAY, HOURS_OF_A_FURTHER_DAY = 12, 6
SHORT = {DAILY: "daily", HOURLY: "hourly", BACKUP: "backup", MORNING: "morning report"}


@dataclass(frozen=True, slots=True)
class Planned:
    """A run of a pipeline at the moment that it takes for now."""

    pipeline: str
    as_of: datetime

    def told(self, zone: ZoneInfo) -> str:
        at = self.as_of.astimezone(zone)
        return f"{SHORT[self.pipeline]} run at {at:%H:%M} on {short_day(at)}"


def data_ends(clock: DemoClock) -> date:
    """The last day that can be played in a home with that clock; a made-up history has no day after the last."""
    return LAST_DAY if clock.is_synthetic else DATA_ENDS


def daily(settings: Settings, day: date) -> Planned:
    """The night's run that loads `day`."""
    return Planned(DAILY, morning_after(settings, day, DAILY_AT))


def healing(settings: Settings) -> Planned:
    """The run that made up for the bad night's."""
    return Planned(DAILY, morning_after(settings, BAD_NIGHT, HEALED_AT))


def backup(settings: Settings, day: date) -> Planned:
    return Planned(BACKUP, morning_after(settings, day, BACKUP_AT))


def morning(settings: Settings, day: date) -> Planned:
    return Planned(MORNING, morning_after(settings, day, MORNING_AT))


def hourlies(settings: Settings, day: date, hours: int) -> list[Planned]:
    """Those of the last hours before the morning report after `day`, five minutes past each."""
    last = morning_after(settings, day, MORNING_AT) - timedelta(minutes=55)
    return [Planned(HOURLY, last - timedelta(hours=back)) for back in reversed(range(hours))]


def before_the_bad_night(settings: Settings) -> list[Planned]:
    return [daily(settings, day) for day in days(FIRST_DAY, BAD_NIGHT - timedelta(days=1))]


def after_the_bad_night(settings: Settings) -> Iterator[Planned]:
    """Daily runs in their order with the last day's hourly runs between them, so that few wait for each other."""
    nights = [*days(BAD_NIGHT + timedelta(days=1), LAST_DAY)]
    hours = hourlies(settings, LAST_DAY, HOURS_OF_THE_LAST_DAY)
    share = -(-len(hours) // len(nights))
    for at, day in enumerate(nights):
        yield daily(settings, day)
        yield from hours[at * share : (at + 1) * share]
    yield backup(settings, LAST_DAY)
