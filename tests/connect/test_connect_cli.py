"""The commands of connections as a person types them: what they propose, declare, show, refuse and remove."""

import io
import json
import os
import subprocess
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from miyabi_dw import registry
from miyabi_dw.common.settings import Settings
from miyabi_dw.connect.declarations import load_connections
from miyabi_dw.connect.landing import Landing, begin_sync, cursor_of
from miyabi_dw.connect.own_source import prepare_source
from miyabi_dw.connect.records import Answer
from miyabi_dw.connect.report import sync_connections
from miyabi_dw.connect.sync import sync
from miyabi_dw.db.connection import Database, execute, query
from miyabi_dw.demo import source as demonstration
from miyabi_dw.operations.doctor.checks import examine
from orchestration.kit import Command

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Anna", "-c", "user.email=anna@example.com")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def export(number: int) -> str:
    """A call of a model as an exporter writes it."""
    start = int(NOON.timestamp()) * 10**9 + number
    told = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5", "gen_ai.usage.input_tokens": 100}
    span = {
        "traceId": f"t{number}", "spanId": "s", "startTimeUnixNano": str(start), "endTimeUnixNano": str(start),
        "attributes": [
            {"key": key, "value": {"intValue": value} if isinstance(value, int) else {"stringValue": value}}
            for key, value in told.items()
        ],
    }  # fmt: skip
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}) + "\n"


@pytest.fixture
def spans(tmp_path: Path) -> Path:
    folder = tmp_path / "spans"
    folder.mkdir()
    (folder / "one.jsonl").write_text("".join(map(export, range(3))) + "no json\n")
    return folder


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "remote", "add", "origin", "git@github.com:Acme/CLI.git")
    for subject in ("Add a cache (#12)", "Tidy up"):
        git(folder, "commit", "-q", "--allow-empty", "-m", subject)
    git(folder, "tag", "v1.0.0")
    return folder


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No log of an agent of this machine's user is found."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME"):
        monkeypatch.delenv(name, raising=False)
    here = Path.cwd()
    yield
    os.chdir(here)


def declared(settings: Settings) -> dict[str, dict[str, object]]:
    files = (settings.home / "connections").glob("*.toml")
    return {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in files}


