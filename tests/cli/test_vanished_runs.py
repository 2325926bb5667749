"""A run whose process is gone is lost at the next look, not only when the next run has recorded it."""

import json
from datetime import UTC, datetime

import pytest

from cli.driving import call
from miyabi_dw import registry
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.db.connection import Connection, Database, query
from miyabi_dw.orchestration.runner.lock import RunLock
from miyabi_dw.orchestration.runner.resume import resumption
from miyabi_dw.registry import NewRun
from miyabi_dw.registry.declarations import load_declarations
from miyabi_dw.registry.runs import RunState

DAILY = "daily_issue_processing_etl"
NOW = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture
def begun(database: Database, environment: dict[str, str]) -> str:
    """A run that has begun and whose lock nobody holds any more."""
    return begin(database, "20260131T000000Z-issue-abcdef")


def begin(database: Database, run_id: str) -> str:
    with database.connect("etl") as connection:
        registry.record_run(connection, NewRun(run_id, DAILY, None, NOW, "manual"))
        registry.start_run(connection, run_id)
    return run_id


def states(*words: str) -> list[tuple[str, str, object]]:
    said = call("runs", "list", *words, "--json")
    assert said.status == 0, said.err
    return [(row["state"], row["reason"], row["seconds"]) for row in json.loads(said.out)]


def recorded_state(connection: Connection) -> list[RunState]:
    return [row["state"] for row in query(connection, "SELECT state::text AS state FROM ops.run")]


def test_b34_a_run_whose_process_died_is_lost_when_looked_at(begun: str, warehouse: Connection) -> None:
    [(state, reason, seconds)] = states()
    assert (state, seconds) == ("lost", None)
    assert "vanished without a word" in reason
    assert len(states("--state", "lost")) == 1
    assert states("--state", "running") == []
    shown = call("runs", "show", begun)
    assert "state            lost" in shown.out and "seconds" not in shown.out
    assert call("watch", begun).status == 1
    # Looking changes nothing: the next run records it, drops the batch, and tells whom it may concern.
    assert recorded_state(warehouse) == ["running"]


def test_b34_the_monitor_says_so_too(begun: str) -> None:
    said = call("--as-of", "2026-02-01T12:00+00:00", "monitor", "--json")
    found = {finding["name"]: finding for finding in json.loads(said.out)["findings"]}[DAILY]
    assert found["level"] == "critical"
    assert f"The last run of {DAILY} was lost: process" in found["sentence"]


def test_b34_a_run_that_is_alive_or_made_by_hand_is_running(database: Database, environment: dict[str, str]) -> None:
    with RunLock(database, DAILY, "20260131T000000Z-issue-aaaaaa") as lock:
        begin(database, lock.run_id)
        begin(database, "manual-20260131T000000Z")
        seen = states("--state", "running")
        assert [state for state, _, _ in seen] == ["running", "running"]
        assert all(isinstance(seconds, str) for _, _, seconds in seen)


def test_b34_what_is_seen_lost_can_be_resumed(begun: str, database: Database, warehouse: Connection) -> None:
    request = resumption(database, load_declarations(), begun)
    assert (request.parent_run_id, request.first) == (begun, 0)
    assert recorded_state(warehouse) == ["lost"]


def test_b34_a_run_that_is_alive_is_not_resumed(database: Database, environment: dict[str, str]) -> None:
    with RunLock(database, DAILY, "20260131T000000Z-issue-aaaaaa") as lock:
        begin(database, lock.run_id)
        with pytest.raises(BadRequest, match="the run has running"):
            resumption(database, load_declarations(), lock.run_id)
