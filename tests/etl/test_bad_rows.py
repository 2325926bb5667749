"""Each bad row lands right or in quarantine with its reason; the rest of the day goes on, and a repair is picked up."""

import shutil
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from etl.kit import Warehouse, differences, versions_are_sound
from miyabi_dw.common.paths import CATALOGUE, SQL
from miyabi_dw.common.timeframe import business_day
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, execute, query
from miyabi_dw.etl import gates
from miyabi_dw.etl import transform as transformation
from miyabi_dw.etl.batch import StageContext
from miyabi_dw.etl.catalogue import load_catalogues
from miyabi_dw.etl.extract import extract
from miyabi_dw.etl.gates import running
from miyabi_dw.etl.gates.suites import Check, load_suites
from miyabi_dw.etl.transform import transform
from support import synthetic

DAY = date(2026, 1, 15)
NOON = "2026-01-15 03:00:00"


def put(source: Connection, table: str, **row: Any) -> None:
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    execute(source, f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))


@pytest.fixture
def platform(source: Connection) -> Connection:
    """One issue and nothing else."""
    put(source, "issues", id=1, number=1, title="<script>\u202e'; --", priority="p1", created_at=NOON, updated_at=NOON)
    return source


def reasons(miyabi: Warehouse, state: str = "open") -> dict[tuple[str, str], str]:
    rows = miyabi.query("SELECT source_table, source_key, check_id FROM ops.quarantine WHERE state = %s", state)
    return {(row["source_table"], row["source_key"]): row["check_id"] for row in rows}


def test_rows_that_belong_to_no_day_or_no_status_are_set_aside_with_their_reason(
    platform: Connection, miyabi: Warehouse
) -> None:
    put(platform, "deployment_pipelines", id=5, issue_id=1, deployment_status="exploded", created_at=NOON)
    put(platform, "commits", id=6, issue_id=1, commit_sha="abc", committed_at=None)
    put(platform, "commits", id=7, issue_id=1, commit_sha="def", committed_at=NOON)
    put(platform, "label_history", id=8, issue_id=1, label_name="x", applied_at=None, removed_at=NOON)
    put(platform, "code_gen_tasks", id=9, issue_id=1, created_at=None, updated_at=NOON)
    put(platform, "agent_execution_logs", id=10, agent_id="CodeGen", started_at=NOON, completed_at="0044-03-15")
    stage = miyabi.day(DAY)
    assert reasons(miyabi) == {
        ("deployment_pipelines", "5"): "deployment_pipelines.unknown-status",
        ("commits", "6"): "commits.no-day",
        ("label_history", "8"): "label_history.no-day",
        ("code_gen_tasks", "9"): "code_gen_tasks.no-day",
        ("agent_execution_logs", "10"): "agent_execution_logs.moment-out-of-range",
    }
    kept = miyabi.value("SELECT content FROM ops.quarantine WHERE source_key = '5'")
    assert (kept["deployment_status"], kept["issue_id"]) == ("exploded", 1)
    counts = miyabi.counts(stage)["commits"]
    assert (counts["extracted"], counts["inserted"], counts["quarantined"]) == (2, 1, 1)


def test_a_deployment_that_ended_without_a_date_waits_until_it_has_one(platform: Connection, miyabi: Warehouse) -> None:
    put(platform, "deployment_pipelines", id=5, issue_id=1, deployment_status="success", created_at=NOON)
    miyabi.day(DAY)
    miyabi.day(DAY)
    assert reasons(miyabi) == {("deployment_pipelines", "5"): "deployment_pipelines.ended-without-date"}
    execute(platform, "UPDATE deployment_pipelines SET deployed_at = '2026-01-15 04:00:00'")
    miyabi.day(date(2026, 4, 1))  # far from the row: it is read again because it waits
    assert reasons(miyabi) == {}
    assert reasons(miyabi, "loaded") == {("deployment_pipelines", "5"): "deployment_pipelines.ended-without-date"}
    assert miyabi.value("SELECT count(*) FROM fact_deployment") == 1


def test_a_row_that_turns_bad_leaves_the_facts_and_a_vanished_one_the_quarantine(
    platform: Connection, miyabi: Warehouse, rebuilt: Warehouse
) -> None:
    put(platform, "deployment_pipelines", id=5, issue_id=1, deployment_status="success", deployed_at=NOON)
    miyabi.day(DAY)
    assert miyabi.value("SELECT count(*) FROM fact_deployment") == 1
    execute(platform, "UPDATE deployment_pipelines SET deployment_status = 'who knows'")
    miyabi.day(DAY)
    rebuilt.day(DAY)
    assert differences(miyabi, rebuilt) == {}
    execute(platform, "DELETE FROM deployment_pipelines")
    miyabi.day(DAY)
    assert reasons(miyabi, "vanished") == {("deployment_pipelines", "5"): "deployment_pipelines.unknown-status"}


