"""From connections to a page: syncs them, loads all of the past in one run, then the last day as its morning would."""

import logging
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from miyabi_dw.common.errors import BadRequest, StageFailed
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import business_day, local_day
from miyabi_dw.connect.declarations import load_connections
from miyabi_dw.connect.listing import results_of
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Database
from miyabi_dw.operations.past import (
    DAILY,
    DAILY_AT,
    HOURLY,
    HOURLY_AT,
    MORNING,
    MORNING_AT,
    fill_past,
    morning_after,
    page_of,
)
from miyabi_dw.operations.sync import prepare_once, sync_all
from miyabi_dw.orchestration import api
from miyabi_dw.orchestration.runner.events import Listener
from miyabi_dw.orchestration.runner.result import RunResult

logger = logging.getLogger(__name__)

NAME = "miyabi-dw:first-look"


@dataclass(frozen=True, slots=True)
class FirstLook:
    """The sync, the last day with anything in it, and the pages to open."""

    synced: RunResult
    day: date
    as_of: datetime
    daily: Path
    morning: Path
    index: Path


def first_look(settings: Settings, now: datetime, tell: Listener) -> FirstLook:
    """What is new only: without news a second call finds the pages of the first."""
    if not load_connections(settings).good:
        raise BadRequest(
            "there is no connection to look at", str(settings.home), "see what lies here: miyabi-dw connect"
        )
    database = Database(settings)
    prepare_once(database, settings)
    synced = sync_all(settings, "", tell)
    if not (synced.is_good or results_of(database, synced.run_id)):
        raise StageFailed(synced.sentence, remedy="miyabi-dw connect list")
    look = _Look(settings, database, now, tell, _last_day(database, settings, now))
    # News can be of any day, so that all are loaded again.
    fill_past(settings, database, look.day, look.at(DAILY_AT), tell, redo=_is_changed(database, synced.run_id))
    daily, _, morning = look.run(DAILY, DAILY_AT), look.run(HOURLY, HOURLY_AT), look.run(MORNING, MORNING_AT)
    index = settings.reports_dir / "index.html"
    return FirstLook(synced, look.day, look.at(MORNING_AT), daily, _checklist(morning), index)


@dataclass(frozen=True)
class _Look:
    """The runs of a first look at `day`, each at the moment at which it would have come, or now where that is ahead."""

    settings: Settings
    database: Database
    now: datetime
    tell: Listener
    day: date

    def at(self, clock: time) -> datetime:
        return min(self.now, morning_after(self.settings, self.day, clock))

    def run(self, name: str, clock: time) -> Path:
        """The page of the run that `name` has had since the last news, or is given now."""
        interval = business_day(self.day, self.settings.business_zone) if name == DAILY else None
        known = {"pipeline": name, "as_of": self.at(clock) if name != DAILY else None}
        values = known | {"interval_start": interval and interval.start, "interval_end": interval and interval.end}
        with self.database.connect("etl", application_name=NAME) as connection:
            for path in statements.values_as(str, connection, "operations/first_look/since_news", values):
                page = self.settings.reports_dir / path / "index.html"
                if page.exists():
                    return page
        return page_of(api.run(name, interval=interval, as_of=self.at(clock), settings=self.settings, tell=self.tell))


def _last_day(database: Database, settings: Settings, now: datetime) -> date:
    """The last business day on which anything happened, up to now."""
    naive = now.astimezone(settings.source_zone).replace(tzinfo=None)
    with database.connect("source", application_name=NAME) as connection:
        moment = statements.value_or_none_as(datetime, connection, "operations/first_look/last_moment", {"now": naive})
    if moment is None:
        raise BadRequest(
            "the connections have brought nothing yet", str(settings.home), "see why: miyabi-dw connect list"
        )
    return local_day(moment.replace(tzinfo=settings.source_zone), settings.business_zone)


def _is_changed(database: Database, run_id: str) -> bool:
    with database.connect("etl", application_name=NAME) as connection:
        return statements.value_as(bool, connection, "operations/first_look/is_changed", {"run_id": run_id})


def _checklist(page: Path) -> Path:
    """The executed checklist itself, which says more than the page of the run around it."""
    return max(page.parent.glob(f"{MORNING}.*.html"), default=page)
