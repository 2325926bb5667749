"""One more day of the demonstration: what happened on it comes into the source, and its runs as they would have."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from miyabi_dw.common.demo_clock import DemoClock, write_clock
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import local_day
from miyabi_dw.db.connection import Database
from miyabi_dw.demo import days
from miyabi_dw.demo.days import HOURS_OF_A_FURTHER_DAY, Planned
from miyabi_dw.demo.first_run import Progress, bring_source, check_home, run_once
from miyabi_dw.operations.past import MORNING_AT
from miyabi_dw.orchestration.runner.events import Listener


@dataclass(frozen=True, slots=True)
class NextDay:
    """The day that was played, the clock after it, and the pages of its night and its morning."""

    day: date
    clock: DemoClock
    page: Path
    morning: Path


def play_next_day(settings: Settings, progress: Progress, tell: Listener) -> NextDay | None:
    """None at the end of the data. Broken off it goes on where it was: the clock moves from run to run."""
    check_home(settings)
    clock = settings.demo_clock
    if clock is None:
        raise BadRequest("this home has no demonstration to play on", str(settings.home), "miyabi-dw demo")
    day = _day_after(settings, clock)
    if day > days.data_ends(clock):
        return None
    database, planned = Database(settings), runs_of(settings, day)
    last = planned[-1]
    bring_source(database, settings, last.as_of, progress)
    pages: dict[Planned, Path] = {}
    for done, each in enumerate(planned):
        progress(each.told(settings.business_zone), done, len(planned))
        write_clock(settings.home, DemoClock(each.as_of, clock.scenario))
        pages[each] = run_once(database, settings, each, tell)
    progress(last.told(settings.business_zone), len(planned), len(planned))
    return NextDay(day, DemoClock(last.as_of, clock.scenario), pages[planned[0]], pages[last])


def runs_of(settings: Settings, day: date) -> list[Planned]:
    """The night's, the backup, the last hours' and the morning's, in the order of their moments."""
    hours = days.hourlies(settings, day, HOURS_OF_A_FURTHER_DAY)
    night = [days.daily(settings, day), days.backup(settings, day)]
    return [*night, *hours, days.morning(settings, day)]


def _day_after(settings: Settings, clock: DemoClock) -> date:
    """The first day without its morning: the one that the clock is in, once its own morning has come."""
    until_morning = timedelta(hours=MORNING_AT.hour)
    return local_day(clock.moment - until_morning, settings.business_zone)
