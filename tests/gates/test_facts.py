"""The gate on the facts: it passes on what the load makes, and finds each kind of damage done to it."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from gates.conftest import DAILY, Bench
from miyabi_dw import catalogue, gates, registry
from miyabi_dw import database as db
from miyabi_dw.database import Connection, Database
from miyabi_dw.declarations import find_declaration
from miyabi_dw.errors import GateFailed
from miyabi_dw.extraction import extract
from miyabi_dw.loading import load
from miyabi_dw.settings import Settings
from miyabi_dw.stage import make_stage
from miyabi_dw.timeframe import Interval, business_day
from miyabi_dw.transformation import transform

WEDNESDAY = date(2026, 1, 14)
HOLIDAY = date(2026, 1, 12)
ROWS = {
    "issues": "(id, number, title, priority, issue_type, repository, created_at, updated_at, closed_at) VALUES"
    " (1, 1, 'one', 'P1', 'bug', 'r', '2026-01-13 03:00', '2026-01-14 06:00', '2026-01-14 06:00'),"
    " (2, 2, 'two', 'P2', 'task', 'r', '2026-01-14 03:00', '2026-01-14 03:00', NULL)",
    "agent_execution_logs": "(id, issue_id, agent_id, started_at, completed_at, execution_duration_ms,"
    " llm_tokens_input, llm_tokens_output, llm_cost_usd, success, created_at) VALUES"
    " (1, 1, 'CodeGen', '2026-01-14 03:00', '2026-01-14 03:01', 60000, 1000, 100, 0.25, true, '2026-01-14 03:00'),"
    " (2, 1, 'agent-review', '2026-01-14 04:00', '2026-01-14 04:01', 60001, 1000, 100, 0.000000001, true, '2026-01-14 04:00'),"
    " (3, NULL, 'nobody', '2026-01-14 05:00', '2026-01-14 05:01', NULL, NULL, NULL, NULL, NULL, '2026-01-14 05:00'),"
    " (4, 2, 'CodeGen', '2026-01-14 05:00', '2026-01-14 04:00', -5, 1, 1, 1, true, '2026-01-14 05:00')",
    "code_gen_tasks": "(id, issue_id, total_files_generated, total_lines_generated, clippy_warnings, fmt_issues,"
    " created_at, updated_at) VALUES (1, 1, 3, 100, 0, 0, '2026-01-14 03:00', '2026-01-14 05:00')",
    "deployment_pipelines": "(id, issue_id, deployment_status, infrastructure_cost_usd, environment, deployed_at, created_at)"
    " VALUES (1, 1, 'success', 1.5, 'production', '2026-01-14 07:00', '2026-01-14 06:30'),"
    " (2, 2, 'running', NULL, 'production', NULL, '2026-01-14 06:30')",
    "commits": "(id, issue_id, commit_sha, committed_at) VALUES"
    " (1, 1, repeat('a', 40), '2026-01-14 02:00'), (2, NULL, repeat('b', 40), '2026-01-14 02:30')",
    "label_history": "(id, issue_id, label_name, applied_at) VALUES (1, 1, 'priority:p0', '2026-01-14 02:00')",
}


@pytest.fixture
def catalogued(database: Database, settings: Settings) -> None:
    with database.connect("etl") as connection:
        catalogue.load_catalogues(connection)
        catalogue.extend_calendar(connection)
        registry.sync_settings(connection, settings)


def loaded(settings: Settings, day: date, last: date | None = None) -> Bench:
    """A run of the daily pipeline up to its facts."""
    zone = settings.business_zone
    interval = Interval(business_day(day, zone).start, business_day(last or day, zone).end)
    stage = make_stage(settings, find_declaration(DAILY), interval)
    gates.check_source_contract(stage)
    extract(stage)
    transform(stage)
    gates.run_suites(stage, "conformed")
    load(stage)
    return Bench(stage)


@pytest.fixture
def run(source: Connection, settings: Settings, catalogued: None) -> Iterator[Bench]:
    for table, rows in ROWS.items():
        db.execute(source, f"INSERT INTO {table} {rows}")
    yield loaded(settings, WEDNESDAY)


def test_what_the_load_makes_passes(run: Bench) -> None:
    report = gates.run_suites(run.stage, "facts")
    odd = [result.check_id for result in report.results if result.outcome != "passed"]
    assert odd == ["fact_issue_processing.growth-normal"]
    found = {result.check_id: result for result in report.results}
    assert found["fact_agent_execution.issue-key-is-known"].rows_failed == 1
    assert found["fact_agent_execution.grain"].rows_checked == 3
    assert found["fact_agent_execution.cost-is-known"].rows_failed == 1


# Each damage with the check that must find it, in groups that leave one another's rows alone.
DAMAGE = {
    "rows": {
        "UPDATE fact_agent_execution SET llm_cost_usd = 0.26 WHERE execution_id = 1": (
            "fact_agent_execution.sums-equal-batch"
        ),
        "DELETE FROM fact_agent_execution WHERE execution_id = 2": "fact_agent_execution.all-arrived",
        "UPDATE fact_agent_execution SET agent_key = 4711 WHERE execution_id = 3": (
            "fact_agent_execution.agent-key-has-member"
        ),
        "INSERT INTO fact_agent_execution SELECT (jsonb_populate_record(f, '{\"time_key\": 20260113}')).*"
        " FROM fact_agent_execution AS f WHERE execution_id = 1": "fact_agent_execution.one-day-only",
        "UPDATE fact_issue_processing SET issue_key = 4711": "fact_issue_processing.issue-key-has-member",
        "UPDATE fact_deployment SET infrastructure_cost_usd = 3": "fact_deployment.sums-equal-batch",
        "UPDATE fact_code_generation SET total_lines_generated = 99": "fact_code_generation.sums-equal-batch",
        "UPDATE fact_code_change SET lead_time_seconds = 1 WHERE deployed_at IS NOT NULL": (
            "fact_code_change.lead-time-is-the-difference"
        ),
        "UPDATE dim_issue SET expiration_date = now(), is_current = false WHERE issue_id = 1": "dim_issue.one-current",
        "UPDATE bridge_issue_label SET removed_at = applied_at - interval '1 s'": (
            "bridge_issue_label.removed-after-applied"
        ),
    },
    "meanings": {
        "UPDATE fact_agent_execution SET llm_cost_source = 'reported' WHERE execution_id = 3": (
            "fact_agent_execution.cost-source-fits"
        ),
        "UPDATE fact_agent_execution SET completed_at = completed_at + interval '1 day' WHERE execution_id = 3": (
            "fact_agent_execution.day-is-its-own"
        ),
        "UPDATE fact_issue_processing SET ai_cost_usd = ai_cost_usd * 2": (
            "fact_issue_processing.costs-equal-executions"
        ),
        "UPDATE fact_issue_processing SET process_date = process_date + 1": "fact_issue_processing.day-is-its-date",
        "UPDATE fact_issue_processing SET issue_key = (SELECT issue_key FROM dim_issue WHERE issue_id = 2 LIMIT 1)": (
            "fact_issue_processing.version-in-force"
        ),
        "UPDATE fact_code_change SET deployed_at = committed_at - interval '1 s'": (
            "fact_code_change.deployed-after-committed"
        ),
        "UPDATE dim_issue SET effective_date = '2020-01-01' WHERE issue_id = 2;"
        "INSERT INTO dim_issue (issue_id, effective_date, expiration_date, is_current, version)"
        " VALUES (2, '1900-01-01', '2019-01-01', false, 7)": "dim_issue.no-hole-no-overlap",
    },
}


@pytest.mark.parametrize("group", DAMAGE)
def test_each_kind_of_damage_is_found_and_its_query_shows_the_rows(group: str, run: Bench) -> None:
    for damage in DAMAGE[group]:
        run.query(damage)
    with pytest.raises(GateFailed) as caught:
        gates.run_suites(run.stage, "facts")
    assert str(caught.value).partition(":")[0].endswith(("stop the run", "stops the run"))
    for check in DAMAGE[group].values():
        result = run.result(check)
        assert (result["outcome"], result["severity"]) == ("failed", "critical"), check
        assert len(run.query(result["offending_rows_sql"])) == result["rows_failed"], check


def test_queries_of_a_good_run_outlive_its_batch(run: Bench) -> None:
    gates.run_suites(run.stage, "facts")
    results = run.query("SELECT * FROM ops.check_result WHERE rows_failed > 0 AND check_id NOT LIKE '%%.growth-%%'")
    with run.stage.database.connect("etl") as connection:
        db.execute(connection, f"DROP SCHEMA {run.stage.schema} CASCADE")
    assert len(results) > 5
    for result in results:
        assert run.stage.schema not in result["offending_rows_sql"]
        with run.stage.database.connect(
            "analyst" if "quarantine" not in result["offending_rows_sql"] else "etl"
        ) as reader:
            rows = db.query(reader, result["offending_rows_sql"])
        assert len(rows) >= result["rows_failed"], result["check_id"]


def growth(bench: Bench, check: str = "growth-alert") -> dict[str, Any]:
    gates.run_suites(bench.stage, "facts")
    return bench.result(f"fact_issue_processing.{check}")


def test_a_business_day_without_rows_is_told(settings: Settings, source: Connection, catalogued: None) -> None:
    result = growth(loaded(settings, WEDNESDAY))
    assert (result["outcome"], result["severity"], result["rows_failed"]) == ("failed", "warning", 1)
    assert result["observed"]["sample"] == [{"full_date": "2026-01-14", "is_business_day": "True", "row_count": "0"}]


def test_a_japanese_holiday_and_a_weekend_without_rows_are_no_anomaly(settings: Settings, catalogued: None) -> None:
    weekend_and_holiday = loaded(settings, date(2026, 1, 10), HOLIDAY)
    assert growth(weekend_and_holiday)["outcome"] == "passed"
    assert growth(weekend_and_holiday, "growth-normal")["outcome"] == "passed"


def test_more_than_a_thousand_rows_are_told_on_a_holiday_too(
    settings: Settings, source: Connection, catalogued: None
) -> None:
    db.execute(
        source,
        "INSERT INTO issues (number, created_at, updated_at, closed_at)"
        " SELECT n, '2026-01-12 03:00', '2026-01-12 03:00', '2026-01-12 04:00' FROM generate_series(1, 1001) AS n",
    )
    result = growth(loaded(settings, HOLIDAY))
    assert result["observed"]["sample"] == [
        {"full_date": "2026-01-12", "is_business_day": "False", "row_count": "1001"}
    ]


def test_the_bands_of_growth_are_settings(settings: Settings, source: Connection, catalogued: None) -> None:
    quiet = settings.bands["fact_growth"].model_copy(update={"alert_min": None, "normal_min": None})
    bench = loaded(settings.model_copy(update={"bands": settings.bands | {"fact_growth": quiet}}), WEDNESDAY)
    assert growth(bench)["outcome"] == growth(bench, "growth-normal")["outcome"] == "passed"


def test_silence_of_more_than_a_business_day_is_told(settings: Settings, source: Connection, catalogued: None) -> None:
    db.execute(source, f"INSERT INTO issues {ROWS['issues']}")
    db.execute(source, f"INSERT INTO agent_execution_logs {ROWS['agent_execution_logs']}")
    loaded(settings, WEDNESDAY)
    for day, outcome in ((date(2026, 1, 15), "passed"), (date(2026, 1, 16), "failed")):
        bench = loaded(settings, day)
        gates.run_suites(bench.stage, "facts")
        assert bench.result("fact_agent_execution.fresh")["outcome"] == outcome, day


def test_the_audit_looks_at_whole_dimensions(run: Bench, settings: Settings, database: Database) -> None:
    report = gates.audit(database, settings, run.stage.run_id, run.stage.as_of)
    assert report.blocking == ()
    assert {result.table_name for result in report.results} >= {"dim_issue", "dim_infrastructure", "dim_time"}
    run.query("DELETE FROM dim_time WHERE time_key = 20260201")
    report = gates.audit(database, settings, run.stage.run_id, run.stage.as_of)
    assert [result.check_id for result in report.blocking] == ["dim_time.no-day-missing"]
    assert run.result("dim_time.no-day-missing")["layer"] == "audit"
