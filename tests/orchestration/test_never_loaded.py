"""Days that were never loaded are named with the command that loads them, and a plan speaks of business days."""

import json
from datetime import UTC, date, datetime

import pytest

from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, execute
from miyabi_dw.monitor.findings import Finding
from miyabi_dw.monitor.health import examine
from miyabi_dw.orchestration.schedule.status import overview
from miyabi_dw.registry.declarations import load_declarations
from miyabi_dw.registry.loaded_days import gaps
from orchestration.kit import Command

DAILY, HOURLY = "daily_issue_processing_etl", "hourly_agent_metrics_etl"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
LOGS = "agent_execution_logs"

pytestmark = pytest.mark.usefixtures("environment")


def load(warehouse: Connection, first: str, last: str, *tables: str) -> None:
    declared = load_declarations()[DAILY]
    execute(
        warehouse,
        "INSERT INTO ops.loaded_day SELECT t.name, d.day, 'a run' FROM unnest(%s) AS t (name),"
        " generate_series(%s::timestamp, %s::timestamp, interval '1 day') AS d (day) ON CONFLICT DO NOTHING",
        (list(tables or declared.source_tables), first, last),
    )
    warehouse.commit()


@pytest.fixture
def hole(warehouse: Connection) -> Connection:
    """238 days between the first fortnight of June 2025 and February were never loaded."""
    load(warehouse, "2025-06-01", "2025-06-14")
    load(warehouse, "2026-02-08", "2026-02-28")
    return warehouse


def not_loaded(database: Database, settings: Settings) -> Finding:
    return next(finding for finding in examine(database, settings, NOW) if finding.name == "days_not_loaded")


def test_a12_the_gap_and_the_command_that_fills_it(hole: Connection, database: Database, settings: Settings) -> None:
    found = not_loaded(database, settings)
    assert (found.level, found.value) == ("warning", 238)
    assert "238 days were never loaded between loaded ones: 2025-06-15 to 2026-02-07 (238 days)." in found.sentence
    command = f"miyabi-dw backfill {DAILY} --from 2025-06-15 --to 2026-02-07"
    assert found.remedy == command
    assert overview(settings, NOW).never_loaded == [f"238 days never loaded, 2025-06-15 to 2026-02-07: {command}"]
    load(hole, "2025-06-15", "2026-02-07")
    assert not_loaded(database, settings).level == "ok"
    assert overview(settings, NOW).never_loaded == []


def test_a12_before_the_first_and_after_the_last_loaded_day_is_no_gap(
    warehouse: Connection, database: Database, settings: Settings
) -> None:
    assert not_loaded(database, settings).level == "ok"
    load(warehouse, "2025-06-01", "2025-06-14")
    assert not_loaded(database, settings).level == "ok"


def test_a12_a_day_that_one_table_lacks_is_a_gap_of_the_pipeline_that_reads_it(
    hole: Connection, database: Database, settings: Settings
) -> None:
    load(hole, "2025-06-15", "2026-02-07", *(set(load_declarations()[DAILY].source_tables) - {"commits"}))
    with database.connect("etl") as connection:
        assert [gap.pipeline for gap in gaps(connection, load_declarations().values())] == [DAILY]


def test_a12_each_gap_is_named_once_by_the_pipeline_that_fills_it(
    hole: Connection, database: Database, settings: Settings
) -> None:
    # Of the hourly pipeline's own table a day more is missing, which the daily one has not.
    load(hole, "2026-03-02", "2026-03-03")
    load(hole, "2026-03-05", "2026-03-05", LOGS)
    with database.connect("etl") as connection:
        found = gaps(connection, load_declarations().values())
    assert [(gap.pipeline, gap.first_day, gap.days) for gap in found] == [
        (DAILY, date(2025, 6, 15), 238), (DAILY, date(2026, 3, 1), 1), (HOURLY, date(2026, 3, 4), 1),
    ]  # fmt: skip


def test_a12_schedule_status_and_monitor_name_it(hole: Connection, command: Command) -> None:
    said = f"miyabi-dw backfill {DAILY} --from 2025-06-15 --to 2026-02-07"
    assert said in command("schedule", "status")[1]
    monitor = json.loads(command("monitor", "--json")[1])
    assert said in [finding["remedy"] for finding in monitor["findings"]]


@pytest.mark.parametrize(
    ("zone", "start"), [("Asia/Tokyo", "2025-02-28 15:00"), ("America/New_York", "2025-03-01 05:00")]
)
def test_a28_a_plan_of_march_speaks_of_march(
    warehouse: Connection, command: Command, monkeypatch: pytest.MonkeyPatch, zone: str, start: str
) -> None:
    monkeypatch.setenv("MIYABI_BUSINESS_TIMEZONE", zone)
    words = ("backfill", DAILY, "--from", "2025-03-01", "--to", "2025-03-31", "--dry-run")
    code, out, err = command(*words)
    assert code == 0, err
    assert out.splitlines()[1:] == ["  2025-03-01 to 2025-03-31"]
    # Programs get moments.
    (run,) = json.loads(command(*words, "--json")[1])["runs"]
    assert run["from"].startswith(start)


def test_a28_a_plan_of_hours_is_on_the_business_clock(warehouse: Connection, command: Command) -> None:
    words = ("backfill", HOURLY, "--from", "2025-03-01", "--to", "2025-03-01", "--chunk", "unit", "--dry-run")
    code, out, err = command(*words)
    assert code == 0, err
    lines = out.splitlines()[1:]
    assert (len(lines), lines[0], lines[-1]) == (
        24, "  2025-03-01 00:00 to 01:00 JST", "  2025-03-01 23:00 to 00:00 JST"
    )  # fmt: skip


def test_a28_the_list_of_runs_speaks_of_business_days(warehouse: Connection, command: Command) -> None:
    execute(
        warehouse,
        "INSERT INTO ops.run (run_id, pipeline, interval_start, interval_end, as_of, trigger, host, pid, state)"
        " VALUES ('march', %s, '2025-02-28 15:00Z', '2025-03-31 15:00Z', now(), 'backfill', 'here', 1, 'succeeded'),"
        " ('hour', %s, '2025-02-28 16:00Z', '2025-02-28 17:00Z', now(), 'manual', 'here', 1, 'succeeded')",
        (DAILY, HOURLY),
    )
    warehouse.commit()
    listed = command("runs", "list")[1]
    assert "2025-03-01 to 2025-03-31" in listed
    assert "2025-03-01 01:00 to 02:00 JST" in listed
    assert "2025-02-28" not in listed
