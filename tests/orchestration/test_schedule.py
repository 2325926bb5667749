"""What ticks start: each due run once, oldest first, as far as the policy goes, whatever the clock does."""

import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from miyabi_dw import registry
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import business_day
from miyabi_dw.db import locks
from miyabi_dw.db.connection import Database, query
from miyabi_dw.orchestration import api
from miyabi_dw.orchestration.schedule import missed
from miyabi_dw.orchestration.schedule.due import claim, close, due_runs
from miyabi_dw.orchestration.schedule.tick import tick, work
from miyabi_dw.registry.declarations import Declarations, Pipeline
from orchestration.kit import declare, only_run, recorded_run, start_python, wait_for

pytestmark = pytest.mark.usefixtures("environment")
TOKYO = ZoneInfo("Asia/Tokyo")
# A Thursday in Tokyo, an hour after the daily run is due.
MORNING = datetime(2026, 1, 15, 3, tzinfo=TOKYO)
DAY = timedelta(days=1)


WHOLE = ["1"]


class Office:
    """Small pipelines and a clock that a test sets. Runs are only recorded, unless a test says what their cells are."""

    def __init__(self, folder: Path, settings: Settings, database: Database) -> None:
        self.folder, self.settings, self.database = folder, settings, database
        self.declared = Declarations({})
        self.has_cells = False

    def declare(self, name: str = "small", cells: list[str] | None = None, **fields: object) -> Pipeline:
        values = {"interval": "day", "catch_up": "all", "catch_up_limit": 5} | fields
        self.declared = declare(self.folder, name, {f"{name}_only": cells or WHOLE}, **values)
        self.has_cells = cells is not None
        return self.declared[name]

    def work(self, now: datetime, name: str = "small") -> list[api.RunResult]:
        return work(self.settings, self.declared, name, lambda: now)

    def days(self, now: datetime, name: str = "small") -> list[date]:
        """The business days that a worker at this moment ran."""
        return [result.interval.start.astimezone(TOKYO).date() for result in self.work(now, name) if result.interval]

    def tick(self, now: datetime) -> Any:
        started: list[str] = []

        def note(settings: Settings, pipeline: Pipeline, as_of: str) -> None:
            started.append(pipeline.name)

        found = tick(self.settings, self.declared, "", now, note)
        assert started == list(found.started)
        return found


@pytest.fixture
def office(tmp_path: Path, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch) -> Office:
    made, whole_run = Office(tmp_path / "notebooks", settings, database), api.run
    monkeypatch.setattr(
        api, "run", lambda name, **given: (whole_run if made.has_cells else recorded_run)(name, **given)
    )
    return made


def answers(database: Database) -> list[tuple[str, int]]:
    """Outcome and tries of each due run, oldest first."""
    asked = "SELECT outcome, tries FROM ops.schedule_tick WHERE outcome <> 'began' ORDER BY interval_start"
    with database.connect("etl") as connection:
        rows = query(connection, asked)
    return [(row["outcome"], row["tries"]) for row in rows]


def test_a_new_schedule_begins_with_the_latest_day_and_runs_it_once(office: Office, database: Database) -> None:
    office.declare(cells=WHOLE)
    assert office.tick(MORNING).started == {"small": 1}
    assert office.days(MORNING) == [date(2026, 1, 14)]
    assert office.days(MORNING + timedelta(minutes=5)) == []
    assert office.tick(MORNING + timedelta(minutes=10)).started == {}
    assert only_run(database).trigger == "catchup"
    assert answers(database) == [("succeeded", 1)]


def test_a_run_in_time_is_called_scheduled(office: Office, database: Database) -> None:
    office.declare()
    office.work(datetime(2026, 1, 15, 2, 4, tzinfo=TOKYO))
    assert only_run(database).trigger == "schedule"


def test_a_machine_that_slept_three_days_makes_them_up_oldest_first(office: Office) -> None:
    office.declare()
    office.work(MORNING)
    assert office.tick(MORNING + 3 * DAY).started == {"small": 3}
    assert office.days(MORNING + 3 * DAY) == [date(2026, 1, 15), date(2026, 1, 16), date(2026, 1, 17)]
    assert office.tick(MORNING + 3 * DAY).started == {}