def test_what_was_discarded_stays_discarded_until_the_row_changes(platform: Connection, miyabi: Warehouse) -> None:
    put(platform, "deployment_pipelines", id=5, issue_id=1, deployment_status="exploded", created_at=NOON)
    miyabi.day(DAY)
    miyabi.execute("UPDATE ops.quarantine SET state = 'discarded'")
    miyabi.day(DAY)
    assert reasons(miyabi) == {}
    execute(platform, "UPDATE deployment_pipelines SET deployment_status = 'exploded again'")
    miyabi.day(DAY)
    assert len(reasons(miyabi)) == 1


def test_a_repeated_id_keeps_its_latest_row_and_sets_the_others_aside(platform: Connection, miyabi: Warehouse) -> None:
    execute(platform, "ALTER TABLE commits DROP CONSTRAINT commits_pkey")
    put(platform, "commits", id=7, commit_sha="old", committed_at="2026-01-15 01:00:00")
    put(platform, "commits", id=7, commit_sha="new", committed_at="2026-01-15 02:00:00")
    miyabi.day(DAY)
    assert miyabi.value("SELECT commit_sha FROM staging.commits") == "new"
    assert reasons(miyabi) == {("commits", "7#2"): "commits.repeated-id"}


def test_a_sha_that_occurs_twice_counts_once(platform: Connection, miyabi: Warehouse) -> None:
    execute(platform, "ALTER TABLE commits DROP CONSTRAINT commits_commit_sha_key")
    put(platform, "commits", id=8, issue_id=1, commit_sha="same", committed_at=NOON)
    miyabi.day(DAY)
    put(platform, "commits", id=7, issue_id=1, commit_sha="same", committed_at="2026-01-14 03:00:00")
    miyabi.day(DAY)
    assert miyabi.query("SELECT commit_id, time_key FROM fact_code_change") == [{"commit_id": 7, "time_key": 20260114}]
    execute(platform, "DELETE FROM commits WHERE id = 7")
    miyabi.day(DAY)
    assert miyabi.query("SELECT commit_id, time_key FROM fact_code_change") == [{"commit_id": 8, "time_key": 20260115}]


def test_numbers_too_large_for_the_source_s_own_type_arrive_whole(platform: Connection, miyabi: Warehouse) -> None:
    execute(platform, "ALTER TABLE code_gen_tasks ALTER clippy_warnings TYPE bigint")
    put(platform, "code_gen_tasks", id=9, issue_id=1, clippy_warnings=9_000_000_000, created_at=NOON)
    miyabi.day(DAY)
    assert miyabi.value("SELECT clippy_warnings FROM fact_issue_processing") == 9_000_000_000


def test_a_source_without_a_column_that_is_not_essential_is_read(platform: Connection, miyabi: Warehouse) -> None:
    execute(platform, "ALTER TABLE issues DROP COLUMN description, DROP COLUMN complexity")
    execute(platform, "ALTER TABLE agent_execution_logs DROP COLUMN memory_usage_mb, ADD COLUMN region text")
    put(platform, "agent_execution_logs", id=10, issue_id=1, agent_id="CodeGen", started_at=NOON, completed_at=NOON)
    miyabi.day(DAY)
    assert miyabi.value("SELECT count(*) FROM fact_agent_execution WHERE memory_usage_mb IS NULL") == 1


