"""What a command is given and cannot be meant is refused in one sentence, and nothing has been recorded."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.driving import call, recorded, stop_at_beginnings
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, execute
from servers import TestServer

DAILY = "daily_issue_processing_etl"
LONG = "x" * 5000


@pytest.fixture(scope="module")
def warehouse_url(server: TestServer, migrated_template: str) -> Iterator[str]:
    """One for all of them: what is refused leaves it as it was."""
    name = server.create("inputs", migrated_template)
    yield server.database_url(name)
    server.drop(name)


@pytest.fixture
def refused(
    settings: Settings, database: Database, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Gives the words to the program, which has to refuse them; the sentence without its `error: `."""
    stop_at_beginnings(monkeypatch)
    look = recorded(settings, database)

    def give(*words: str) -> str:
        before = look()
        said = call(*words)
        assert (said.status, said.out) == (2, ""), said
        assert said.err.startswith("error: ") and said.err.count("\n") == 1 and len(said.err) < 1600, said.err
        assert look() == before
        return said.err.removeprefix("error: ").strip()

    return give


@pytest.fixture
def history(source: Connection) -> None:
    """A source whose first day in Tokyo is 2026-01-02."""
    execute(source, "INSERT INTO issues (number, title, created_at) VALUES (1, 'first', '2026-01-01 20:00')")


@pytest.mark.parametrize("day", ["0001-01-01", "1900-01-01", "2026-01-01"])
def test_b23_a_backfill_from_before_the_source_names_its_first_day(
    refused: Callable[..., str], history: None, day: str
) -> None:
    said = refused("backfill", DAILY, "--from", day, "--to", "2026-01-31", "--dry-run")
    assert said == f"{day} lies before the first day of the source, 2026-01-02: choose that or a later one"


def test_b23_a_fact_is_not_recovered_up_to_a_day_before_the_source(refused: Callable[..., str], history: None) -> None:
    assert "first day of the source, 2026-01-02" in refused("recover", "fact", "fact_deployment", "--to", "2025-12-31")


def test_b23_without_a_source_the_calendar_begins(refused: Callable[..., str]) -> None:
    said = refused("backfill", DAILY, "--from", "0001-01-01", "--to", "2026-01-31")
    assert said.startswith("0001-01-01 lies before the first day of the calendar, 1970-01-01")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--as-of", "9999-12-31", "monitor"], "9999-12-31 lies outside of the calendar"),
        (["--as-of", "0001-01-01T00:00+14:00", "runs", "list"], "outside of the calendar"),
        (["--as-of", "soon", "connect", "list"], "'soon' is no date"),
        (["pause", DAILY, "--why", "x", "--until", "9999-12-31"], "9999-12-31 lies outside of the calendar"),
        (["run", DAILY, "--hour", "0001-01-01T00"], "outside of the calendar"),
        (["run", DAILY, "--date", "1900-01-01"], "1900-01-01 lies outside of the calendar"),
        (["runs", "list", "--since", "0001-01-01"], "0001-01-01 lies outside of the calendar"),
        (["runs", "list", "--since", "2026-01-31T02:00"], "is no date"),
        (["runs", "prune", "--days", "999999999"], "not in the range 1<=x<=36500"),
        (["cold", "query", "fact_deployment", "--from", "0001-01-01", "--to", "2026-01-01"], "outside of the calendar"),
    ],
)
def test_b23_a_day_of_no_calendar_is_refused(refused: Callable[..., str], words: list[str], says: str) -> None:
    assert says in refused(*words)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["quarantine", "list", "--table", "nope"], "there is no source table 'nope': choose one of agent_execution_logs"),
        (["quarantine", "list", "--run", "nope"], "there is no run 'nope'"),
        (["quarantine", "list", "--state", "nope"], "there is no state 'nope'"),
        (["archive", "query", "/etc", "--from", "2026-01-01", "--to", "2026-01-02"], "there is no fact '/etc'"),
        (["cold", "restore", "../../etc", "2025-01"], "there is no fact '../../etc'"),
        (["schedule", "work", "nope"], "there is no pipeline 'nope'"),
        (["runs", "list", "--pipeline", "nope"], "there is no pipeline 'nope'"),
        (["gate", "history", "nope"], "there is no check 'nope'"),
        (["backup", "verify", "../nope"], "there is no backup '../nope'"),
        (["recover", "fact", "nope"], "there is no fact 'nope'"),
    ],
)  # fmt: skip
def test_b23_what_there_is_not_is_no_empty_answer(refused: Callable[..., str], words: list[str], says: str) -> None:
    assert says in refused(*words)


