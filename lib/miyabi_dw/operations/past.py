"""All that a source brought before there was a warehouse, in one wide run, and the clocks of its last day's runs."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from miyabi_dw.common.errors import StageFailed
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval, business_day, local_day
from miyabi_dw.db.connection import Database
from miyabi_dw.orchestration import api, backfill
from miyabi_dw.orchestration.runner.events import Listener
from miyabi_dw.orchestration.runner.request import data_begins
from miyabi_dw.orchestration.runner.result import RunResult
from miyabi_dw.registry.declarations import load_declarations

DAILY, HOURLY, MORNING = "daily_issue_processing_etl", "hourly_agent_metrics_etl", "morning_checklist"
# When each would have run on the morning after the last day, on the clocks of the business.
DAILY_AT, HOURLY_AT, MORNING_AT = time(2), time(8, 5), time(9)


def fill_past(
    settings: Settings, database: Database, day: date, as_of: datetime, tell: Listener, *, redo: bool = False
) -> None:
    """Every day of the data before `day` in one run: all of them with `redo`, else those that are missing."""
    zone, begins = settings.business_zone, data_begins(database, settings)
    if begins is None or local_day(begins, zone) >= day:
        return
    span = Interval(business_day(local_day(begins, zone), zone).start, business_day(day, zone).start)
    plan = backfill.make_plan(settings, database, load_declarations()[DAILY], span, as_of, redo=redo)
    if plan.chunks:
        missing = Interval(plan.chunks[0].start, plan.chunks[-1].end)
        page_of(api.run(DAILY, interval=missing, as_of=as_of, trigger="backfill", settings=settings, tell=tell))


def morning_after(settings: Settings, day: date, at: time) -> datetime:
    """The given time on the morning after `day`."""
    return datetime.combine(day + timedelta(days=1), at, tzinfo=settings.business_zone).astimezone(UTC)


def page_of(result: RunResult) -> Path:
    """The page of a run that succeeded; StageFailed for another one."""
    if not result.is_good or result.page is None:
        raise StageFailed(result.sentence, remedy="; ".join(result.problems) or "miyabi-dw doctor")
    return result.page
