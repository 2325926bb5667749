"""From nothing to a morning: sets up both databases, fills the past, plays two weeks of nights and a day's hours."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from miyabi_dw.common.demo_clock import REAL, DemoClock, write_clock
from miyabi_dw.common.errors import BadRequest, SettingsError
from miyabi_dw.common.settings import Settings
from miyabi_dw.connect.declarations import load_connections
from miyabi_dw.db import migrations, statements
from miyabi_dw.db.connection import Database
from miyabi_dw.demo import bad_night, days, source
from miyabi_dw.demo.days import FIRST_DAY, LAST_DAY, Planned
from miyabi_dw.demo.lanes import lanes, run_all, warm
from miyabi_dw.etl import catalogue
from miyabi_dw.operations.past import DAILY_AT, MORNING_AT, fill_past, morning_after, page_of
from miyabi_dw.orchestration import api
from miyabi_dw.orchestration.runner.events import Listener, nobody

Progress = Callable[[str, int, int], None]
NAME = "miyabi-dw:demo"


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended as it should."""

    pipeline: str
    as_of: datetime
    archive_path: str


@dataclass(frozen=True)
class FirstRun:
    """What the demonstration leaves: its last day with its rows, the pages to open; `healed` is of the bad night."""

    day: date
    rows: int
    page: Path
    healed: Path
    index: Path


def run_demonstration(
    settings: Settings, scenario: str = REAL, *, progress: Progress = lambda *_: None, tell: Listener = nobody
) -> FirstRun:
    """Does what is not done yet, so that a second call is quick. `progress` is told each step, done and in all."""
    check_home(settings)
    database = Database(settings)
    if settings.demo_clock is None:
        # While the databases are made: a new environment compiles each library when it is first imported, and the
        # lanes, which begin later, find that done.
        warm()
    prepare(database, settings, progress, scenario)
    if not _is_done(database, settings):
        _play(database, settings, progress, tell)
    pages = ended(database, settings)
    page, healed = pages[days.daily(settings, LAST_DAY)], pages[days.healing(settings)]
    return FirstRun(LAST_DAY, _rows(database, LAST_DAY), page, healed, settings.reports_dir / "index.html")


def check_home(settings: Settings) -> None:
    """SettingsError beside servers of one's own, BadRequest beside connections: own data and these never mix."""
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


def prepare(database: Database, settings: Settings, progress: Progress, scenario: str = REAL) -> None:
    """Source, clock, schema, catalogues and calendar."""
    bad_night.reopen(database)
    _begin(database, settings, progress, DemoClock(morning_after(settings, LAST_DAY, MORNING_AT), scenario))
    progress("warehouse schema", 0, 1)
    with database.connect("owner", application_name=NAME) as connection:
        migrations.migrate(connection)
    progress("catalogues and calendar", 0, 1)
    with database.connect("etl", application_name=NAME) as connection:
        catalogue.bring_in(connection, settings)
    progress("catalogues and calendar", 1, 1)


def _begin(database: Database, settings: Settings, progress: Progress, wanted: DemoClock) -> None:
    """The source and the clock; a home that has them keeps them, and refuses another scenario."""
    known = settings.demo_clock
    if known is None:
        _refuse_runs(database, settings)
        if wanted.is_synthetic:
            source.load_synthetic(database, progress, days.MADE_UP_FROM, days.AGENTS_FROM, LAST_DAY)
        else:
            bring_source(database, settings, wanted.moment, progress)
        write_clock(settings.home, wanted)
    elif known.scenario != wanted.scenario:
        raise BadRequest(
            f"this home holds the {known.scenario} demonstration", str(settings.home),
            "set MIYABI_HOME and MIYABI_REPORTS_DIR to other folders, or miyabi-dw demo remove",
        )  # fmt: skip


def bring_source(database: Database, settings: Settings, moment: datetime, progress: Progress) -> None:
    """The source as it was at that moment."""
    until = moment.astimezone(settings.source_zone).replace(tzinfo=None)
    source.load_source(database, lambda table, done, total: progress(f"source: {table}", done, total), until)


def ended(database: Database, settings: Settings) -> dict[Planned, Path]:
    """The pages of the demonstration's runs that ended as they should, by pipeline and moment."""
    with database.connect("etl", application_name=NAME) as connection:
        found = statements.rows_as(Ended, connection, "demo/first_run/done")
    pages = {Planned(run.pipeline, run.as_of): settings.reports_dir / run.archive_path / "index.html" for run in found}
    return {planned: page for planned, page in pages.items() if page.exists()}


def run_once(database: Database, settings: Settings, planned: Planned, tell: Listener) -> Path:
    """The page of that run, made now where there is none."""
    known = ended(database, settings).get(planned)
    return known or page_of(
        api.run(planned.pipeline, as_of=planned.as_of, trigger="demo", settings=settings, tell=tell)
    )


def _play(database: Database, settings: Settings, progress: Progress, tell: Listener) -> None:
    zone = settings.business_zone
    with lanes() as executor:
        as_of = morning_after(settings, FIRST_DAY - timedelta(days=1), DAILY_AT)
        fill_past(settings, database, FIRST_DAY, as_of, tell)
        done = ended(database, settings)
        run_all(executor, _left(days.before_the_bad_night(settings), done), zone, progress)
        if days.healing(settings) not in done:
            bad_night.play(settings, database, tell)
        run_all(executor, _left([*days.after_the_bad_night(settings)], done), zone, progress)
    run_once(database, settings, days.morning(settings, LAST_DAY), tell)


def _left(planned: list[Planned], done: dict[Planned, Path]) -> list[Planned]:
    return [each for each in planned if each not in done]


def _is_done(database: Database, settings: Settings) -> bool:
    wanted = [*days.before_the_bad_night(settings), days.healing(settings), *days.after_the_bad_night(settings)]
    return not _left([*wanted, days.morning(settings, LAST_DAY)], ended(database, settings))


def _refuse_runs(database: Database, settings: Settings) -> None:
    """A home that has run anything shows other days than these; one that only has a source can go on."""
    with database.connect("owner", application_name=NAME) as connection:
        if not statements.value_as(bool, connection, "demo/source/has_registry"):
            return
        if statements.value_as(bool, connection, "demo/first_run/has_runs"):
            raise BadRequest(
                "this home has runs already, of an earlier demonstration or of another source", str(settings.home),
                "miyabi-dw demo remove, or set MIYABI_HOME and MIYABI_REPORTS_DIR to other folders",
            )  # fmt: skip


def _rows(database: Database, day: date) -> int:
    with database.connect("analyst", application_name=NAME) as connection:
        return statements.value_as(int, connection, "demo/first_run/count_day", {"day": day})
