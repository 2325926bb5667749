"""What happens to a row that was quarantined: seen again, repaired, given up, gone from the source."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gates.kit import DAILY, Bench
from gates.wednesday import WEDNESDAY, loaded
from miyabi_dw.cli import cli
from miyabi_dw.cli import quarantine as command
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db import connection as db
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.etl import quarantine
from miyabi_dw.registry.declarations import load_declarations

BAD = ("agent_execution_logs", "4")


def entries(bench: Bench) -> list[tuple[str, str, str]]:
    rows = bench.query("SELECT * FROM ops.quarantine ORDER BY quarantine_id")
    return [(row["source_table"], row["source_key"], row["state"]) for row in rows]


def retry(bench: Bench, ids: Sequence[int]) -> list[quarantine.Retried]:
    """With the stages run in this process instead of as notebooks."""
    started: list[tuple[str, Interval]] = []

    def start(name: str, interval: Interval) -> str:
        started.append((name, interval))
        loaded(bench.stage.settings, WEDNESDAY)
        return "ran"

    with bench.stage.database.connect("etl") as connection:
        done = quarantine.retry(connection, ids, load_declarations(), start)
    assert started == [(DAILY, bench.stage.interval)]
    return done


def only(bench: Bench) -> int:
    return int(bench.query("SELECT quarantine_id FROM ops.quarantine")[0]["quarantine_id"])


def test_an_entry_keeps_row_reason_and_run(run: Bench) -> None:
    (row,) = run.query("SELECT * FROM ops.quarantine")
    assert (row["source_table"], row["source_key"], row["state"]) == (*BAD, "open")
    assert (row["field"], row["reason"]) == ("execution_duration_ms", "execution_duration_ms is -5")
    assert row["content"] == {"id": 4, "execution_duration_ms": "-5"}
    assert row["run_id"] == run.stage.run_id
    counts = run.query("SELECT * FROM ops.row_count WHERE source_table = 'agent_execution_logs'")[0]
    assert (counts["extracted"], counts["inserted"], counts["quarantined"], counts["quarantined_fields"]) == (
        4,
        4,
        0,
        1,
    )


def test_a_second_run_sees_it_again_and_sets_nothing_aside_twice(run: Bench) -> None:
    loaded(run.stage.settings, WEDNESDAY)
    assert entries(run) == [(*BAD, "open")]


def test_a_repaired_row_is_loaded_by_a_retry(run: Bench, source: Connection) -> None:
    db.execute(
        source,
        "UPDATE agent_execution_logs SET completed_at = '2026-01-14 05:02', execution_duration_ms = 9 WHERE id = 4",
    )
    (done,) = retry(run, [only(run)])
    assert (done.state, done.run) == ("loaded", "ran")
    assert done.sentence.endswith("was loaded")
    assert entries(run) == [(*BAD, "loaded")]
    assert run.query("SELECT execution_duration_ms AS ms FROM fact_agent_execution WHERE execution_id = 4") == [
        {"ms": 9}
    ]


def test_a_row_that_is_still_bad_is_still_set_aside_and_says_why(run: Bench, source: Connection) -> None:
    db.execute(source, "UPDATE agent_execution_logs SET execution_duration_ms = -7 WHERE id = 4")
    (done,) = retry(run, [only(run)])
    assert done.state == "open"
    assert done.sentence.endswith("is still in quarantine: execution_duration_ms is -7")


def test_a_row_that_the_source_has_deleted_has_vanished(run: Bench, source: Connection) -> None:
    db.execute(source, "DELETE FROM agent_execution_logs WHERE id = 4")
    (done,) = retry(run, [only(run)])
    assert done.sentence.endswith("is no longer in the source")


def test_a_row_given_up_stays_out_until_the_source_changes_it(run: Bench, source: Connection) -> None:
    with run.stage.database.connect("etl") as connection:
        quarantine.discard(connection, only(run), "  a test of the platform ")
    (row,) = run.query("SELECT * FROM ops.quarantine")
    assert (row["state"], row["resolution"]) == ("discarded", "a test of the platform")
    loaded(run.stage.settings, WEDNESDAY)
    assert entries(run) == [(*BAD, "discarded")]
    db.execute(source, "UPDATE agent_execution_logs SET execution_duration_ms = -6 WHERE id = 4")
    loaded(run.stage.settings, WEDNESDAY)
    assert (*BAD, "open") in entries(run)


def refused(database: Database, act: str, *arguments: Any) -> str:
    with database.connect("etl") as connection, pytest.raises(BadRequest) as caught:
        getattr(quarantine, act)(connection, *arguments)
    return str(caught.value)


def test_what_makes_no_sense_is_refused(run: Bench, database: Database) -> None:
    declared = load_declarations()
    number = only(run)
    assert "no quarantine entry 4711" in refused(database, "entry", 4711)
    assert "no reason was given" in refused(database, "discard", number, " ")
    assert "no quarantine entry 4711" in refused(database, "retry", [number, 4711], declared, None)
    with database.connect("etl") as connection:
        quarantine.discard(connection, number, "enough")
    assert "was given up" in refused(database, "discard", number, "again")
    assert "was given up" in refused(database, "retry", [number], declared, None)
    assert "no state 'shut'" in refused_state(database)


def refused_state(database: Database) -> str:
    with database.connect("etl") as connection, pytest.raises(BadRequest) as caught:
        quarantine.entries(connection, state="shut")
    return str(caught.value)


def call(*words: str) -> Result:
    return CliRunner().invoke(cli, ["quarantine", *words], standalone_mode=False, catch_exceptions=False)


def test_the_commands(run: Bench, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    listed = call("list")
    assert listed.return_value == 1
    assert "execution_duration_ms is -5" in listed.output
    rows = json.loads(call("list", "--table", BAD[0], "--run", run.stage.run_id, "--json").output)
    assert [row["source_key"] for row in rows] == ["4"]
    assert call("list", "--table", "commits").output == "there is no such entry\n"
    number = str(rows[0]["quarantine_id"])
    assert "value: execution_duration_ms" in call("show", number).output
    assert json.loads(call("show", number, "--json").output)["content"]["execution_duration_ms"] == "-5"
    with pytest.raises(BadRequest, match="say which entries"):
        call("retry")
    call("discard", number, "--why", "a test of the platform")
    assert call("list").return_value == 0
    assert "a test of the platform" in call("show", number).output


def test_retry_by_command_runs_the_pipeline(
    run: Bench, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from miyabi_dw.orchestration import api

    def stand_in(name: str, *, interval: Interval, settings: Settings) -> Any:
        loaded(settings, WEDNESDAY)
        return type("Ran", (), {"sentence": f"{name} succeeded"})

    monkeypatch.setattr(api, "run", stand_in)
    done = call("retry", "--all")
    assert done.return_value == 1
    assert "daily_issue_processing_etl succeeded" in done.output
    assert "is still in quarantine: " in done.output
    assert command.commands[0].name == "quarantine"
