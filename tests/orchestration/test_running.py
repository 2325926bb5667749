"""One run after the other, on small pipelines: what the registry says of each."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from miyabi_dw import registry
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db.connection import Database, execute, query
from miyabi_dw.orchestration import api
from miyabi_dw.registry import run_schema
from miyabi_dw.registry.declarations import Declarations
from orchestration.kit import (
    SESSION,
    declare,
    only_run,
    sessions_of_runs,
    sleep_in_query,
    start_run,
    states,
    wait_for_flag,
)

pytestmark = pytest.mark.usefixtures("environment")
WITH = "with database.connect('etl', application_name=name) as c: "
MAKE_BATCH = f"{SESSION}{WITH}execute(c, f'CREATE SCHEMA {{schema}}')"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "notebooks"


def test_a_good_run_is_recorded_stage_by_stage(folder: Path, settings: Settings, database: Database) -> None:
    declared = declare(folder, "small", {"01_one": [MAKE_BATCH, "2"], "02_two": ["3"]})
    told: list[tuple[str, str]] = []
    result = api.run(
        "small", settings=settings, declared=declared, tell=lambda event: told.append((event.kind, event.text))
    )
    row = only_run(database)
    assert (result.state, result.exit_status, row.state, row.reason) == ("succeeded", 0, "succeeded", None)
    with database.connect("etl") as connection:
        attempts = registry.attempts(connection, result.run_id)
        schemas = query(connection, "SELECT 1 FROM pg_namespace WHERE nspname = %s", [run_schema(result.run_id)])
    assert [(each.stage, each.attempt, each.state) for each in attempts] == [
        ("01_one", 1, "succeeded"), ("02_two", 1, "succeeded"),
    ]  # fmt: skip
    assert [(each.cells_completed, each.cells_total) for each in attempts] == [(4, 4), (3, 3)]
    assert schemas == []
    assert [text for kind, text in told if kind == "stage"] == [
        "01_one: started", "01_one: done", "02_two: started", "02_two: done",
    ]  # fmt: skip
    assert result.page is not None and result.page.is_file(), result.problems
    assert not sessions_of_runs(database)


def test_the_run_is_known_before_its_first_kernel_and_progress_while_it_runs(
    folder: Path, settings: Settings, database: Database
) -> None:
    look = (
        f"{SESSION}import time\ntime.sleep(2.5)\n"
        "with database.connect('etl') as c:\n"
        "    seen = query(c, 'SELECT state::text, cells_completed, cells_total FROM ops.run JOIN ops.stage_attempt'\n"
        "        ' USING (run_id, state) WHERE run_id = %s', [run_id])\n"
        "assert seen == [{'state': 'running', 'cells_completed': 2, 'cells_total': 3}], seen"
    )
    declared = declare(folder, "small", {"01_look": [look]})
    result = api.run("small", settings=settings, declared=declared)
    assert result.state == "succeeded", result.reason


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("raise ValueError('no such colour')", "ValueError: no such colour"),
        ("import sys; sys.exit(0)", "SystemExit"),
        ("!false", "CalledProcessError"),
        ("import os; os.kill(os.getpid(), 9)", "kernel was killed by SIGKILL"),
        ("exit()", "exit()"),
    ],
)
def test_what_must_not_pass_fails_the_run_and_says_where(
    cell: str, said: str, folder: Path, settings: Settings, database: Database
) -> None:
    declared = declare(folder, "small", {"01_fine": ["1"], "02_bad": ["1", cell, "2"], "03_never": ["1"]}, retries=3)
    result = api.run("small", settings=settings, declared=declared)
    assert (result.state, result.exit_status, result.failed_stage) == ("failed", 1, "02_bad")
    assert said in result.reason
    row = only_run(database)
    assert row.error["stage"] == "02_bad"
    assert cell in row.error["cell_source"]
    assert row.error["can_heal"] is False
    with database.connect("etl") as connection:
        attempts = registry.attempts(connection, result.run_id)
    # Nothing here heals by waiting, so the three retries stay unused, and the third stage never began.
    assert [(each.stage, each.state) for each in attempts] == [("01_fine", "succeeded"), ("02_bad", "failed")]
    assert result.page is not None and result.page.is_file()


def test_a_failure_that_can_heal_is_tried_again(
    folder: Path, settings: Settings, database: Database, tmp_path: Path
) -> None:
    flag = tmp_path / "been-here"
    own_goal = (
        f"{SESSION}import pathlib\nflag = pathlib.Path({str(flag)!r})\n"
        "first = not flag.exists()\nflag.touch()\n"
        "with database.connect('etl', application_name=name) as c:\n"
        "    if first: execute(c, 'SET ROLE NONE'), query(c, 'SELECT pg_terminate_backend(pg_backend_pid())')"
    )
    declared = declare(folder, "small", {"01_shaky": [own_goal]}, retries=1)
    result = api.run("small", settings=settings, declared=declared)
    assert result.state == "succeeded", result.reason
    with database.connect("etl") as connection:
        attempts = registry.attempts(connection, result.run_id)
    assert [(each.attempt, each.state) for each in attempts] == [(1, "failed"), (2, "succeeded")]
    assert attempts[0].error["can_heal"] is True


def test_retries_end(folder: Path, settings: Settings, database: Database) -> None:
    lost = (
        "from miyabi_dw.common.errors import ConnectionFailed\nraise ConnectionFailed('nobody', 'db:5432', 'start it')"
    )
    declared = declare(folder, "small", {"01_shaky": [lost]}, retries=2)
    result = api.run("small", settings=settings, declared=declared)
    assert (result.state, result.remedy) == ("failed", "start it")
    with database.connect("etl") as connection:
        assert [each.state for each in registry.attempts(connection, result.run_id)] == ["failed"] * 3


def test_back_off_doubles_and_has_a_limit() -> None:
    from miyabi_dw.orchestration.runner.retry import pause_before

    assert [pause_before(attempt, 60) for attempt in (1, 2, 3)] == [60, 120, 240]
    assert pause_before(30, 60) == 3600


def test_the_deadline_ends_the_run_and_its_query(
    folder: Path, settings: Settings, database: Database, tmp_path: Path
) -> None:
    declared = declare(folder, "small", {"01_slow": [sleep_in_query(tmp_path / "flag")]}, retries=3)
    late = Declarations({"small": declared["small"].model_copy(update={"deadline_minutes": 3 / 60})})
    result = api.run("small", settings=settings, declared=late)
    assert result.state == "failed"
    assert "deadline" in result.reason
    assert not sessions_of_runs(database)


def test_a_second_run_is_recorded_as_skipped_and_says_by_whom_while_another_pipeline_runs(
    folder: Path, settings: Settings, database: Database, environment: dict[str, str], tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    declare(folder, "other", {"01_quick": ["1"]})
    declared = declare(folder, "small", {"01_slow": [sleep_in_query(flag)]})
    first = start_run(folder, "small", environment)
    wait_for_flag(flag, first)
    holder = only_run(database)
    assert api.run("other", settings=settings, declared=declared).state == "succeeded"
    second = api.run("small", settings=settings, declared=declared)
    assert (second.state, second.exit_status) == ("skipped", 2)
    assert holder.run_id in second.reason
    assert f"process {first.pid} on {holder.host} since" in second.reason
    ended = api.cancel(database, holder.run_id)
    assert ended.state == "cancelled"
    assert first.wait(120) == 1
    assert states(database) == ["cancelled", "succeeded", "skipped"]
    assert not sessions_of_runs(database)


def test_resume_takes_the_batch_over_and_repeats_nothing(
    folder: Path, settings: Settings, database: Database, tmp_path: Path
) -> None:
    repaired = tmp_path / "repaired"
    fill = f"{MAKE_BATCH}\n{WITH}execute(c, f'CREATE TABLE {{schema}}.raw_x AS SELECT 7 AS n')"
    check = f"import pathlib\nassert pathlib.Path({str(repaired)!r}).exists(), 'broken'"
    read = f"{SESSION}{WITH}assert query(c, f'SELECT n FROM {{schema}}.raw_x') == [{{'n': 7}}]"
    stages = {"01_extract": [fill], "02_check": [check], "03_read": [read]}
    declared = declare(folder, "small", stages, kind="etl", interval="day", source_tables=["issues"])
    first = api.run("small", settings=settings, declared=declared)
    assert (first.state, first.failed_stage) == ("failed", "02_check")
    repaired.touch()
    second = api.resume(first.run_id, settings=settings, declared=declared)
    assert second.state == "succeeded", second.reason
    with database.connect("etl") as connection:
        stages_run = [each.stage for each in registry.attempts(connection, second.run_id)]
        row = registry.get_run(connection, second.run_id)
    assert stages_run == ["02_check", "03_read"]
    assert (row.trigger, row.parent_run_id) == ("resume", first.run_id)
    with pytest.raises(BadRequest, match="resumed already"):
        api.resume(first.run_id, settings=settings, declared=declared)


def test_only_what_failed_is_resumed(folder: Path, settings: Settings) -> None:
    declared = declare(folder, "small", {"01_fine": ["1"]})
    result = api.run("small", settings=settings, declared=declared)
    with pytest.raises(BadRequest, match="has succeeded"):
        api.resume(result.run_id, settings=settings, declared=declared)


def test_a_failed_batch_is_kept_until_its_interval_is_loaded(
    folder: Path, settings: Settings, database: Database, tmp_path: Path
) -> None:
    repaired = tmp_path / "repaired"
    check = f"import pathlib\nassert pathlib.Path({str(repaired)!r}).exists()"
    stages = {"01_extract": [MAKE_BATCH], "02_check": [check]}
    declared = declare(folder, "small", stages, kind="etl", interval="day", source_tables=["issues"])
    failed = api.run("small", settings=settings, declared=declared)
    batch = "SELECT count(*) AS n FROM pg_namespace WHERE nspname = %s"
    with database.connect("etl", autocommit=True) as connection:
        assert query(connection, batch, [run_schema(failed.run_id)]) == [{"n": 1}]
        repaired.touch()
        assert api.run("small", settings=settings, declared=declared).state == "succeeded"
        assert query(connection, batch, [run_schema(failed.run_id)]) == [{"n": 0}]


def test_a_page_that_cannot_be_written_costs_no_run_and_is_made_up_for(
    folder: Path, settings: Settings, database: Database
) -> None:
    declared = declare(folder, "small", {"01_fine": ["1"]})
    elsewhere = settings.reports_dir / "small" / "index.html"
    elsewhere.mkdir(parents=True)
    result = api.run("small", settings=settings, declared=declared)
    assert result.state == "succeeded"
    row = only_run(database)
    if result.problems:
        assert row.archive_error
    elsewhere.rmdir()
    second = api.run("small", settings=settings, declared=declared)
    assert second.problems == ()
    with database.connect("etl") as connection:
        assert registry.get_run(connection, result.run_id).archive_path


def test_unknown_names_and_bad_parameters_are_refused_before_anything_is_recorded(
    folder: Path, settings: Settings, database: Database
) -> None:
    declared = declare(folder, "small", {"01_fine": ["1"]}, interval="day")
    with pytest.raises(BadRequest, match="did you mean 'small'"):
        api.run("smal", settings=settings, declared=declared)
    with pytest.raises(BadRequest, match="no parameter 'colour'"):
        api.run("small", settings=settings, declared=declared, parameters={"colour": "red"})
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with pytest.raises(BadRequest, match="lies in the future"):
        ahead = Interval(tomorrow, tomorrow + timedelta(days=1))
        api.run("small", settings=settings, declared=declared, interval=ahead)
    assert states(database) == []


def test_settings_that_views_read_are_written_at_each_run(folder: Path, settings: Settings, database: Database) -> None:
    declared = declare(folder, "small", {"01_fine": ["1"]})
    api.run("small", settings=settings, declared=declared)
    changed = settings.model_copy(update={"incident_types": ("incident", "outage"), "incident_attribution_days": None})
    api.run("small", settings=changed, declared=declared)
    with database.connect("etl") as connection:
        found = {row["name"]: row["value"] for row in query(connection, "SELECT name, value FROM ops.setting")}
    assert found["incident_types"] == "incident,outage"
    assert found["incident_attribution_days"] == ""
    assert found["business_timezone"] == "Asia/Tokyo"


def test_a_stage_by_hand_leaves_the_registry_alone(folder: Path, settings: Settings, database: Database) -> None:
    declared = declare(folder, "small", {"01_fine": ["print(run_id == '')"], "02_bad": ["1 / 0"]})
    good = api.run_stage("small", "fine", settings=settings, declared=declared)
    bad = api.run_stage("small", "02_bad", settings=settings, declared=declared)
    assert (good.is_good, bad.is_good) == (True, False)
    assert '"True' in json.dumps(json.loads(good.output.read_text())["cells"])
    assert states(database) == []
    with pytest.raises(BadRequest, match="choose one of 01_fine, 02_bad"):
        api.run_stage("small", "03", settings=settings, declared=declared)


def test_the_first_word_on_how_a_run_ended_stands(folder: Path, settings: Settings, database: Database) -> None:
    declared = declare(folder, "small", {"01_fine": ["1"]})
    result = api.run("small", settings=settings, declared=declared)
    with database.connect("etl") as connection:
        assert not registry.finish_run(connection, result.run_id, "failed", "too late")
        assert not registry.start_run(connection, result.run_id)
    assert only_run(database).state == "succeeded"


def test_a_run_is_found_by_part_of_its_name_and_a_wrong_one_is_suggested(
    folder: Path, settings: Settings, database: Database
) -> None:
    declared = declare(folder, "small", {"01_fine": ["1"]})
    result = api.run("small", settings=settings, declared=declared)
    with database.connect("etl") as connection:
        assert registry.find_run(connection, result.run_id[-6:]).run_id == result.run_id
        assert registry.find_run(connection, "latest").run_id == result.run_id
        with pytest.raises(BadRequest, match=f"did you mean {result.run_id}"):
            registry.find_run(connection, result.run_id[:-1] + "g")
        execute(connection, "DELETE FROM ops.run")
        with pytest.raises(BadRequest, match="no run 'latest'"):
            registry.find_run(connection, "latest")
