"""Which business days were loaded is known table by table, and what the weekly reconciliation corrects is published."""

from datetime import UTC, date, datetime, timedelta

import pytest

from etl.kit import DAILY, HOURLY, Warehouse
from marts.star import MARTS, contents
from miyabi_dw.common.timeframe import Interval, business_day, days
from miyabi_dw.db.connection import Connection, Database, execute
from miyabi_dw.etl import publish as publishing
from miyabi_dw.operations.weekly_maintenance import Maintenance
from miyabi_dw.registry.declarations import load_declarations
from support import synthetic

FIRST, LAST = date(2025, 9, 1), date(2026, 1, 31)
NOW = datetime(2026, 2, 2, 3, tzinfo=UTC)
LOOKBACK = timedelta(days=30)


def loaded(warehouse: Warehouse, table: str) -> set[date]:
    return {row["day"] for row in warehouse.query("SELECT day FROM ops.loaded_day WHERE source_table = %s", table)}


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_a12_a_run_loads_its_days_and_those_of_its_look_back(source: Connection, miyabi: Warehouse, zone: str) -> None:
    synthetic.generate(source, n_issues=20, n_executions=60, first_day=FIRST, last_day=LAST, seed=3)
    settings = miyabi.settings.model_copy(update={"business_timezone": zone})
    # The clocks of New York change on 2 November.
    day = date(2025, 11, 20)
    Warehouse(settings).day(day)
    expected = set(days(day - LOOKBACK, day))
    read = load_declarations()[DAILY].source_tables
    assert len(read) == 9
    for table in read:
        # The look-back is a stretch of hours: where the clocks change meanwhile its first day is not whole.
        assert loaded(miyabi, table) | {min(expected)} == expected, table


def test_a12_a_running_day_is_not_loaded_until_its_end(source: Connection, miyabi: Warehouse) -> None:
    synthetic.generate(source, n_issues=5, n_executions=10, first_day=FIRST, last_day=LAST, seed=3)
    today = datetime.now(miyabi.settings.business_zone).date()
    miyabi.day(today)
    assert max(loaded(miyabi, "issues")) == today - timedelta(days=1)


def test_a12_an_hour_loads_no_day_until_the_last_one_does(source: Connection, miyabi: Warehouse) -> None:
    synthetic.generate(source, n_issues=20, n_executions=60, first_day=FIRST, last_day=LAST, seed=3)
    day = business_day(date(2025, 11, 20), miyabi.settings.business_zone)
    miyabi.hour(day.end - timedelta(hours=2))
    assert date(2025, 11, 20) not in loaded(miyabi, "agent_execution_logs")
    miyabi.hour(day.end - timedelta(hours=1))
    assert max(loaded(miyabi, "agent_execution_logs")) == date(2025, 11, 20)
    # What is read along only for what executions refer to is not read by day.
    reference = set(load_declarations()[HOURLY].reference_tables)
    assert reference
    assert not any(loaded(miyabi, table) for table in reference)


def test_a12_a_day_is_loaded_once_and_outlives_its_run(source: Connection, miyabi: Warehouse) -> None:
    synthetic.generate(source, n_issues=5, n_executions=10, first_day=FIRST, last_day=LAST, seed=3)
    first = miyabi.day(date(2025, 11, 20))
    again = miyabi.day(date(2025, 11, 21))
    by = "SELECT first_loaded_by FROM ops.loaded_day WHERE (source_table, day) = ('issues', %s)"
    assert miyabi.value(by, date(2025, 11, 20)) == first.run_id
    assert miyabi.value(by, date(2025, 11, 21)) == again.run_id
    miyabi.execute("DELETE FROM ops.run")
    assert miyabi.value(by, date(2025, 11, 20)) == first.run_id


def figures(warehouse: Warehouse) -> dict[str, set[tuple[object, ...]]]:
    with warehouse.database.connect("owner") as connection:
        return {mart: contents(connection, mart) for mart in MARTS}


def publish(warehouse: Warehouse, day: date) -> None:
    stage = warehouse.stage(business_day(day, warehouse.settings.business_zone))
    publishing.publish(stage)


@pytest.fixture
def published(source: Connection, miyabi: Warehouse) -> Warehouse:
    synthetic.generate(source, n_issues=60, n_executions=400, first_day=FIRST, last_day=LAST, seed=11)
    miyabi.days(FIRST, LAST)
    publishing.publish_all(miyabi.database, miyabi.settings, NOW)
    return miyabi


