"""Whatever order intervals are run in, the facts equal those of a rebuild from the same source."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from etl.kit import Warehouse, differences, versions_are_sound
from miyabi_dw.common.timeframe import days
from miyabi_dw.db.connection import Connection
from support import synthetic

FIRST, LAST = date(2026, 1, 11), date(2026, 1, 20)


@pytest.fixture
def history(source: Connection) -> Connection:
    synthetic.generate(source, n_issues=80, n_executions=900, first_day=FIRST, last_day=LAST, seed=7)
    return source


def test_days_in_any_order_and_twice_equal_one_wide_run(
    history: Connection, miyabi: Warehouse, rebuilt: Warehouse
) -> None:
    order = [*days(FIRST, LAST + timedelta(days=1)), date(2026, 1, 13)]
    random.Random(3).shuffle(order)
    for day in order:
        miyabi.day(day)
    rebuilt.days(FIRST, LAST + timedelta(days=1))
    assert differences(miyabi, rebuilt) == {}
    assert versions_are_sound(miyabi)


def test_hours_and_days_mixed_equal_one_wide_run(history: Connection, miyabi: Warehouse, rebuilt: Warehouse) -> None:
    start = datetime(2026, 1, 18, 3, tzinfo=UTC)
    for hour in (5, 0, 5):
        miyabi.hour(start + timedelta(hours=hour))
    miyabi.day(date(2026, 1, 18))
    miyabi.hour(start + timedelta(hours=2))
    miyabi.days(FIRST, LAST + timedelta(days=1))
    rebuilt.days(FIRST, LAST + timedelta(days=1))
    assert differences(miyabi, rebuilt) == {}


def test_changes_in_place_reach_the_warehouse_by_the_next_run(
    history: Connection, miyabi: Warehouse, rebuilt: Warehouse
) -> None:
    miyabi.days(FIRST, LAST)
    for step in range(3):
        as_of = datetime(2026, 1, 21 + step, 12)
        changed = synthetic.mutate(history, seed=step, as_of=as_of, share=0.3)
        assert sum(changed.values()) > 20
        synthetic.generate(
            history, n_issues=0, n_executions=60, first_day=FIRST, last_day=date(2026, 1, 20 + step), seed=50 + step
        )
        miyabi.day(date(2026, 1, 21 + step))
    rebuilt.days(FIRST, date(2026, 1, 23))
    assert differences(miyabi, rebuilt) == {}
    assert versions_are_sound(miyabi)
    assert miyabi.value("SELECT count(*) FROM dim_issue WHERE version > 1") > 0


def test_a_finished_interval_run_again_writes_nothing(history: Connection, miyabi: Warehouse) -> None:
    miyabi.days(FIRST, LAST)
    places = "SELECT array_agg(ctid::text || xmin ORDER BY execution_id) FROM fact_agent_execution"
    before = miyabi.value(places)
    again = miyabi.days(FIRST, LAST)
    assert set(miyabi.written(again).values()) == {0}
    assert miyabi.value(places) == before
    counts = miyabi.counts(again)
    assert all(row["extracted"] == row["unchanged"] for row in counts.values())


def test_every_row_extracted_is_accounted_for(history: Connection, miyabi: Warehouse) -> None:
    for table, row in miyabi.counts(miyabi.days(FIRST, LAST)).items():
        assert row["extracted"] == row["inserted"] + row["updated"] + row["unchanged"] + row["quarantined"]
        # This source has no pull requests: the table is optional.
        assert (row["extracted"] > 0) == (table != "pull_requests")


@pytest.mark.slow
@pytest.mark.usefixtures("demo_source")
def test_the_real_history_day_by_day_equals_one_wide_run(miyabi: Warehouse, rebuilt: Warehouse) -> None:
    first, last = date(2025, 12, 20), date(2026, 1, 2)
    order = list(days(first, last))
    random.Random(1).shuffle(order)
    for day in order:
        miyabi.day(day)
    rebuilt.days(first, last)
    assert differences(miyabi, rebuilt) == {}
    assert versions_are_sound(miyabi)