def test_what_lies_here_is_proposed_as_commands_that_work(
    command: Command, clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "Nothing to connect lies here" in command("connect")[1]
    monkeypatch.chdir(clone)
    status, said, _ = command("connect")
    proposed = [line.strip() for line in said.splitlines() if line.startswith("  miyabi-dw")]
    assert (status, proposed[0]) == (0, f"miyabi-dw connect add git {clone}")
    assert proposed[1] == "miyabi-dw connect add github acme/cli --token-file FILE"
    assert command(*proposed[0].split()[1:])[0] == 0
    again = command("connect")[1]
    assert "is connected" in again and "miyabi-dw first-look" in again and proposed[0] not in again


def test_a_connection_is_declared_after_a_look_at_it(
    command: Command, settings: Settings, clone: Path, spans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(clone)
    status, said, _ = command("connect", "add", "git", ".", "--releases", "v*", "--hash-authors")
    assert status == 0 and said.startswith("clone: ") and "1 release" in said
    assert command("connect", "add", "otel", str(spans), "--name", "calls")[0] == 0
    assert declared(settings) == {
        "clone": {"kind": "git", "name": "clone", "path": str(clone), "releases": "v*", "hash_authors": True},
        "calls": {"kind": "otel", "name": "calls", "path": str(spans)},
    }


def test_the_same_origin_twice_is_refused_and_a_made_name_is_free(
    command: Command, settings: Settings, clone: Path, spans: Path, tmp_path: Path
) -> None:
    assert command("connect", "add", "otel", str(spans))[0] == 0
    status, _, error = command("connect", "add", "otel", str(spans) + "/")
    assert status == 2 and "the connection 'otel' reads the same" in error
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.json").write_text(export(1))
    status, said, _ = command("connect", "add", "otel", str(other))
    assert (
        status == 0 and said.startswith("otel-2: 1 file with spans") and set(declared(settings)) == {"otel", "otel-2"}
    )
    status, _, error = command("connect", "add", "git", str(clone), "--name", "otel")
    assert status == 2 and "there is a connection 'otel' already" in error


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("git", "NOWHERE"), "NOWHERE"),
        (("otel", "NOWHERE"), "there is no such folder"),
        (("claude-code",), "there is no folder of Claude Code's transcripts"),
        (("codex", "."), "holds no transcript"),
        (("litellm",), "the variable MIYABI_LITELLM_URL is not set"),
        (("litellm", "--url-variable", "postgresql://u:PLANTED@h/db"), "not the URL: it holds a password"),
        (("litellm", "postgresql://u:PLANTED@127.0.0.1:1/db"), "nothing answers there"),
        (("git", ".", "--name", "No Name"), "the connection cannot be: name"),
    ],
)
def test_what_cannot_be_connected_says_why_and_leaves_nothing(
    command: Command,
    settings: Settings,
    words: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    status, _, error = command("connect", "add", *words)
    assert status == 2 and said in error and "PLANTED" not in error
    assert not [*(settings.home / "connections").glob("*")]


def test_a_key_that_is_none_is_told_with_the_one_it_is_like(settings: Settings) -> None:
    folder = settings.home / "connections"
    folder.mkdir(parents=True)
    (folder / "cli.toml").write_text('kind = "git"\nname = "cli"\npath = "."\nbrnach = "main"\n')
    (folder / "bare.toml").write_text('kind = "otel"\nname = "bare"\n')
    bare, cli = load_connections(settings).refused
    assert bare.reason == "path is missing"
    assert cli.reason == "brnach is no key of such a connection, did you mean branch?"


def test_a_url_that_is_typed_is_kept_apart_and_private(
    command: Command, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Database(settings).connect("owner") as connection:
        execute(
            connection,
            'CREATE TABLE "LiteLLM_SpendLogs" (request_id text, "startTime" timestamp(3), "endTime" timestamp(3), model text, spend float8, prompt_tokens int, completion_tokens int)',
        )
        execute(
            connection,
            """INSERT INTO "LiteLLM_SpendLogs" VALUES ('r1', '2026-03-02', '2026-03-02', 'gpt-5', 1, 10, 1)""",
        )
    assert settings.warehouse_url
    url = settings.warehouse_url.get_secret_value()
    assert command("connect", "add", "litellm", url)[0] == 0
    file = settings.home / "connections" / "litellm.url"
    assert (file.read_text().strip(), file.stat().st_mode & 0o777) == (url, 0o600)
    assert declared(settings) == {"litellm": {"kind": "litellm", "name": "litellm", "url_file": str(file)}}
    assert "answer     1" in command("connect", "preview", "litellm")[1]
    assert command("connect", "remove", "litellm", "--keep-rows")[0] == 0
    assert not [*(settings.home / "connections").glob("litellm*")]


def test_a_preview_counts_and_writes_nothing(command: Command, settings: Settings, spans: Path) -> None:
    command("connect", "add", "otel", str(spans))
    told = json.loads(command("connect", "preview", "otel", "--json")[1])
    assert told["read"] == [{"what": "answer", "rows": 3, "examples": "t0:s t0; t1:s t1; t2:s t2"}]
    assert {row["what"]: row["rows"] for row in told["would not be linked"]} == {
        "answers in no repository that is known": 3, "answers that only commits made meanwhile can link to an issue": 3,
    }  # fmt: skip
    assert told["passed over"][0]["what"] == "a line that is no JSON object"
    with Database(settings).connect("source_owner") as connection:
        assert query(connection, "SELECT to_regnamespace('landing') IS NULL AS nothing")[0]["nothing"]
    sync(settings)
    assert "nothing that is new" in command("connect", "preview", "otel")[1]
    assert "answer     3" in command("connect", "preview", "otel", "--all")[1]


def test_the_list_tells_what_each_holds_and_what_is_wrong(command: Command, settings: Settings, spans: Path) -> None:
    assert "there is no connection yet" in command("connect", "list")[1]
    status, _, error = command("connect", "sync")
    assert status == 2 and "there is no connection: miyabi-dw connect add git" in error
    command("connect", "add", "otel", str(spans))
    sync(settings)
    (settings.home / "connections" / "bad.toml").write_text('kind = "git"\npath = 1\ncolour = "red"\n')
    status, said, _ = command("connect", "list", "--json")
    rows = {row["name"]: row for row in json.loads(said)}
    assert status == 1 and rows["otel"]["rows"] == 3 and rows["otel"]["synced_at"]
    assert rows["otel"]["problem"] is None and "colour" in rows["bad"]["problem"]


def test_rows_of_a_removed_connection_stay_or_go(
    command: Command, settings: Settings, spans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held() -> list[int]:
        with Database(settings).connect("source_owner") as connection:
            tables = ("landing.answer", "agent_execution_logs")
            return [query(connection, f"SELECT count(*) AS n FROM {table}")[0]["n"] for table in tables]

    command("connect", "add", "otel", str(spans))
    sync(settings)
    assert "its 3 rows stay" in command("connect", "remove", "otel", "--keep-rows")[1] and held() == [3, 3]
    assert "its rows were kept" in command("connect", "list")[1]
    (other := spans.parent / "other").mkdir()
    (other / "a.json").write_text(export(1))
    status, _, error = command("connect", "add", "otel", str(other))
    assert status == 2 and "rows of another origin are kept under the name 'otel'" in error
    # Asked without a terminal, nothing is done.
    command("connect", "add", "otel", str(spans))
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert command("connect", "remove", "otel")[0] == 130 and "otel" in declared(settings) and held() == [3, 3]
    status, said, _ = command("connect", "remove", "otel", "--delete-rows")
    assert status == 0 and "agent_execution_logs: 3 rows deleted" in said and held() == [0, 0]
    assert command("connect", "remove", "otel", "--delete-rows")[0] == 2


def test_a_cursor_is_not_taken_for_another_origin_of_that_name(settings: Settings, spans: Path, tmp_path: Path) -> None:
    from miyabi_dw.connect.agents.otel import OpenTelemetry

    prepare_source(Database(settings))
    first, second = (OpenTelemetry(name="calls", path=path) for path in (spans, tmp_path))
    with Database(settings).connect("source_owner") as connection:
        sink = Landing(connection, first, begin_sync(connection))
        sink.add(Answer("a", "e", "s", NOON, NOON, NOON, "otel", "gpt-5"))
        sink.checkpoint({"files": {"one": 1}})
        assert cursor_of(connection, first) == {"files": {"one": 1}}
        assert cursor_of(connection, second) == {}


def test_connections_and_the_demonstration_never_mix(command: Command, settings: Settings, spans: Path) -> None:
    database = Database(settings)
    with database.connect("source_owner") as connection:
        execute(connection, "CREATE TABLE issues (id int)")
    status, _, error = command("connect", "add", "otel", str(spans))
    assert status == 2 and "no connection made: issues" in error and not declared(settings)
    with database.connect("source_owner") as connection:
        execute(connection, "DROP TABLE issues")
    demonstration.load_source(database)
    status, _, error = command("connect", "add", "otel", str(spans))
    assert status == 2 and "miyabi-dw demo remove" in error and not declared(settings)


def test_a_source_that_is_only_read_is_refused(
    command: Command, settings: Settings, spans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MIYABI_SOURCE_OWNER_URL")
    status, _, error = command("connect", "add", "otel", str(spans))
    assert status == 2 and "MIYABI_SOURCE_OWNER_URL" in error and not declared(settings)


def test_calls_that_two_connections_may_tell_of_are_warned_of(command: Command, spans: Path, tmp_path: Path) -> None:
    folder = tmp_path / ".claude" / "projects" / "a"
    folder.mkdir(parents=True)
    (folder / "s.jsonl").write_text("{}\n")
    assert "count twice" not in command("connect", "add", "claude-code")[1]
    assert "calls that claude-code tells of too would count twice" in command("connect", "add", "otel", str(spans))[1]


def test_the_doctor_names_connections_that_bring_nothing(command: Command, settings: Settings, spans: Path) -> None:
    assert command("connect", "add", "otel", str(spans), "--name", "calls")[0] == 0

    def found() -> list[tuple[str, str]]:
        diagnoses = examine(Database(settings), settings, datetime.now(UTC))
        return [(each.state, each.cause) for each in diagnoses if each.name == "connection"]

    assert found() == [("warning", "calls has never been synced")]
    sync(settings)
    assert found() == [("ok", "calls brought 3 rows")]
    (settings.home / "connections" / "broken.toml").write_text('kind = "cvs"\n')
    spans.rename(spans.with_name("gone"))
    run_sync(settings)
    refused, failed = found()
    assert refused[0] == failed[0] == "critical"
    assert "no connection of kind 'cvs'" in refused[1] and failed[1].startswith("calls could not be read: ")


def run_sync(settings: Settings) -> None:
    """A sync with a run of its own in the registry, as the notebook makes it."""
    run_id = registry.new_run_id("sync")
    with Database(settings).connect("etl", autocommit=True) as connection:
        registry.record_run(connection, registry.NewRun(run_id, "sync_connections", None, datetime.now(UTC), "manual"))
        registry.start_run(connection, run_id)
        sync_connections(run_id=run_id, settings=settings)
        registry.finish_run(connection, run_id, "failed")