def test_days_slept_through_right_after_a_day_run_by_hand_are_made_up(office: Office, settings: Settings) -> None:
    office.declare()
    by_hand = business_day(date(2026, 1, 14), TOKYO)
    api.run("small", interval=by_hand, as_of=MORNING, settings=settings, declared=office.declared)
    assert office.tick(MORNING).started == {}
    assert office.days(MORNING + 3 * DAY) == [date(2026, 1, 15), date(2026, 1, 16), date(2026, 1, 17)]


def test_the_first_time_of_a_job_is_made_up_when_the_machine_slept_through_it(office: Office) -> None:
    office.declare("weekly", interval=None, schedule="0 5 * * 1", catch_up="latest")
    assert office.tick(MORNING).started == {}
    assert office.tick(MORNING + 6 * DAY).started == {"weekly": 1}


def test_catching_up_is_bounded_and_what_is_passed_over_is_told(office: Office, database: Database) -> None:
    office.declare(catch_up_limit=2)
    office.work(MORNING)
    found = office.tick(MORNING + 6 * DAY)
    assert found.started == {"small": 2}
    assert found.passed_over == {"small": 4}
    assert "use backfill" in found.lines()[1]
    assert office.days(MORNING + 6 * DAY) == [date(2026, 1, 19), date(2026, 1, 20)]
    assert [outcome for outcome, _ in answers(database)] == ["succeeded", *["passed over"] * 4, *["succeeded"] * 2]
    # Passed over is answered for: it does not come again, but somebody is told until it is made good.
    late = office.tick(MORNING + 6 * DAY + timedelta(minutes=5))
    assert late.started == {} and late.passed_over == {}
    assert late.missed == ["small should have run at 2026-01-19 02:00 JST and did not, and 3 before it"]


@pytest.mark.parametrize(("policy", "ran"), [("latest", [date(2026, 1, 17)]), ("none", [])])
def test_other_policies_make_up_for_less(policy: str, ran: list[date], office: Office) -> None:
    office.declare(catch_up=policy)
    office.work(datetime(2026, 1, 15, 2, tzinfo=TOKYO))
    later = MORNING + 3 * DAY
    office.tick(later)
    assert office.days(later) == ran
    assert office.days(datetime(2026, 1, 19, 2, 1, tzinfo=TOKYO)) == [date(2026, 1, 18)]


def test_hours_are_made_up_for_hour_by_hour(office: Office) -> None:
    office.declare("hours", interval="hour", schedule="5 * * * *", timezone="UTC", catch_up_limit=3)
    noon = datetime(2026, 1, 15, 12, 6, tzinfo=UTC)
    office.work(noon, "hours")
    results = office.work(noon + timedelta(hours=3), "hours")
    assert [result.interval.start.hour for result in results if result.interval] == [12, 13, 14]


def test_what_was_run_or_backfilled_by_hand_is_done(office: Office, settings: Settings) -> None:
    office.declare()
    office.work(MORNING)
    wide = business_day(date(2026, 1, 15), TOKYO)
    wide = type(wide)(wide.start, business_day(date(2026, 1, 16), TOKYO).end)
    done = api.run("small", interval=wide, as_of=MORNING + 3 * DAY, settings=settings, declared=office.declared)
    assert done.is_good
    assert office.days(MORNING + 3 * DAY) == [date(2026, 1, 17)]


def test_a_day_that_was_run_before_it_was_over_is_not_done(office: Office, settings: Settings) -> None:
    office.declare()
    office.work(MORNING)
    today = business_day(date(2026, 1, 15), TOKYO)
    assert api.run("small", interval=today, as_of=MORNING, settings=settings, declared=office.declared).is_good
    assert office.days(MORNING + DAY) == [date(2026, 1, 15)]


def test_a_failed_day_is_tried_once_and_holds_up_no_other(office: Office, database: Database) -> None:
    office.declare(cells=["assert '2026-01-15' not in interval_start"])
    office.work(MORNING)
    results = office.work(MORNING + 3 * DAY)
    assert [result.state for result in results] == ["succeeded", "failed", "succeeded"]
    assert office.work(MORNING + 3 * DAY) == []
    assert [outcome for outcome, _ in answers(database)] == ["succeeded", "succeeded", "failed", "succeeded"]