def test_unknown_agents_labels_and_issues_lose_no_fact(platform: Connection, miyabi: Warehouse) -> None:
    execute(platform, "ALTER TABLE agent_execution_logs DROP CONSTRAINT agent_execution_logs_issue_id_fkey")
    for number, agent in enumerate(["CodeGen", " codegen", "agent-codegen", "nobody/knows", None, ""], start=1):
        put(platform, "agent_execution_logs", id=number, issue_id=99, agent_id=agent, completed_at=NOON)
    put(platform, "label_history", id=1, issue_id=1, label_name="Priority:P0", applied_at=NOON)
    put(platform, "label_history", id=2, issue_id=1, label_name="Homemade", applied_at=NOON)
    miyabi.day(DAY)
    agents = miyabi.query("""
        SELECT agent_id, is_inferred, count(*)
        FROM fact_agent_execution JOIN dim_agent USING (agent_key) GROUP BY 1, 2 ORDER BY 1
    """)
    assert [tuple(row.values()) for row in agents] == [
        ("(unknown)", False, 2), ("agent-codegen", False, 3), ("nobody/knows", True, 1),
    ]  # fmt: skip
    labels = miyabi.query("""
        SELECT label_name, is_inferred FROM bridge_issue_label JOIN dim_label USING (label_key) ORDER BY 1
    """)
    assert [tuple(row.values()) for row in labels] == [("P0", False), ("homemade", True)]
    assert miyabi.query("SELECT is_inferred, state FROM dim_issue WHERE issue_id = 99") == [
        {"is_inferred": True, "state": "unknown"}
    ]
    put(platform, "issues", id=99, number=99, title="found", created_at=NOON, updated_at="2026-01-15 05:00:00")
    miyabi.day(DAY)
    found = miyabi.query("SELECT is_inferred, title, version FROM dim_issue WHERE issue_id = 99")
    assert found == [{"is_inferred": False, "title": "found", "version": 1}]


def test_facts_follow_a_spelling_to_the_agent_that_the_catalogue_gives_it_to_later(
    platform: Connection, miyabi: Warehouse, rebuilt: Warehouse, tmp_path: Path
) -> None:
    tokens = {"issue_id": 1, "completed_at": NOON, "llm_tokens_input": 1_000_000, "llm_tokens_output": 0}
    for number, agent in enumerate(["CodeGen", "Robot", "robot"], start=1):
        put(platform, "agent_execution_logs", id=number, agent_id=agent, **tokens)
    miyabi.day(DAY)
    costs = (
        "SELECT agent_id, llm_cost_usd FROM fact_agent_execution JOIN dim_agent USING (agent_key) ORDER BY execution_id"
    )
    assert [tuple(row.values()) for row in miyabi.query(costs)] == [
        ("agent-codegen", Decimal("0.3")), ("Robot", None), ("robot", None),
    ]  # fmt: skip
    folder = shutil.copytree(CATALOGUE, tmp_path / "catalogue")
    with (folder / "agent_aliases.csv").open("a") as file:
        file.write("Robot,agent-review\n")
    # Two executions, and the issue's day, whose last execution is one of them.
    assert [recatalogued(one, folder) for one in (miyabi, rebuilt, miyabi)] == [3, 0, 0]
    assert miyabi.value("SELECT count(*) FROM dim_agent WHERE is_inferred") == 0
    assert miyabi.value("SELECT agent_name FROM dim_agent WHERE agent_id LIKE '%%(formerly Robot, key %%'") == "Review"
    assert [row["agent_id"] for row in miyabi.query(costs)] == ["agent-codegen", "agent-review", "agent-review"]
    miyabi.day(DAY + timedelta(days=1))
    rebuilt.days(DAY, DAY + timedelta(days=1))
    assert differences(miyabi, rebuilt) == {}
    assert [row["llm_cost_usd"] for row in miyabi.query(costs)] == [Decimal("0.3")] * 3


def recatalogued(miyabi: Warehouse, folder: Path) -> int:
    """How many facts change their agent when the catalogue is loaded."""
    with miyabi.database.connect("etl") as connection:
        return {part.name: part.updated for part in load_catalogues(connection, folder)}[
            "facts of agents spelt otherwise"
        ]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_hostile_source_is_loaded_and_equals_its_rebuild(
    source: Connection, miyabi: Warehouse, rebuilt: Warehouse, seed: int
) -> None:
    span = {"first_day": date(2026, 1, 10), "last_day": date(2026, 1, 15)}
    synthetic.generate(source, n_issues=80, n_executions=600, seed=seed, hostile_share=0.3, **span)
    for day in (14, 11, 15, 10, 13, 16, 12):
        miyabi.day(date(2026, 1, day), gate=True)
    rebuilt.days(date(2026, 1, 10), date(2026, 1, 16), gate=True)
    assert differences(miyabi, rebuilt) == {}
    assert versions_are_sound(miyabi)
    quarantined = "SELECT source_table, source_key FROM ops.quarantine WHERE state = 'open' ORDER BY 1, 2"
    assert miyabi.query(quarantined) == rebuilt.query(quarantined) != []