def change_long_ago(source: Connection) -> None:
    """A roll-back, a cost, a commit and a closing, each far beyond the look-back."""
    execute(source, "UPDATE agent_execution_logs SET llm_cost_usd = 77 WHERE id = (SELECT min(id)"
            " FROM agent_execution_logs WHERE completed_at >= '2025-10-05')")  # fmt: skip
    execute(source, "UPDATE deployment_pipelines SET deployment_status = 'rolled_back' WHERE id = (SELECT min(id)"
            " FROM deployment_pipelines WHERE deployment_status = 'success' AND environment = 'production')")  # fmt: skip
    execute(source, "DELETE FROM commits WHERE id = (SELECT min(id) FROM commits)")
    execute(source, "INSERT INTO commits (commit_sha, issue_id, committed_at)"
            " SELECT 'late', min(id), '2025-09-20 03:00' FROM issues")  # fmt: skip


def test_a17_weekly_maintenance_publishes_what_it_corrected(
    published: Warehouse, source: Connection, database: Database
) -> None:
    before = figures(published)
    change_long_ago(source)
    work = Maintenance(published.settings, database, NOW)
    assert work.reconcile()["reread"].any()
    work.publish()
    after = figures(published)
    assert all(after[mart] != before[mart] for mart in MARTS)
    publishing.rebuild(database, published.settings, NOW)
    assert figures(published) == after


def test_a12_reconciliation_fills_a_hole_in_a_month_and_names_months_that_were_never_loaded(
    source: Connection, miyabi: Warehouse, database: Database
) -> None:
    synthetic.generate(source, n_issues=60, n_executions=400, first_day=date(2025, 8, 10), last_day=LAST, seed=11)
    miyabi.days(FIRST + LOOKBACK, date(2025, 10, 5))
    # What is lacking of this month and all of the next, which goes on, is read.
    Warehouse(miyabi.settings.model_copy(update={"lookback_days": 20})).day(date(2026, 1, 29))
    work = Maintenance(miyabi.settings, database, NOW)
    work.publish()

    def october() -> dict[str, object]:
        month = ("month", "2025-10-01", "(all)")
        return miyabi.query(
            "SELECT completeness, loaded_days FROM mart_dora WHERE (period_kind, period_start, repository) = %s", month
        )[0]

    assert october() == {"completeness": "partly loaded", "loaded_days": 5}
    never = {"2025-08-10": "2025-08-31", "2025-11-01": "2025-12-31"}
    for _ in range(2):
        months = work.reconcile()
        left = months[months["never_loaded"]]
        assert set(left["bucket"]) == {date(2025, 8, 1), date(2025, 11, 1), date(2025, 12, 1)}
        assert not left["reread"].any()
        assert list(work.never_loaded(months)["to load them"]) == [
            f"miyabi-dw backfill {DAILY} --from {first} --to {last}" for first, last in never.items()
        ]
    work.publish()
    assert october() == {"completeness": "complete", "loaded_days": 31}
    assert set(days(FIRST, date(2025, 10, 31))) | set(days(date(2026, 1, 1), date(2026, 2, 1))) == loaded(
        miyabi, "commits"
    )
    assert (
        miyabi.value("SELECT count(*) FROM fact_agent_execution WHERE time_key / 100 IN (202508, 202511, 202512)") == 0
    )


def test_a12_a_backfill_of_the_hole_makes_finished_months_complete(source: Connection, miyabi: Warehouse) -> None:
    synthetic.generate(source, n_issues=60, n_executions=400, first_day=FIRST, last_day=LAST, seed=11)
    zone = miyabi.settings.business_zone
    miyabi.days(FIRST, date(2025, 9, 30))
    miyabi.day(LAST)
    publish(miyabi, LAST)
    state = (
        "SELECT completeness FROM mart_dora"
        " WHERE (period_kind, period_start, repository) = ('month', '2025-10-01', '(all)')"
    )
    assert miyabi.value(state) == "not loaded"
    miyabi.run(Interval(business_day(date(2025, 10, 1), zone).start, business_day(date(2025, 12, 31), zone).end))
    publish(miyabi, date(2025, 12, 31))
    assert miyabi.value(state) == "complete"