@pytest.mark.parametrize(
    "words",
    [
        ["run", DAILY, "--date", ""], ["run", DAILY, "--date="], ["pause", DAILY, "--why", " "], ["connect", "sync", ""],
        ["quarantine", "list", "--table", ""], ["--as-of", "", "monitor"], ["sign-off", "--by", ""],
    ],
)  # fmt: skip
def test_b23_b32_what_is_empty_is_not_taken_for_left_out(refused: Callable[..., str], words: list[str]) -> None:
    assert refused(*words).startswith("a word of the command is empty")


@pytest.mark.parametrize(
    "command", [["runs", "list"], ["alerts", "list"], ["quarantine", "list"], ["gate", "history", "a"]]
)
@pytest.mark.parametrize("limit", ["0", "-1", "1e20", "9" * 30])
def test_b32_a_limit_is_a_number_of_rows(refused: Callable[..., str], command: list[str], limit: str) -> None:
    assert "--limit" in refused(*command, f"--limit={limit}")


@pytest.mark.parametrize(
    "words",
    [
        ["recover", "fact", "fact_deployment"], ["backfill", DAILY], ["run", DAILY], ["stage", DAILY, "01_extract"],
        ["cold", "query", "fact_deployment"], ["costs", "reprice"],
    ],
)  # fmt: skip
def test_b32_a_range_does_not_end_before_it_starts(
    refused: Callable[..., str], history: None, words: list[str]
) -> None:
    last = "--until" if words[0] == "costs" else "--to"
    said = refused(*words, "--from", "2026-01-31", last, "2026-01-05")
    assert said == "the range ends before it starts (2026-01-31 to 2026-01-05): swap its two ends"


@pytest.mark.parametrize("text", [LONG, "long words " * 400])
def test_b32_what_is_endless_is_not_repeated(refused: Callable[..., str], text: str) -> None:
    for words in (["run", text], [text], ["gate", "history", text], ["pause", DAILY, f"--why={text}"]):
        assert refused(*words).startswith(f"a word of {len(text):,} characters is too long")
    assert "there is no run" in refused("runs", "show", text[:900].strip())


@pytest.mark.parametrize("text", ["nul\0", "\x1b[31mred", "\udcff"])
def test_b32_what_is_no_text_is_refused(refused: Callable[..., str], text: str) -> None:
    assert refused("pause", DAILY, "--why", text).startswith("a word has characters that are no text (--why)")


@pytest.mark.parametrize(
    "manifest", ["{", "[]", "{}", '{"content": {"a": [1]}}', '{"content": 3, "backup_id": "b"}', "\ufeff"]
)
def test_b32_a_backup_with_a_broken_manifest_is_called_damaged(
    settings: Settings, environment: dict[str, str], manifest: str
) -> None:
    folder = settings.home / "backups" / "20260101T000000Z-backup-abcdef"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(manifest)
    for wanted in (str(folder), folder.name, folder.name[:15]):
        said = call("backup", "verify", wanted)
        assert said.status == 1
        assert said.err.startswith("error: the manifest does not parse") and said.err.count("\n") == 1


def test_b32_machines_are_told_the_same(refused: Callable[..., str]) -> None:
    said = call("runs", "list", "--limit", "-1", "--json")
    assert said.status == 2
    assert json.loads(said.out)["error"]["code"] == "request-unusable"
    assert "--limit" in json.loads(said.out)["error"]["what"]


def test_b32_a_file_that_cannot_be_written_is_one_sentence(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = call("monitor", "--prometheus", str(tmp_path / "file" / "metrics"))
    assert said.status == 2
    assert said.err.startswith("error: ") and "Error" not in said.err and said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "lost"),
    [
        (["runs", "list"], "ops.run"),
        (["pipelines"], "ops.pause"),
        (["run", DAILY, "--date", "2026-01-05"], "ops.run"),
        (["cold", "list"], "ops.archived_month"),
        (["budget", "list"], "v_metric_budget"),
        (["costs", "unpriced"], "fact_agent_execution"),
        # What that remedy leads to.
        (["recover", "fact", "fact_agent_execution"], "ops.run"),
    ],
    ids=" ".join,
)
def test_a_warehouse_that_nobody_has_migrated_is_one_sentence(
    server: TestServer, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, words: list[str], lost: str
) -> None:
    name = server.create("unmigrated")
    monkeypatch.setenv("MIYABI_WAREHOUSE_URL", server.database_url(name))
    said = call(*words)
    server.drop(name)
    remedy = f"miyabi-dw recover fact {lost}" if lost.startswith("fact_") else "miyabi-dw schema migrate"
    assert (said.status, said.err) == (2, f"error: {lost} is not there: {remedy}\n")
