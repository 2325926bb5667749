"""From nothing to a report: sets up both databases, fills the past, runs the daily pipeline for the last day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from miyabi_dw.common.errors import BadRequest, SettingsError
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import local_day
from miyabi_dw.connect.declarations import load_connections
from miyabi_dw.db import migrations, statements
from miyabi_dw.db.connection import Database
from miyabi_dw.demo import source
from miyabi_dw.etl import catalogue
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
from miyabi_dw.orchestration import api
from miyabi_dw.orchestration.runner.events import Listener, nobody

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class FirstRun:
    """What the demonstration leaves: the day it ran, the day's rows and the pages to open."""

    day: date
    rows: int
    as_of: datetime
    page: Path
    index: Path


def run_demonstration(settings: Settings, *, progress: Progress = lambda *_: None, tell: Listener = nobody) -> FirstRun:
    """Does what is not done yet, so that a second call is quick. `progress` is told each step, done and in all."""
    if settings.source_url or settings.warehouse_url:
        raise SettingsError(
            "the demonstration runs on the embedded server only",
            remedy="unset MIYABI_SOURCE_URL and MIYABI_WAREHOUSE_URL, and set MIYABI_HOME to a folder of its own",
        )
    if load_connections(settings).good:
        raise BadRequest(
            "this home has connections, and the demonstration never mixes with a team's own data",
            str(settings.home), "set MIYABI_HOME and MIYABI_REPORTS_DIR to other folders",
        )  # fmt: skip
    database = Database(settings)
    prepare(database, settings, progress)
    day = last_day(database, settings)
    fill_past(settings, database, day, morning_after(settings, day, DAILY_AT), tell)
    page = run_day(database, settings, day, tell)
    return FirstRun(
        day, _rows(database, day), morning_after(settings, day, MORNING_AT), page, settings.reports_dir / "index.html"
    )


def prepare(database: Database, settings: Settings, progress: Progress) -> None:
    """Source, schema, catalogues and calendar."""
    source.load_source(database, lambda table, done, total: progress(f"source: {table}", done, total))
    progress("warehouse schema", 0, 1)
    with database.connect("owner", application_name="miyabi-dw:demo") as connection:
        migrations.migrate(connection)
    progress("catalogues and calendar", 0, 1)
    with database.connect("etl", application_name="miyabi-dw:demo") as connection:
        catalogue.bring_in(connection, settings)
    progress("catalogues and calendar", 1, 1)


def last_day(database: Database, settings: Settings) -> date:
    """The last business day on which something happened to an issue."""
    with database.connect("source", application_name="miyabi-dw:demo") as connection:
        moment = statements.value_as(datetime, connection, "demo/first_run/last_moment")
    return local_day(moment.replace(tzinfo=settings.source_zone), settings.business_zone)


def run_day(database: Database, settings: Settings, day: date, tell: Listener) -> Path:
    """The daily run of `day` and, on the morning after, the hourly run and the morning report; the daily run's page."""
    daily = _run_once(database, settings, DAILY, morning_after(settings, day, DAILY_AT), tell)
    _run_once(database, settings, HOURLY, morning_after(settings, day, HOURLY_AT), tell)
    _run_once(database, settings, MORNING, morning_after(settings, day, MORNING_AT), tell)
    return daily


def _run_once(database: Database, settings: Settings, name: str, as_of: datetime, tell: Listener) -> Path:
    """The page of the run that `name` has had at `as_of`, or is given now."""
    with database.connect("etl", application_name="miyabi-dw:demo") as connection:
        found = statements.run(connection, "demo/first_run/run_at", {"pipeline": name, "as_of": as_of})
    for row in found:
        page = settings.reports_dir / row["archive_path"] / "index.html"
        if page.exists():
            return Path(page)
    return page_of(api.run(name, as_of=as_of, trigger="demo", settings=settings, tell=tell))


def _rows(database: Database, day: date) -> int:
    with database.connect("analyst", application_name="miyabi-dw:demo") as connection:
        return statements.value_as(int, connection, "demo/first_run/count_day", {"day": day})
