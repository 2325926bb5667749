"""The commands as an operator types them: what they print, what they refuse, their exit status."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from miyabi_dw import registry
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database, execute
from miyabi_dw.orchestration import api
from miyabi_dw.orchestration.runner.events import log_path
from miyabi_dw.orchestration.runner.request import RunRequest
from miyabi_dw.registry import run_schema
from miyabi_dw.registry.declarations import load_declarations
from orchestration.kit import Command, declare, wait_for, wait_in_python

pytestmark = pytest.mark.usefixtures("environment")
DAILY = "daily_issue_processing_etl"


@pytest.fixture
def small(tmp_path: Path, settings: Settings) -> Callable[..., api.RunResult]:
    def run(*cells: str) -> api.RunResult:
        declared = declare(tmp_path / "notebooks", "small", {"01_only": cells or ["1"]})
        return api.run("small", settings=settings, declared=declared)

    return run


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "dayly"], "there is no pipeline 'dayly': did you mean 'daily'?"),
        (["run", DAILY, "--date", "2026-13-40"], "'2026-13-40' is no date: write it as yyyy-mm-dd"),
        (["run", DAILY, "--date", "2999-01-01"], "2999-01-01 lies in the future"),
        (["run", DAILY, "--from", "2026-02-02", "--to", "2026-02-01"], "the range ends before it starts"),
        (["run", DAILY, "--date", "2026-01-01", "--hour", "2026-01-01T02"], "more than one interval was given"),
        (["run", DAILY, "--hour", "noon"], "'noon' is no hour"),
        (["run", "connection_health", "--date", "2026-01-01"], "connection_health has no interval"),
        (["run", "connection_health", "-p", "colour=red"], "connection_health has no parameter 'colour'"),
        (["run", DAILY, "-p", "interval_start=2026-01-01"], "the parameter 'interval_start' is the run's own: choose"),
        (["run", DAILY, "-p", "interval_end=2026-01-01"], "the parameter 'interval_end' is the run's own: choose"),
        (
            ["run", DAILY, "-p", "run_id=20260101T000000Z-daily-abcdef"],
            "the parameter 'run_id' is the run's own: leave",
        ),
        (["run", DAILY, "-p", "as_of=2026-01-01"], "the parameter 'as_of' is the run's own: set the clock"),
        (["run", DAILY, "-p", "pipeline=hourly_agent_metrics_etl"], "the parameter 'pipeline' is the run's own: name"),
        (["stage", DAILY, "06", "--date", "2026-01-01"], "'06' is no stage of daily_issue_processing_etl"),
        (["backfill", DAILY, "--from", "2026-02-02", "--to", "2026-02-01"], "the range ends before it starts"),
        (["backfill", "connection_health", "--from", "2026-02-01", "--to", "2026-02-02"], "job without intervals"),
        (["runs", "show", "nothing"], "there is no run 'nothing'"),
        (["resume", "nothing"], "there is no run 'nothing'"),
        (["pause", DAILY, "--why", "x", "--until", "2020-01-01"], "the pause ends before it begins"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_gets_one_clear_sentence_and_records_nothing(
    words: list[str], said: str, command: Command, database: Database
) -> None:
    status, out, err = command(*words)
    assert (status, out) == (2, "")
    assert said in err and err.count("\n") == 1 and "Traceback" not in err
    with database.connect("etl") as connection:
        assert registry.list_runs(connection) == []


@pytest.mark.parametrize("trigger", ["manual", "backfill", "resume", "stage"])
@pytest.mark.parametrize("name", ["pipeline", "interval_start", "interval_end", "run_id", "as_of"])
def test_no_parameter_makes_a_run_one_of_another_interval_or_run(name: str, trigger: registry.Trigger) -> None:
    pipeline = load_declarations()[DAILY]
    with pytest.raises(BadRequest, match=f"the parameter '{name}' is the run's own: "):
        RunRequest(pipeline, None, datetime.now(UTC), trigger, extra={"extract_from": "here", name: "2026-01-01"})


def test_a_day_before_the_source_begins_is_refused(command: Command, source: Any) -> None:
    execute(source, "INSERT INTO issues (number, title, created_at) VALUES (1, 'first', '2024-08-13 01:00')")
    status, _, err = command("run", DAILY, "--date", "2024-08-12")
    assert status == 2
    assert "the interval ends before the data begins, on 2024-08-13" in err


def test_runs_are_listed_shown_and_compared(command: Command, small: Callable[..., api.RunResult]) -> None:
    good, bad = small(), small("raise ValueError('no such colour')")
    status, out, _ = command("runs")
    assert status == 0
    assert out.index(bad.run_id) < out.index(good.run_id)
    status, out, _ = command("runs", "list", "--state", "failed", "--json")
    assert [row["run_id"] for row in json.loads(out)] == [bad.run_id]
    status, out, _ = command("runs", "show", bad.run_id[-6:])
    assert "no such colour" in out and "01_only" in out and "error_class" in out
    status, out, _ = command("runs", "show", "latest", "--json")
    assert json.loads(out)["error"]["error_message"] == "no such colour"
    status, out, _ = command("runs", "diff", good.run_id, bad.run_id)
    assert status == 1
    assert "succeeded" in out and "failed" in out
    assert command("runs", "diff", good.run_id, good.run_id)[:2] == (0, "the runs do not differ\n")
    assert command("runs", "verify")[0] == 0


def test_pipelines_are_listed_with_what_is_due_and_a_pause_shows(command: Command) -> None:
    status, out, _ = command("pause", "daily", "--until", "2099-01-01", "--why", "the source is being moved")
    assert (status, out.startswith(f"{DAILY} is paused until 2099-01-0")) == (0, True)
    status, out, _ = command("pipelines", "--json")
    rows = {row["pipeline"]: row for row in json.loads(out)}
    assert "the source is being moved" in rows[DAILY]["paused"]
    assert rows[DAILY]["next"].endswith("02:00+09:00")
    assert (rows[DAILY]["due"], rows["connection_health"]["paused"]) == (1, None)
    assert "runs again as scheduled" in command("unpause", DAILY)[1]
    assert "was not paused" in command("unpause", DAILY)[1]


def test_the_state_of_the_schedule_is_told(command: Command) -> None:
    status, out, _ = command("schedule", "status", "--json")
    assert status == 0
    assert json.loads(out)["missed"] == []
    status, out, _ = command("schedule", "print", "--systemd")
    assert "miyabi-dw.timer" in out


def test_cancel_of_a_finished_run_and_of_one_whose_process_is_gone(
    command: Command, small: Callable[..., api.RunResult], database: Database
) -> None:
    done = small()
    status, _, err = command("cancel", done.run_id)
    assert (status, "has already succeeded" in err) == (2, True)
    # A run that nobody's session holds is what a killed process leaves.
    left = registry.NewRun(registry.new_run_id("small"), "small", None, datetime.now(UTC), "manual")
    with database.connect("etl") as connection:
        registry.record_run(connection, left)
        registry.start_run(connection, left.run_id)
    status, out, _ = command("cancel", left.run_id)
    assert (status, "is lost: process" in out) == (0, True)


def test_watching_a_run_ends_with_it(command: Command, small: Callable[..., api.RunResult], tmp_path: Path) -> None:
    begun, go = tmp_path / "begun", tmp_path / "go"
    cell = wait_in_python(begun, go)
    with ThreadPoolExecutor() as pool:
        run = pool.submit(small, cell)
        wait_for(begun.exists)
        Timer(1.5, go.touch).start()
        status, out, _ = command("watch", "latest")
    assert status == 0
    assert "running: 01_only attempt 1 running, cell" in out
    assert out.strip().endswith("succeeded")
    assert run.result().is_good


def test_pruning_keeps_what_facts_refer_to(
    command: Command, small: Callable[..., api.RunResult], database: Database, settings: Settings
) -> None:
    old, cited, young = small(), small("raise ValueError"), small()
    orphan = run_schema(old.run_id)
    with database.connect("owner") as connection:
        execute(connection, "UPDATE ops.run SET queued_at = %s", [datetime.now(UTC) - timedelta(days=40)])
        execute(connection, "INSERT INTO ops.fact_count VALUES (%s, 'fact_deployment', 1, 0, 0, 0)", [cited.run_id])
    with database.connect("etl") as connection:
        execute(connection, f"CREATE SCHEMA {orphan}")
        execute(connection, "UPDATE ops.run SET finished_at = %s", [datetime.now(UTC) - timedelta(days=40)])
    status, out, _ = command("runs", "prune", "--json")
    [counts] = json.loads(out)
    assert (status, counts["runs"], counts["batches"]) == (0, 1, 1)
    with database.connect("etl") as connection:
        assert {row.run_id for row in registry.list_runs(connection)} == {cited.run_id, young.run_id}
    assert log_path(settings.home, young.run_id).exists()
