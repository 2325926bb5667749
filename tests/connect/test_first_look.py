"""A first look on a small history and a few sessions: pages that show them, a quick second look, older news taken in."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from miyabi_dw import registry
from miyabi_dw.common.errors import BadRequest, StageFailed
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.connect.declarations import add_connection, declare
from miyabi_dw.connect.report import sync_connections
from miyabi_dw.db import migrations
from miyabi_dw.db.connection import Database, execute, query
from miyabi_dw.operations.first_look import FirstLook, first_look
from miyabi_dw.operations.sync import prepare_once
from miyabi_dw.orchestration.runner.events import nobody
from miyabi_dw.orchestration.runner.result import RunResult
from orchestration.kit import Command
from servers import TestServer

NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)
RELEASED = datetime(2026, 3, 2, 3, tzinfo=UTC)


@pytest.fixture
def starting_warehouse(prepared_template: str) -> str:
    return prepared_template


def git(folder: Path, *arguments: str, at: datetime = RELEASED) -> None:
    when = {
        "GIT_AUTHOR_DATE": at.isoformat(),
        "GIT_COMMITTER_DATE": at.isoformat(),
        "PATH": "/usr/bin:/bin:/usr/local/bin",
    }
    who = ("-c", "user.name=Anna", "-c", "user.email=anna@example.com")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, env=when)


def clone(folder: Path) -> Path:
    """Two released changes and one that waits."""
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "remote", "add", "origin", "git@github.com:acme/cli.git")
    for days, subject in ((3, "Add a cache (#12)"), (2, "Mend the cache (#13)")):
        git(folder, "commit", "-q", "--allow-empty", "-m", subject, at=RELEASED - timedelta(days=days))
    git(folder, "tag", "-a", "v1.0.0", "-m", "first")
    git(folder, "commit", "-q", "--allow-empty", "-m", "Draw a chart (#14)", at=RELEASED + timedelta(hours=1))
    return folder


def session(folder: Path, name: str, at: datetime, where: Path) -> None:
    """One prompt and one answer of Claude Code."""
    lines = [
        {"type": "user", "uuid": "u1", "message": {"role": "user", "content": "hello"}},
        {
            "type": "assistant", "uuid": "u2", "requestId": f"r-{name}",
            "message": {
                "id": f"m-{name}", "role": "assistant", "model": "claude-opus-4-6",
                "usage": {"input_tokens": 1_000, "output_tokens": 200, "cache_read_input_tokens": 5_000},
            },
        },
    ]  # fmt: skip
    common = {
        "sessionId": name,
        "cwd": str(where),
        "gitBranch": "fix/12-cache",
        "isSidechain": False,
        "version": "2.1.0",
    }
    folder.mkdir(parents=True, exist_ok=True)
    text = [
        json.dumps(common | line | {"timestamp": (at + timedelta(minutes=number)).isoformat()}) + "\n"
        for number, line in enumerate(lines)
    ]
    (folder / f"{name}.jsonl").write_text("".join(text))


def rows(settings: Settings, sql: str) -> list[dict[str, object]]:
    with Database(settings).connect("etl") as connection:
        return query(connection, sql)


def look(settings: Settings) -> FirstLook:
    return first_look(settings, NOW, nobody)


@pytest.fixture
def connected(settings: Settings, tmp_path: Path) -> Path:
    """A clone and the folder of an agent's sessions, both connected; the folder of the sessions."""
    folder, logs = clone(tmp_path / "cli"), tmp_path / "projects" / "cli"
    session(logs, "one", RELEASED - timedelta(days=3), folder)
    add_connection(settings, declare("git", "cli", {"path": str(folder)}))
    add_connection(settings, declare("claude-code", "agents", {"path": str(logs.parent)}))
    return logs


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("environment", "connected")
def test_from_connections_to_pages(settings: Settings) -> None:
    first = look(settings)
    assert first.synced.is_good and str(first.day) == "2026-03-02"
    assert first.as_of == datetime(2026, 3, 3, 0, tzinfo=UTC)
    for page in (first.daily, first.morning, first.index):
        assert page.is_relative_to(settings.reports_dir) and page.exists()
    assert "DORA, the last full week" in first.morning.read_text(encoding="utf-8")
    executions = "SELECT count(*) AS n, sum(llm_tokens_input) AS tokens FROM fact_agent_execution"
    assert rows(settings, executions) == [{"n": 1, "tokens": 6_000}]
    assert rows(settings, "SELECT count(*) AS n FROM fact_deployment") == [{"n": 2}]