def test_a_day_lost_to_the_server_is_tried_again_within_bounds(office: Office, database: Database) -> None:
    lost = "from miyabi_dw.common.errors import ConnectionFailed\nraise ConnectionFailed('nothing answers there')"
    office.declare(cells=[lost], retries=1)
    for _ in range(4):
        office.work(MORNING)
    assert answers(database) == [("failed", 2)]


def test_a_run_that_died_with_its_worker_is_started_again(office: Office, database: Database) -> None:
    pipeline = office.declare(retries=1)
    with database.connect("etl") as connection:
        [due] = due_runs(connection, pipeline, MORNING, TOKYO).to_do
        claim(connection, pipeline, due, MORNING)
    # The worker was killed here. The next one finds a start without an end.
    assert office.days(MORNING + timedelta(minutes=5)) == [date(2026, 1, 14)]
    assert answers(database) == [("succeeded", 2)]


def test_a_run_that_was_skipped_is_due_again(office: Office, database: Database) -> None:
    pipeline = office.declare()
    with database.connect("etl") as connection:
        [due] = due_runs(connection, pipeline, MORNING, TOKYO).to_do
        for _ in range(3):
            claim(connection, pipeline, due, MORNING)
            close(connection, pipeline, due, "skipped", None)
    assert office.days(MORNING + timedelta(minutes=5)) == [date(2026, 1, 14)]


def test_a_paused_pipeline_is_left_alone_and_makes_up_for_it_later(office: Office, database: Database) -> None:
    office.declare()
    office.work(MORNING)
    api.pause(database, "small", MORNING + 2 * DAY, "the source is being moved")
    found = office.tick(MORNING + DAY)
    assert (found.paused, found.started, found.missed) == (["small"], {}, [])
    assert office.work(MORNING + DAY) == []
    assert office.days(MORNING + 2 * DAY) == [date(2026, 1, 15), date(2026, 1, 16)]
    assert api.unpause(database, "small")
    assert not api.unpause(database, "small")


def test_a_clock_set_back_repeats_nothing(office: Office) -> None:
    office.declare()
    office.work(MORNING)
    assert office.days(MORNING + DAY) == [date(2026, 1, 15)]
    for back in (timedelta(minutes=40), DAY, 3 * DAY):
        assert office.days(MORNING + DAY - back) == []
    assert office.days(MORNING + 2 * DAY) == [date(2026, 1, 16)]


def test_days_run_by_a_clock_far_ahead_are_run_again_when_they_come(office: Office) -> None:
    office.declare(catch_up_limit=2)
    today = datetime.now(UTC)
    ahead = today + timedelta(days=30)
    assert len(office.days(today)) == 1
    wrong = office.days(ahead)
    assert len(wrong) == 2
    # The clock is right again: the runs of days that had not begun count for nothing when those days are over.
    assert office.days(today + timedelta(minutes=5)) == []
    tomorrow = office.days(today + DAY)
    assert len(tomorrow) == 1


