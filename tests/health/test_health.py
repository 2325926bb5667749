"""How the installation is, found on a real warehouse: each look goes red for what it is there for, and for nothing else."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, execute
from miyabi_dw.monitor.findings import Finding, worst_level
from miyabi_dw.monitor.health import examine, record, trend

# 10:00 in Tokyo on a Wednesday; the day before was no holiday.
NOW = datetime(2026, 2, 4, 1, tzinfo=UTC)
DAILY, HOURLY = "daily_issue_processing_etl", "hourly_agent_metrics_etl"

Look = Callable[[], dict[str, Finding]]


@pytest.fixture
def starting_warehouse(prepared_template: str) -> str:
    return prepared_template


@pytest.fixture
def look(warehouse: Connection, database: Database, settings: Settings) -> Iterator[Look]:
    """All findings by name, after committing what the test has written."""

    def now() -> dict[str, Finding]:
        warehouse.commit()
        return {finding.name: finding for finding in examine(database, settings, NOW)}

    yield now


def add_run(
    connection: Connection,
    run_id: str,
    pipeline: str,
    state: str = "succeeded",
    hours_ago: float = 1,
    minutes: float = 12,
) -> None:
    execute(
        connection,
        "INSERT INTO ops.run (run_id, pipeline, as_of, trigger, host, pid, state, reason, started_at, finished_at)"
        " VALUES (%s, %s, %s, 'schedule', 'here', 1, %s, 'why not', now(), now() + %s)",
        (run_id, pipeline, NOW - timedelta(hours=hours_ago), state, timedelta(minutes=minutes)),
    )


def add_issue_rows(connection: Connection, day: date, rows: int) -> None:
    key = int(f"{day:%Y%m%d}")
    execute(connection, "SELECT ops.ensure_partitions(%s, %s)", (key, key))
    execute(
        connection,
        "INSERT INTO fact_issue_processing (time_key, process_date, issue_id, issue_key, agent_key, label_key,"
        " worktree_key, infrastructure_key, run_number)"
        " SELECT %s, %s, n, -1, -1, -1, -1, -1, 1 FROM generate_series(1, %s) AS n",
        (key, day, rows),
    )


def test_a_good_night_is_green_but_for_the_missing_backup(warehouse: Connection, look: Look) -> None:
    add_run(warehouse, "d1", DAILY, hours_ago=8)
    add_run(warehouse, "h1", HOURLY, hours_ago=0.9, minutes=4)
    add_issue_rows(warehouse, date(2026, 2, 3), 120)
    found = look()
    levels = {name: finding.level for name, finding in found.items() if name != "disk_used"}
    assert levels.pop("backup") == "warning"
    assert set(levels.values()) == {"ok"}
    assert found["success_rate"].value == Decimal("100.0")


def test_an_empty_warehouse_says_that_nothing_has_ever_run(look: Look) -> None:
    found = look()
    assert found[DAILY].level == found[HOURLY].level == "critical"
    assert "never succeeded" in found[DAILY].sentence
    assert found["success_rate"].level == "warning"


@pytest.mark.parametrize(("failed", "level"), [(1, "ok"), (2, "warning"), (3, "critical")])
def test_success_rate_against_the_guides_band(warehouse: Connection, look: Look, failed: int, level: str) -> None:
    """Of 25 runs: 24 are 96 % (normal), 23 are 92 % (between), 22 are 88 % (alert)."""
    for number in range(25):
        add_run(warehouse, f"h{number:02}", HOURLY, "failed" if number < failed else "succeeded", 23 - number * 0.9)
    assert look()["success_rate"].level == level


def test_runs_older_than_a_day_do_not_count(warehouse: Connection, look: Look) -> None:
    add_run(warehouse, "h0", HOURLY, "failed", hours_ago=24.5)
    add_run(warehouse, "h1", HOURLY, hours_ago=1)
    assert look()["success_rate"].value == Decimal("100.0")


@pytest.mark.parametrize(("minutes", "level"), [(20, "ok"), (20.1, "warning"), (30, "warning"), (30.1, "critical")])
def test_daily_duration_against_the_guides_band(warehouse: Connection, look: Look, minutes: float, level: str) -> None:
    add_run(warehouse, "d1", DAILY, minutes=minutes)
    assert look()["daily_duration"].level == level


@pytest.mark.parametrize(
    ("rows", "level"), [(0, "critical"), (49, "warning"), (50, "ok"), (200, "ok"), (201, "warning")]
)
def test_growth_against_the_guides_band(warehouse: Connection, look: Look, rows: int, level: str) -> None:
    add_issue_rows(warehouse, date(2026, 2, 3), rows)
    assert look()["fact_growth"].level == level


def test_over_a_thousand_rows_alert(warehouse: Connection, look: Look) -> None:
    add_issue_rows(warehouse, date(2026, 2, 3), 1001)
    assert look()["fact_growth"].level == "critical"


def test_a_holiday_without_rows_is_no_anomaly(
    warehouse: Connection, database: Database, settings: Settings, look: Look
) -> None:
    look()
    after_foundation_day = datetime(2026, 2, 12, 1, tzinfo=UTC)
    found = {f.name: f for f in examine(database, settings, after_foundation_day)}
    assert found["fact_growth"].level == "ok"
    assert "Foundation Day" in found["fact_growth"].sentence


def test_the_last_run_that_failed_names_the_way_on(warehouse: Connection, look: Look) -> None:
    add_run(warehouse, "d1", DAILY, hours_ago=25)
    add_run(warehouse, "d2", DAILY, "failed", hours_ago=1)
    finding = look()[DAILY]
    assert finding.level == "critical"
    assert finding.remedy == "miyabi-dw resume d2"


def test_a_pipeline_that_is_late_is_red_and_a_paused_one_only_a_warning(warehouse: Connection, look: Look) -> None:
    add_run(warehouse, "d1", DAILY, hours_ago=27)
    assert look()[DAILY].level == "critical"
    execute(warehouse, "INSERT INTO ops.pause (pipeline, paused_by, why) VALUES (%s, 'me', 'repair')", (DAILY,))
    assert look()[DAILY].level == "warning"


def test_a_dead_source_is_said_and_the_rest_still_looked_at(
    warehouse: Connection, settings: Settings, look: Look
) -> None:
    look()
    dead = settings.model_copy(
        update={"source_url": Settings(source_url="postgresql://u:geheim99@127.0.0.1:1/miyabi").source_url}
    )
    found = {f.name: f for f in examine(Database(dead), dead, NOW)}
    assert found["source"].level == "critical"
    assert "nothing answers" in found["source"].sentence
    assert "geheim99" not in str(found)
    assert "quarantine" in found


def test_a_dead_warehouse_is_the_first_finding(settings: Settings) -> None:
    dead = settings.model_copy(
        update={"warehouse_url": Settings(warehouse_url="postgresql://u:p@127.0.0.1:1/miyabi_dw").warehouse_url}
    )
    findings = examine(Database(dead), dead, NOW)
    assert (findings[0].name, findings[0].level) == ("warehouse", "critical")
    assert worst_level(findings) == "critical"


def test_a_fact_that_is_gone_is_said_and_the_rest_still_looked_at(warehouse: Connection, look: Look) -> None:
    execute(warehouse, "DROP TABLE fact_issue_processing CASCADE")
    found = look()
    assert found["fact_growth"].level == "critical"
    assert found["fact_growth"].sentence == "This was not examined: fact_issue_processing is not there."
    assert found["fact_growth"].remedy == "miyabi-dw recover fact fact_issue_processing"
    assert found["incidents"].level == "ok"


def test_quarantine_and_checks_are_counted(warehouse: Connection, look: Look) -> None:
    add_run(warehouse, "d1", DAILY)
    execute(
        warehouse,
        "INSERT INTO ops.quarantine (run_id, source_table, source_key, content, reason, last_seen_run_id)"
        " VALUES ('d1', 'commits', '7', '{}', 'no date', 'd1')",
    )
    execute(
        warehouse,
        "INSERT INTO ops.check_result (run_id, suite, layer, table_name, check_id, expectation, severity, outcome, note)"
        " VALUES ('d1', 's', 'facts', 't', 'c1', 'e', 'warning', 'failed', 'n'),"
        " ('d1', 's', 'facts', 't', 'c2', 'e', 'info', 'failed', 'n')",
    )
    found = look()
    assert (found["quarantine"].level, found["quarantine"].value) == ("warning", 1)
    assert (found["gates"].level, found["gates"].value) == ("warning", 1)
    execute(warehouse, "UPDATE ops.check_result SET outcome = 'could not run' WHERE check_id = 'c1'")
    assert look()["gates"].level == "critical"


def test_a_red_page_nobody_signed_nags_until_it_is_signed(warehouse: Connection, look: Look) -> None:
    add_run(warehouse, "m1", "morning_checklist", hours_ago=24)
    record(warehouse, "m1", [Finding("source", "critical", "The source cannot be read.")])
    assert look()["sign_off"].remedy == "miyabi-dw sign-off m1 --by NAME"
    execute(warehouse, "INSERT INTO ops.sign_off (run_id, signed_by) VALUES ('m1', 'Aiko')")
    assert "sign_off" not in look()


def test_a_trend_has_one_value_a_day(warehouse: Connection, settings: Settings, look: Look) -> None:
    look()
    for number, hours in enumerate((49, 25, 24.5, 40 * 24)):
        add_run(warehouse, f"m{number}", "morning_checklist", hours_ago=hours)
        record(warehouse, f"m{number}", [Finding("disk_used", "ok", "fine", Decimal(number), "%")])
    points = [(point.day, point.value) for point in trend(warehouse, settings, NOW)]
    assert points == [(date(2026, 2, 2), Decimal(0)), (date(2026, 2, 3), Decimal(2))]


def test_a_full_disk_is_critical(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from miyabi_dw.monitor import findings

    class Usage:
        total, used, free = 100, 90, 10

    monkeypatch.setattr(findings.shutil, "disk_usage", lambda place: Usage)
    (finding,) = findings.disk(settings)
    assert (finding.level, finding.value) == ("critical", Decimal("90.0"))


def test_a13_a_setting_that_no_issue_fits_is_a_warning(warehouse: Connection, look: Look) -> None:
    assert "incident_types" not in look()
    execute(
        warehouse,
        "INSERT INTO dim_issue (issue_id, title, issue_type, labels, state, effective_date)"
        " VALUES (1, 'a', 'Bug', '{Hotfix}', 'open', '1900-01-01')",
    )
    found = look()
    assert "rework_types" not in found
    assert (found["incident_types"].level, found["incident_types"].remedy) == (
        "warning", "correct incident_types in miyabi.toml"
    )  # fmt: skip
    execute(warehouse, "UPDATE ops.setting SET value = 'BUG' WHERE name = 'incident_types'")
    assert "incident_types" not in look()