class Runs:
    """Stands in for the notebooks: a run is recorded as they do, and only the sync does its work."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.made: list[tuple[str, str, str]] = []

    def run(
        self, name: str, *, interval: Interval | None = None, as_of: datetime | None = None, **_: object
    ) -> RunResult:
        run_id = f"run-{len(self.made)}-{name}"
        days = (str(interval.start + timedelta(hours=9))[:10], str(interval.end)[:10]) if interval else ("", "")
        self.made.append((name, *days))
        page = self.settings.reports_dir / run_id / "index.html"
        page.parent.mkdir(parents=True)
        page.touch()
        with Database(self.settings).connect("etl", autocommit=True) as connection:
            registry.record_run(connection, registry.NewRun(run_id, name, interval, as_of or NOW, "manual"))
            registry.start_run(connection, run_id)
            is_sync = name == "sync_connections"
            failures = sync_connections("", run_id, settings=self.settings).failures if is_sync else []
            state: registry.RunState = "failed" if failures else "succeeded"
            registry.finish_run(connection, run_id, state)
            execute(connection, "UPDATE ops.run SET archive_path = run_id WHERE run_id = %s", [run_id])
        return RunResult(run_id, name, interval, state, page=page)

    def since(self, number: int) -> list[tuple[str, str, str]]:
        return self.made[number:]


def test_a_second_look_does_what_is_new_and_nothing_else(
    settings: Settings, connected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Runs(settings)
    monkeypatch.setattr("miyabi_dw.operations.first_look.api.run", runs.run)
    last = [
        ("daily_issue_processing_etl", "2026-03-02", "2026-03-02"), ("hourly_agent_metrics_etl", "", ""),
        ("morning_checklist", "", ""),
    ]  # fmt: skip
    first = look(settings)
    assert runs.made == [
        ("sync_connections", "", ""),
        ("daily_issue_processing_etl", "2026-02-27", "2026-03-01"),
        *last,
    ]

    again = look(settings)
    assert runs.since(5) == [("sync_connections", "", "")]
    assert (again.daily, again.morning) == (first.daily, first.morning)

    # Older than anything that was known, and than what a daily run looks back on.
    session(connected, "old", RELEASED - timedelta(days=90), tmp_path / "cli")
    look(settings)
    assert runs.since(6) == [
        ("sync_connections", "", ""), ("daily_issue_processing_etl", "2025-12-02", "2026-03-01"), *last
    ]  # fmt: skip


def test_what_one_connection_brought_is_shown_when_another_fails(
    settings: Settings, connected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("miyabi_dw.operations.first_look.api.run", Runs(settings).run)
    (tmp_path / "cli").rename(tmp_path / "moved")
    done = look(settings)
    assert done.synced.state == "failed" and str(done.day) == "2026-02-27" and done.morning.exists()
    connected.parent.rename(tmp_path / "gone")
    with Database(settings).connect("source_owner") as connection:
        execute(connection, "DROP SCHEMA landing CASCADE")
    with pytest.raises(StageFailed, match="sync_connections failed"):
        look(settings)


def test_without_a_connection_it_says_how_to_add_one(command: Command) -> None:
    status, _, error = command("first-look")
    assert status == 2 and "there is no connection to look at" in error and "miyabi-dw connect" in error


def test_a_warehouse_that_is_not_there_is_made(settings: Settings, server: TestServer) -> None:
    name = server.create("warehouse")
    bare = settings.model_copy(update={"warehouse_url": type(settings.warehouse_url)(server.database_url(name))})  # type: ignore[misc, arg-type]
    prepare_once(Database(bare), bare)
    with Database(bare).connect("owner") as connection:
        assert not migrations.pending(connection)
        assert query(connection, "SELECT count(*) > 1000 AS filled FROM dim_time")[0]["filled"]
    server.drop(name)


@pytest.mark.usefixtures("environment")
def test_connections_that_brought_nothing_say_so(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    add_connection(settings, declare("git", "empty", {"path": str(folder)}))
    with pytest.raises(BadRequest, match="have brought nothing yet"):
        look(settings)
