"""The gate on the facts: it passes on what the load makes, and finds each kind of damage done to it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from gates.kit import Bench
from gates.wednesday import WEDNESDAY, loaded
from miyabi_dw.common.errors import GateFailed
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import connection as db
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.etl import gates

HOLIDAY = date(2026, 1, 12)


def test_what_the_load_makes_passes(run: Bench) -> None:
    report = gates.run_suites(run.stage, "facts")
    odd = [result.check_id for result in report.results if result.outcome != "passed"]
    assert odd == ["fact_issue_processing.growth-normal"]
    found = {result.check_id: result for result in report.results}
    assert found["fact_agent_execution.issue-key-is-known"].rows_failed == 1
    assert found["fact_agent_execution.grain"].rows_checked == 4
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


def test_a_business_day_without_rows_is_told_and_the_bands_are_settings(settings: Settings, catalogued: None) -> None:
    bench = loaded(settings, WEDNESDAY)
    result = growth(bench)
    assert (result["outcome"], result["severity"], result["rows_failed"]) == ("failed", "warning", 1)
    assert result["observed"]["sample"] == [{"full_date": "2026-01-14", "is_business_day": "True", "row_count": "0"}]
    quiet = settings.bands["fact_growth"].model_copy(update={"alert_min": None, "normal_min": None})
    changed = settings.model_copy(update={"bands": settings.bands | {"fact_growth": quiet}})
    bench = Bench(replace(bench.stage, settings=changed))
    assert growth(bench)["outcome"] == growth(bench, "growth-normal")["outcome"] == "passed"


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


def test_silence_of_more_than_a_business_day_is_told(run: Bench, settings: Settings) -> None:
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