def kind_of_batch(miyabi: Warehouse, stage: StageContext) -> str:
    """v: the conformed executions are a view; r: a table."""
    batch = f"{stage.schema}.stg_agent_execution_logs"
    return str(miyabi.value("SELECT relkind::text FROM pg_class WHERE oid = to_regclass(%s)", batch))


def test_a_day_of_executions_becomes_a_table(platform: Connection, miyabi: Warehouse) -> None:
    put(platform, "agent_execution_logs", id=1, agent_id="CodeGen", started_at=NOON, completed_at=NOON)
    assert kind_of_batch(miyabi, miyabi.day(DAY)) == "r"


def test_many_executions_are_written_down_only_when_one_must_leave_the_batch(
    platform: Connection, miyabi: Warehouse, rebuilt: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transformation, "FEW_ROWS", 0)
    put(platform, "agent_execution_logs", id=1, issue_id=1, agent_id="CodeGen", started_at=NOON, completed_at=NOON)
    put(
        platform,
        "agent_execution_logs",
        id=2,
        issue_id=1,
        agent_id="CodeGen",
        started_at=NOON,
        completed_at="0044-03-15",
    )
    stage = miyabi.day(DAY, gate=True)
    assert kind_of_batch(miyabi, stage) == "v"
    assert reasons(miyabi) == {("agent_execution_logs", "2"): "agent_execution_logs.moment-out-of-range"}
    put(
        platform, "agent_execution_logs", id=3, issue_id=1, agent_id="Review", started_at=NOON, completed_at=NOON,
        execution_duration_ms=-1,
    )  # fmt: skip
    stage = miyabi.day(DAY, gate=True)
    assert kind_of_batch(miyabi, stage) == "r"
    for _ in range(2):
        gates.run_suites(stage, "conformed")
        with stage.warehouse() as connection:
            batch = query(connection, "SELECT id, execution_duration_ms AS ms FROM stg_agent_execution_logs ORDER BY 1")
            assert [(row["id"], row["ms"]) for row in batch] == [(1, None), (3, None)]
            assert [row["source_key"] for row in query(connection, "SELECT source_key FROM rejected")] == ["2"]
            assert [row["source_key"] for row in query(connection, "SELECT source_key FROM rejected_field")] == ["3"]
    transform(stage)
    assert kind_of_batch(miyabi, stage) == "v"
    assert miyabi.value("SELECT array_agg(execution_id ORDER BY execution_id) FROM fact_agent_execution") == [1, 3]
    execute(platform, "UPDATE agent_execution_logs SET completed_at = started_at, execution_duration_ms = id")
    miyabi.day(DAY, gate=True)
    assert miyabi.value("SELECT array_agg(execution_id ORDER BY execution_id) FROM fact_agent_execution") == [1, 2, 3]
    rebuilt.day(DAY)
    assert differences(miyabi, rebuilt) == {}


def test_a_query_that_names_places_finds_them_among_executions(
    platform: Connection, miyabi: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quarantining query of a contributor's own needs a table, whatever the batch is made of."""
    monkeypatch.setattr(transformation, "FEW_ROWS", 0)
    put(platform, "agent_execution_logs", id=1, agent_id="CodeGen", started_at=NOON, completed_at=NOON, llm_cost_usd=5)
    put(platform, "agent_execution_logs", id=2, agent_id="CodeGen", started_at=NOON, completed_at=NOON, llm_cost_usd=1)
    stage = miyabi.stage(business_day(DAY, miyabi.settings.business_zone), "hourly_agent_metrics_etl")
    extract(stage)
    transform(stage)
    named = Check(
        id="agent_execution_logs.dear", type="unexpected_rows_expectation", kwargs={"query": "dear"},
        severity="warning", quarantine=True, note="dearer than a coffee",
    )  # fmt: skip
    own_sql = shutil.copytree(SQL, tmp_path / "sql", ignore=shutil.ignore_patterns("data"))
    dear = "SELECT batch.ctid, batch.id FROM {batch} AS batch WHERE batch.llm_cost_usd > 2"
    (own_sql / "gates" / "dear.sql").write_text(dear)
    monkeypatch.setattr(statements, "SQL", own_sql)
    own = load_suites("conformed", ("agent_execution_logs",))[0].model_copy(update={"expectations": (named,)})
    monkeypatch.setattr(running, "load_suites", lambda *_: (own,))
    report = gates.run_suites(stage, "conformed")
    assert report.quarantined == {"agent_execution_logs": 1}
    with stage.warehouse() as connection:
        assert [row["id"] for row in query(connection, "SELECT id FROM stg_agent_execution_logs")] == [2]