def test_two_ticks_at_once_start_one_run(office: Office, database: Database) -> None:
    office.declare(cells=["import time; time.sleep(0.5)"])
    results: list[list[api.RunResult]] = []
    threads = [threading.Thread(target=lambda: results.append(office.work(MORNING))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(each) for each in results) == [0, 0, 1]
    assert only_run(database).state == "succeeded"


def test_a_run_that_should_have_been_and_was_not_raises_an_alarm_until_it_is(
    office: Office, database: Database, settings: Settings
) -> None:
    pipeline = office.declare(cells=WHOLE)
    office.work(MORNING)

    def open_incidents() -> list[str]:
        with database.connect("etl") as connection:
            rows = query(connection, "SELECT title FROM ops.incident WHERE recovered_at IS NULL")
        return [row["title"] for row in rows]

    def report(now: datetime) -> list[str]:
        with database.connect("etl") as connection:
            return missed.report(connection, settings, [pipeline], now)

    # The schedule is dead; another job looks.
    assert report(MORNING + DAY - timedelta(minutes=45)) == []
    assert report(MORNING + DAY) == ["small should have run at 2026-01-16 02:00 JST and did not"]
    assert report(MORNING + DAY) == open_incidents()
    assert office.days(MORNING + DAY) == [date(2026, 1, 15)]
    assert report(MORNING + DAY) == open_incidents() == []


def test_a_schedule_that_never_ticked_misses_nothing(office: Office, database: Database, settings: Settings) -> None:
    pipeline = office.declare()
    with database.connect("etl") as connection:
        assert missed.missed_runs(connection, settings, [pipeline], MORNING) == []


def test_a_new_job_waits_for_its_time_instead_of_making_up_for_the_past(office: Office) -> None:
    office.declare("monthly", interval=None, schedule="0 6 1 * *", catch_up="latest")
    assert office.work(datetime(2026, 1, 20, tzinfo=TOKYO), "monthly") == []
    assert len(office.work(datetime(2026, 2, 1, 6, 4, tzinfo=TOKYO), "monthly")) == 1
    # From then on it is in use, and a night without power is made up for.
    assert len(office.work(datetime(2026, 3, 2, tzinfo=TOKYO), "monthly")) == 1


def test_what_is_made_up_for_waits_for_a_place_and_what_is_in_time_does_not(
    office: Office, database: Database, settings: Settings
) -> None:
    office.declare()
    with database.connect("etl", autocommit=True) as connection:
        for place in range(settings.parallel_runs):
            assert locks.try_lock(connection, locks.catch_up_slot(place))
        assert len(office.work(datetime(2026, 1, 15, 2, 1, tzinfo=TOKYO))) == 1
        late = threading.Thread(target=office.work, args=[MORNING + DAY])
        late.start()
        late.join(timeout=2.5)
        assert late.is_alive()
    late.join(timeout=120)
    with database.connect("etl") as connection:
        assert sorted(row.trigger for row in registry.list_runs(connection)) == ["catchup", "schedule"]


def test_a_job_without_intervals_runs_at_each_fire_and_never_twice(office: Office, database: Database) -> None:
    office.declare("health", interval=None, schedule="*/15 * * * *", timezone="UTC", catch_up="latest")
    noon = datetime(2026, 1, 15, 12, 1, tzinfo=UTC)
    minutes = (0, 5, 15, 20, 300)
    assert [len(office.work(noon + timedelta(minutes=late), "health")) for late in minutes] == [1, 0, 1, 0, 1]
    with database.connect("etl") as connection:
        assert len(registry.list_runs(connection)) == 3


TICK = """\
import sys
from datetime import datetime
from pathlib import Path
from miyabi_dw.registry.declarations import load_declarations
from miyabi_dw.orchestration.schedule.tick import work
from miyabi_dw.common.settings import load_settings
now = datetime.fromisoformat(sys.argv[2])
results = work(load_settings(), load_declarations(Path(sys.argv[1])), "small", lambda: now)
print(len(results))
"""


def test_two_schedulers_share_three_days_without_a_double(
    office: Office, database: Database, environment: dict[str, str]
) -> None:
    office.declare()
    office.work(MORNING)
    later = (MORNING + 3 * DAY).isoformat()
    schedulers = [start_python(TICK, environment, str(office.folder), later) for _ in range(2)]
    ran = [int(scheduler.communicate(timeout=120)[0].strip().splitlines()[-1]) for scheduler in schedulers]
    assert sorted(ran) == [0, 3]
    with database.connect("etl") as connection:
        assert len(registry.list_runs(connection)) == 4


def test_the_command_that_cron_calls_starts_workers_that_outlive_it(
    environment: dict[str, str], settings: Settings, database: Database, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    declare(project / "notebooks", "small", {"01_only": ["import time; time.sleep(1)"]}, interval="day")
    (project / "sql").symlink_to(Path(__file__).resolve().parents[2] / "sql")
    lib = str(Path(__file__).resolve().parents[2] / "lib")
    variables = {**environment, "MIYABI_PROJECT": str(project), "PYTHONPATH": lib}
    run_command = command_runner(variables)
    first = run_command("schedule", "tick")
    assert "small: started a worker for 1 due run(s)" in first.stdout, first.stderr
    second = run_command("schedule", "tick")
    assert second.stdout == "", second.stdout
    wait_for(lambda: finished(database))
    assert only_run(database).state == "succeeded"
    assert "01_only: done" in (settings.home / "logs" / "schedule" / "small.log").read_text()


def finished(database: Database) -> bool:
    with database.connect("etl") as connection:
        rows = registry.list_runs(connection)
    return bool(rows) and rows[0].finished_at is not None and rows[0].archive_path is not None


def command_runner(environment: dict[str, str]) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    import sys

    def run_command(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "miyabi_dw", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)

    return run_command
