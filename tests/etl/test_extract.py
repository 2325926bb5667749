"""What a run reads, and what it keeps of it."""

import stat
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from etl.kit import DAILY, HOURLY, Warehouse, differences
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.timeframe import Interval, business_day
from miyabi_dw.db.connection import Connection, execute
from miyabi_dw.etl import extract_archive
from miyabi_dw.etl.batch import StageContext, make_stage, open_stage
from miyabi_dw.etl.extract import extract
from miyabi_dw.etl.load import load
from miyabi_dw.etl.transform import transform
from miyabi_dw.etl.windows import Window, parameters
from support import synthetic

FIRST, LAST = date(2026, 1, 10), date(2026, 1, 15)
# The history ends with the source's day, which lasts into the next day of the business.
LOADED = date(2026, 1, 16)


@pytest.fixture
def history(source: Connection) -> Connection:
    synthetic.generate(source, n_issues=40, n_executions=300, first_day=FIRST, last_day=LAST, seed=5)
    return source


def raw_ids(stage: StageContext, table: str) -> set[int]:
    from miyabi_dw.db.connection import query

    with stage.warehouse() as connection:
        return {row["id"] for row in query(connection, f"SELECT id FROM raw_{table}")}


def test_an_hour_reads_its_executions_and_the_issues_that_they_name(history: Connection, miyabi: Warehouse) -> None:
    miyabi.days(FIRST, LOADED)
    stage = miyabi.hour(datetime(2026, 1, 12, 6, tzinfo=UTC))
    inside = miyabi.query("""
        SELECT array_agg(execution_id) AS ids, array_agg(DISTINCT issue_id) AS issues
        FROM fact_agent_execution WHERE completed_at >= '2026-01-12 06:00+00' AND completed_at < '2026-01-12 07:00+00'
    """)[0]
    assert raw_ids(stage, "agent_execution_logs") == set(inside["ids"])
    assert raw_ids(stage, "issues") == set(inside["issues"]) - {None}


def test_executions_of_the_look_back_are_read_only_on_days_that_changed(history: Connection, miyabi: Warehouse) -> None:
    miyabi.days(FIRST, LOADED)
    day = "completed_at >= '2026-01-11 15:00' AND completed_at < '2026-01-12 15:00'"
    execute(history, f"UPDATE agent_execution_logs SET llm_cost_usd = 1.5 WHERE id = (SELECT max(id) FROM"
                     f" agent_execution_logs WHERE {day})")  # fmt: skip
    stage = miyabi.day(date(2026, 1, 20))
    windows = miyabi.query(
        f"SELECT reason FROM {stage.schema}.extract_window WHERE source_table = 'agent_execution_logs'"
    )
    assert sorted(row["reason"] for row in windows) == ["changed since it was loaded", "interval"]
    counts = miyabi.counts(stage)["agent_execution_logs"]
    assert (counts["inserted"], counts["updated"]) == (0, 1)
    assert counts["unchanged"] == counts["extracted"] - 1 > 0


def test_a_row_whose_moments_left_the_window_is_asked_for_and_not_taken_for_vanished(
    history: Connection, miyabi: Warehouse
) -> None:
    miyabi.days(FIRST, LOADED)
    before = miyabi.value("SELECT count(*) FROM staging.issues")
    execute(
        history, "UPDATE issues SET created_at = '2026-03-01', updated_at = '2026-03-02', closed_at = NULL WHERE id = 3"
    )
    execute(history, "DELETE FROM worktree_states WHERE associated_issue_id = 4")
    miyabi.day(LAST)
    assert miyabi.value("SELECT count(*) FROM staging.issues") == before
    assert miyabi.value("SELECT created_at FROM staging.issues WHERE id = 3") == datetime(2026, 3, 1, tzinfo=UTC)
    assert miyabi.value("SELECT count(*) FROM staging.worktree_states WHERE associated_issue_id = 4") == 0


def test_an_archived_extract_read_back_loads_the_same_facts(
    history: Connection, miyabi: Warehouse, rebuilt: Warehouse
) -> None:
    stage = miyabi.days(FIRST, LOADED)
    files = extract_archive.archive_extract(stage)
    assert set(files["file"]) >= {"issues.csv.gz", "agent_execution_logs.csv.gz", "extract_window.csv.gz", "types.json"}
    folder = next(Path(miyabi.settings.reports_dir).rglob(extract_archive.FOLDER))
    execute(history, "TRUNCATE issues CASCADE")
    again = rebuilt.stage(stage.interval)
    extract_archive.extract_or_read_back(again, str(folder))
    transform(again)
    load(again)
    assert differences(miyabi, rebuilt) == {}
    assert {table: row["extracted"] for table, row in rebuilt.counts(again).items()} == {
        table: row["extracted"] for table, row in miyabi.counts(stage).items()
    }


