"""New months are written beside the fact and attached together: a reader sees all of them or none, whatever happens."""

import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from etl.kit import DAILY, Warehouse, differences
from miyabi_dw.common.timeframe import Interval, business_day
from miyabi_dw.db.connection import Connection, DatabaseError, execute
from miyabi_dw.etl import publish
from miyabi_dw.etl.extract import extract
from miyabi_dw.etl.load import load
from miyabi_dw.etl.transform import transform
from orchestration.kit import wait_for
from support import synthetic

FIRST, LAST = date(2025, 12, 20), date(2026, 2, 10)
STAGES = """
import sys
from miyabi_dw.etl import large_table, transform as transformation
from miyabi_dw.etl.batch import open_stage
from miyabi_dw.etl.extract import extract
from miyabi_dw.etl.load import load
transformation.FEW_ROWS, large_table.BULK_ROWS = 0, 1
stage = open_stage(*sys.argv[1:])
extract(stage)
transformation.transform(stage)
load(stage)
"""
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
BESIDE = (
    "SELECT count(*) FROM pg_class WHERE relname ~ '^fact_agent_execution_20' AND relkind = 'r' AND NOT relispartition"
)


@pytest.fixture(autouse=True)
def history(source: Connection, monkeypatch: pytest.MonkeyPatch) -> Connection:
    # What is done with many rows is done with few: they stay a view, and are written in bulk.
    monkeypatch.setattr("miyabi_dw.etl.transform.FEW_ROWS", 0)
    monkeypatch.setattr("miyabi_dw.etl.large_table.BULK_ROWS", 1)
    synthetic.generate(source, n_issues=30, n_executions=400, first_day=FIRST, last_day=LAST, seed=3)
    return source


def whole(miyabi: Warehouse) -> Interval:
    zone = miyabi.settings.business_zone
    return Interval(business_day(FIRST, zone).start, business_day(LAST, zone).end)


def test_a_month_that_cannot_be_filled_keeps_all_out_and_the_next_load_fills_them(
    miyabi: Warehouse, rebuilt: Warehouse
) -> None:
    stage = miyabi.stage(whole(miyabi))
    extract(stage)
    transform(stage)
    miyabi.execute("ALTER TABLE fact_agent_execution ADD CONSTRAINT no_january CHECK (time_key / 100 <> 202601)")
    with pytest.raises(DatabaseError, match="no_january"):
        load(stage)
    assert not any(miyabi.facts().values())
    miyabi.execute("ALTER TABLE fact_agent_execution DROP CONSTRAINT no_january")
    load(stage)
    rebuilt.run(whole(rebuilt))
    assert differences(miyabi, rebuilt) == {}
    assert miyabi.value(BESIDE) == 0


@pytest.mark.usefixtures("environment")
def test_killed_between_filling_and_attaching_nothing_is_loaded_and_the_next_run_heals_it(
    miyabi: Warehouse, rebuilt: Warehouse
) -> None:
    interval = whole(miyabi)
    command = [sys.executable, "-c", STAGES, DAILY, interval.start.isoformat(), interval.end.isoformat()]
    with miyabi.database.connect("owner") as connection:
        # Attaching waits for this; writing rows does not.
        execute(connection, "LOCK TABLE fact_agent_execution IN SHARE UPDATE EXCLUSIVE MODE")
        loading = subprocess.Popen(command)
        try:
            wait_for(lambda: loading.poll() is not None or miyabi.value(WAITING), seconds=120)
        finally:
            loading.kill()
            assert loading.wait() == -9
        assert miyabi.value(BESIDE) == 3, "the months are filled, and no reader of the fact sees them"
    assert not any(miyabi.facts().values())
    subprocess.run(command, check=True)
    rebuilt.run(interval)
    assert differences(miyabi, rebuilt) == {}
    assert miyabi.value(BESIDE) == 0


def test_a_month_archived_after_its_rows_were_read_is_set_aside_and_the_others_are_loaded(
    miyabi: Warehouse, rebuilt: Warehouse
) -> None:
    stage = miyabi.stage(whole(miyabi))
    extract(stage)
    transform(stage)
    # Only a month whose marts are published can be archived.
    publish.rebuild(miyabi.database, miyabi.settings, datetime(2026, 6, 1, tzinfo=UTC))
    miyabi.execute(
        "INSERT INTO ops.archived_month (fact_table, month_key, state, path)"
        " VALUES ('fact_agent_execution', 202601, 'archived', '')"
    )
    load(stage)
    rebuilt.run(whole(rebuilt))
    by_month = "SELECT time_key / 100 AS month, count(*) AS rows FROM fact_agent_execution GROUP BY 1 ORDER BY 1"
    everything = {row["month"]: row["rows"] for row in rebuilt.query(by_month)}
    left_out = everything.pop(202601)
    assert {row["month"]: row["rows"] for row in miyabi.query(by_month)} == everything
    set_aside = "SELECT count(*) FROM ops.quarantine WHERE check_id = 'agent_execution_logs.month-archived'"
    assert miyabi.value(set_aside) == left_out > 0