def test_the_same_rows_make_the_same_files(history: Connection, miyabi: Warehouse) -> None:
    stage = miyabi.days(FIRST, LOADED)
    extract_archive.archive_extract(stage)
    path = next(Path(miyabi.settings.reports_dir).rglob("commits.csv.gz"))
    first = path.read_bytes()
    extract_archive.archive_extract(stage)
    assert path.read_bytes() == first


def test_an_interval_before_the_data_or_in_the_future_is_refused(history: Connection, miyabi: Warehouse) -> None:
    zone = miyabi.settings.business_zone
    with pytest.raises(BadRequest, match="no data before 2026-01-"):
        extract(miyabi.stage(business_day(date(2019, 5, 5), zone)))
    with pytest.raises(BadRequest, match="lies in the future"):
        miyabi.stage(business_day(date(2199, 1, 1), zone))


def test_bad_parameters_of_a_notebook_are_each_one_clear_sentence(miyabi: Warehouse) -> None:
    start, end = "2026-01-15T00:00:00+09:00", "2026-01-16T00:00:00+09:00"
    for asked, said in (
        ((DAILY, end, start), "ends before it starts"),
        ((DAILY, "the ides of March", end), "is no time"),
        ((DAILY, "2026-01-15", end), "has no offset"),
        (("daily_etl", start, end), "there is no pipeline 'daily_etl'"),
        ((DAILY, start, end, "no-such-run"), "no run 'no-such-run' is recorded"),
    ):
        with pytest.raises(BadRequest, match=said):
            open_stage(*asked, settings=miyabi.settings)


def test_stages_by_hand_of_one_interval_share_a_batch(miyabi: Warehouse) -> None:
    asked = (HOURLY, "2026-01-15T00:00:00+09:00", "2026-01-15T01:00:00+09:00")
    first, second = open_stage(*asked, settings=miyabi.settings), open_stage(*asked, settings=miyabi.settings)
    assert first.run_number == second.run_number
    assert first.schema == second.schema == "run_manual_hourly_agent_metrics_etl_20260114t15"


def test_a_stage_out_of_turn_says_which_comes_first(history: Connection, miyabi: Warehouse) -> None:
    stage = miyabi.stage(business_day(LAST, miyabi.settings.business_zone))
    with pytest.raises(BadRequest, match="01_extract"):
        transform(stage)
    extract(stage)
    with pytest.raises(BadRequest, match="02_transform"):
        load(stage)


def test_a_window_is_cut_at_a_hole() -> None:
    window = Window(datetime(2026, 1, 1), datetime(2026, 3, 1))
    hole = Window(datetime(2026, 1, 10), datetime(2026, 2, 1))
    assert window.without(hole) == [
        Window(datetime(2026, 1, 1), datetime(2026, 1, 10)), Window(datetime(2026, 2, 1), datetime(2026, 3, 1)),
    ]  # fmt: skip
    assert hole.without(window) == []
    assert parameters([window, hole])["last"] == datetime(2026, 3, 1)


def test_conditions_that_nobody_needs_are_null_and_so_left_out_by_the_planner() -> None:
    one = Window(datetime(2026, 1, 1), datetime(2026, 2, 1))
    assert parameters([one]) == {"first": one.start, "last": one.end, "windows": None}
    assert parameters([]) == {"first": None, "last": None, "windows": None}


def test_a_failed_extraction_leaves_no_batch(history: Connection, miyabi: Warehouse) -> None:
    execute(history, "ALTER TABLE commits DROP COLUMN commit_sha")
    stage = make_stage(miyabi.settings, miyabi.stage(DAY).pipeline, DAY)
    with pytest.raises(Exception, match="commit_sha"):
        extract(stage)
    assert miyabi.value("SELECT count(*) FROM pg_namespace WHERE nspname = %s", stage.schema) == 0


DAY = Interval(datetime(2026, 1, 14, 15, tzinfo=UTC), datetime(2026, 1, 15, 15, tzinfo=UTC))


def test_c8_the_raw_rows_are_for_their_owner_only(history: Connection, miyabi: Warehouse) -> None:
    extract_archive.archive_extract(miyabi.days(FIRST, LOADED))
    folder = next(Path(miyabi.settings.reports_dir).rglob(extract_archive.FOLDER))
    assert {oct(stat.S_IMODE(path.stat().st_mode)) for path in folder.iterdir()} == {"0o600"}
    assert oct(stat.S_IMODE(folder.stat().st_mode)) == "0o700"
