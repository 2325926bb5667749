"""Publishing: it restates what changed and nothing else, whole or not at all, and never reads a finished month again."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from marts.star import FACTS, MARTS, Star, contents
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db import migrations
from miyabi_dw.db.connection import Connection, Database, query
from miyabi_dw.etl import publish as publishing
from miyabi_dw.etl.batch import StageContext
from miyabi_dw.registry.declarations import load_declarations

HISTORIES = Path(__file__).parent / "histories"
# 30 days before it is 16 March: February and before are finished.
SPRING = datetime(2026, 4, 15, tzinfo=UTC)
# 30 days before it is 2 May: March and April are finished too.
SUMMER = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def history(published: Star) -> Star:
    published.load(HISTORIES / "dora.yaml")
    published.add(
        "fact_issue_processing",
        *(
            {"process_date": f"2026-0{month}-10", "issue_id": 1, "issue_key": 1, "ai_cost_usd": month}
            for month in (2, 3, 4)
        ),
    )
    published.add(
        "fact_agent_execution",
        *(
            {"execution_id": month, "issue_id": 1, "completed_at": f"2026-0{month}-10 10:00+09", "llm_cost_usd": month}
            for month in (2, 3, 4)
        ),
    )
    for fact in FACTS:
        published.dirty(fact, 202602, 202603, 202604)
    published.loaded(published.events()[0], "2026-06-01")
    published.connection.commit()
    return published


@pytest.fixture
def etl(database: Database) -> Iterator[Connection]:
    with database.connect("etl", application_name="miyabi-dw:test") as connection:
        yield connection


def stage(settings: Settings, as_of: datetime, pipeline: str = "daily_issue_processing_etl") -> StageContext:
    interval = Interval(as_of - timedelta(days=1), as_of)
    return StageContext(
        settings, Database(settings), load_declarations().find(pipeline), interval, "by-hand", 1, as_of, "run_test"
    )


def publish(
    settings: Settings, as_of: datetime = SUMMER, pipeline: str = "daily_issue_processing_etl"
) -> dict[str, Any]:
    done = publishing.publish(stage(settings, as_of, pipeline))
    return {row["mart"]: row for row in done.to_dict("records")}


def everything(star: Star) -> dict[str, set[tuple[Any, ...]]]:
    found = {mart: contents(star.connection, mart) for mart in MARTS}
    star.connection.commit()
    return found


def versions(star: Star) -> dict[str, list[dict[str, Any]]]:
    """Where each row version lies and which transaction wrote it: equal only when nothing was written."""
    tables = [*MARTS, *(f"{mart}_closed" for mart in MARTS), "dora_deployment_closed", "dora_commit_closed"]
    return {table: star.rows(f"SELECT ctid::text, xmin::text FROM {table} ORDER BY ctid") for table in tables}


def count(star: Star, table: str, month: int) -> int:
    return int(star.rows(f"SELECT count(*) AS n FROM {table} WHERE month_key = %s", month)[0]["n"])


def test_months_become_finished_as_time_passes_and_no_figure_changes(history: Star, settings: Settings) -> None:
    history.refresh()
    computed = everything(history)
    spring = publish(settings, SPRING)
    assert {mart: row["months_closed"] for mart, row in spring.items()} == {key: [202602] for key in MARTS} | {
        "mart_infrastructure_cost": [],
        "mart_agent_impact": [],
    }
    summer = publish(settings, SUMMER)
    assert summer["mart_dora"]["months_closed"] == [202603, 202604]
    assert summer["mart_infrastructure_cost"]["months_closed"] == [202603, 202604]
    assert [count(history, "mart_dora_closed", month) > 0 for month in (202602, 202603, 202604, 202605)] == [
        True, True, True, False,
    ]  # fmt: skip
    finished = everything(history)
    assert {mart: finished[mart] for mart in MARTS[:3]} == {mart: computed[mart] for mart in MARTS[:3]}
    assert finished["mart_dora"] == computed["mart_dora"]
    assert history.dora("day", "2026-05-31")["deployments"] == 0


def test_rows_are_provisional_while_the_look_back_reaches_their_month(history: Star, settings: Settings) -> None:
    publish(settings, SPRING)
    found = {
        mart: {
            row["month"]: row["is_provisional"]
            for row in history.rows(f"SELECT DISTINCT year * 100 + month AS month, is_provisional FROM {mart}")
        }
        for mart in MARTS[:2]
    }
    assert found == {mart: {202602: None, 202603: True, 202604: True} for mart in MARTS[:2]}
    history.connection.commit()
    publish(settings, SUMMER)
    weeks = history.rows(
        "SELECT to_char(period_start + 6, 'YYYYMM') AS month, is_provisional FROM mart_dora WHERE period_kind = 'week'"
    )
    # A week belongs to the month in which it ends.
    assert {(row["month"], row["is_provisional"]) for row in weeks} == {
        ("202603", None),
        ("202604", None),
        ("202605", True),
        ("202606", True),
    }
    history.connection.commit()


def test_a_row_is_either_provisional_or_has_the_month_it_was_finished_with(history: Star, settings: Settings) -> None:
    publish(settings, SPRING)
    for mart in MARTS[:2]:
        rows = history.rows(f"SELECT year * 100 + month AS month, is_provisional, finished_month FROM {mart}")
        assert {row["is_provisional"] for row in rows} == {None, True}, mart
        assert all(row["finished_month"] == (None if row["is_provisional"] else row["month"]) for row in rows), mart
    history.connection.commit()
    publish(settings, SUMMER)
    ends = "extract(YEAR FROM period_end)::integer * 100 + extract(MONTH FROM period_end)::integer"
    rows = history.rows(f"SELECT {ends} AS month, is_provisional, finished_month, deployments FROM mart_dora")
    with_and_without_events = {(None, False), (None, True), (True, False)}
    assert with_and_without_events <= {(row["is_provisional"], row["deployments"] > 0) for row in rows}
    assert all(row["finished_month"] == (None if row["is_provisional"] else row["month"]) for row in rows)
    history.connection.commit()


def test_publishing_again_writes_no_row_version(history: Star, settings: Settings) -> None:
    first = publish(settings)
    assert all(row["refreshed"] for row in first.values())
    before = versions(history)
    history.connection.commit()
    second = publish(settings)
    assert not any(row["refreshed"] or row["rows_written"] for row in second.values())
    for fact in FACTS:
        history.dirty(fact, 202603, 202605)
    history.connection.commit()
    third = publish(settings)
    assert all(row["refreshed"] and 202603 in row["months_restated"] for row in third.values())
    assert versions(history) == before


def test_a_finished_month_is_restated_only_when_it_is_dirty(history: Star, settings: Settings) -> None:
    publish(settings)
    total = "SELECT sum(total_ai_cost_usd) AS usd FROM mart_development_performance WHERE (year, month) = (2026, 3)"
    history.change("UPDATE fact_agent_execution SET llm_cost_usd = 5 WHERE time_key = 20260310")
    history.refresh()
    assert history.rows(total) == [{"usd": 3}]
    history.dirty("fact_agent_execution", 202603)
    history.connection.commit()
    done = publish(settings)
    assert done["mart_development_performance"]["months_restated"] == [202603]
    assert [mart for mart in MARTS if done[mart]["refreshed"]] == [
        "mart_development_performance",
        "mart_agent_performance",
    ]
    assert history.rows(total) == [{"usd": 5}]
    assert history.rows("SELECT * FROM ops.dirty_month") == []


def test_a_refresh_by_hand_shows_new_facts_of_open_months(history: Star, settings: Settings, etl: Connection) -> None:
    publish(settings, SPRING)
    row = {"deployment_id": 50, "repository": "app", "deployed_at": "2026-04-04 10:00+09"}
    history.add("fact_deployment", row)
    history.connection.commit()
    assert publishing.refresh(etl, ["mart_dora"]) == ["mart_dora"]
    etl.commit()
    assert history.dora("day", "2026-04-04")["deployments"] == 1


def test_a_mart_that_does_not_exist_is_said(etl: Connection) -> None:
    with pytest.raises(BadRequest, match="no mart 'mart_x'.*choose from mart_agent_impact"):
        publishing.refresh(etl, ["mart_x"])


def test_a_late_closing_restates_the_finished_month_of_the_cause(history: Star, settings: Settings) -> None:
    publish(settings)
    before = history.dora("month", "2026-03-01")
    assert (before["open_incidents"], before["recovery_by_incident_median_hours"]) == (1, 72)
    # 102 was caused by D1 on 2 March at 10:00; 240 hours later it is closed, seen in June.
    history.change("UPDATE dim_issue SET source_closed_at = '2026-03-12 10:00+09' WHERE issue_id = 102")
    history.connection.commit()
    done = publish(settings)
    assert 202603 in done["mart_dora"]["months_restated"]
    after = history.dora("month", "2026-03-01")
    # 49 72 240 264: (72 + 240) / 2
    assert (after["open_incidents"], after["recovery_by_incident_median_hours"]) == (0, 156)
    assert history.dora("day", "2026-03-02")["open_incidents"] == 0
    assert history.dora("day", "2026-03-12")["restored_incidents"] == 1


def test_a_success_of_today_ends_a_failure_of_a_finished_month(history: Star, settings: Settings) -> None:
    publish(settings)
    assert history.dora("month", "2026-04-01", "lib")["open_failures"] == 1
    history.add("fact_deployment", {"deployment_id": 60, "repository": "lib", "deployed_at": "2026-05-20 10:00+09"})
    history.dirty("fact_deployment", 202605)
    history.connection.commit()
    publish(settings)
    april = history.dora("month", "2026-04-01", "lib")
    # D12 failed on 3 April at 10:00; 47 days.
    assert (april["open_failures"], april["recovery_by_status_median_hours"]) == (0, 47 * 24)


def test_a_changed_setting_restates_all_of_dora(history: Star, settings: Settings) -> None:
    publish(settings)
    history.change("INSERT INTO ops.setting (name, value) VALUES ('incident_attribution_days', '')")
    history.connection.commit()
    assert publish(settings)["mart_dora"]["months_restated"] == [202602, 202603, 202604]
    # Without a limit 104 is attributed to D5 as well.
    assert history.dora("month", "2026-03-01")["incidents"] == 5


def test_an_agent_that_gets_its_type_late_is_restated(history: Star, settings: Settings) -> None:
    history.add("dim_agent", {"agent_key": 7, "agent_id": "new", "agent_name": "new", "capabilities": []})
    history.change("UPDATE fact_issue_processing SET agent_key = 7")
    history.change("UPDATE fact_agent_execution SET agent_key = 7")
    history.connection.commit()
    publish(settings)
    history.change("UPDATE dim_agent SET agent_type = 'Review' WHERE agent_key = 7")
    history.connection.commit()
    publish(settings)
    worked = {"mart_agent_performance": "total_executions", "mart_development_performance": "total_issues"}
    for mart, counted in worked.items():
        found = history.rows(f"SELECT DISTINCT agent_type FROM {mart} WHERE {counted} > 0")
        assert found == [{"agent_type": "Review"}], mart


def archive(star: Star, month: int) -> None:
    """What archiving does, as far as the marts can see."""
    for fact in FACTS:
        partition = f"{fact}_{month}"
        if star.rows("SELECT to_regclass(%s) IS NOT NULL AS found", partition)[0]["found"]:
            star.change(f"ALTER TABLE {fact} DETACH PARTITION {partition}")
            star.change(f"DROP TABLE {partition}")
        star.change(
            "INSERT INTO ops.archived_month (fact_table, month_key, state, path) VALUES (%s, %s, 'archived', '-')",
            fact,
            month,
        )
    star.connection.commit()


def test_archiving_changes_no_mart_row(history: Star, settings: Settings, database: Database) -> None:
    publish(settings)
    before = everything(history)
    reasons = {
        view: contents(history.connection, view) for view in ("v_dora_deployment", "v_dora_lead_time", "v_dora_change")
    }
    for month in (202602, 202603):
        archive(history, month)
    publish(settings)
    history.refresh()
    assert everything(history) == before
    publishing.rebuild(database, settings, SUMMER)
    assert everything(history) == before
    assert {view: contents(history.connection, view) for view in reasons} == reasons


def test_an_archived_month_is_left_and_reported_and_a_late_closing_still_counts(
    history: Star, settings: Settings
) -> None:
    publish(settings)
    archive(history, 202603)
    history.dirty("fact_issue_processing", 202603)
    history.change("UPDATE dim_issue SET source_closed_at = '2026-03-12 10:00+09' WHERE issue_id = 102")
    history.connection.commit()
    done = publish(settings)
    left = done["mart_development_performance"]
    assert (left["months_left"], left["months_restated"], left["refreshed"]) == ([202603], [], False)
    assert history.dora("month", "2026-03-01")["open_incidents"] == 0
    # The mark stays until the month is restored.
    assert publish(settings)["mart_development_performance"]["months_left"] == [202603]
    history.change("UPDATE ops.archived_month SET state = 'restored'")
    history.connection.commit()
    assert publish(settings)["mart_development_performance"]["months_restated"] == [202603]


@pytest.mark.parametrize("reason", ["never published", "open", "dirty"])
def test_a_month_that_a_mart_still_needs_cannot_be_archived(history: Star, settings: Settings, reason: str) -> None:
    if reason != "never published":
        publish(settings, SPRING if reason == "open" else SUMMER)
    if reason == "dirty":
        history.dirty("fact_deployment", 202603)
        history.connection.commit()
    with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState, match="before the marts are published"):
        archive(history, 202603)
    history.connection.rollback()


def test_partitions_of_finished_months_are_not_read(history: Star, settings: Settings, etl: Connection) -> None:
    publish(settings, SPRING)
    reads = (
        "SELECT relname FROM pg_stat_xact_user_tables WHERE relname ~ '^fact_.*_[0-9]{6}$'"
        " AND coalesce(seq_scan, 0) + coalesce(idx_scan, 0) > 0 ORDER BY relname"
    )
    publishing.refresh(etl)
    read = {row["relname"] for row in query(etl, reads)}
    assert {f"{fact}_{month}" for fact in FACTS for month in (202603, 202604)} <= read
    assert not {name for name in read if name.endswith("202602")}


def test_a_failure_in_the_middle_leaves_everything_as_it_was(history: Star, settings: Settings) -> None:
    history.refresh()
    history.connection.commit()
    before, marks = everything(history), history.rows("SELECT subject, month_key FROM ops.dirty_month ORDER BY 1, 2")
    history.change("ALTER MATERIALIZED VIEW mart_dora RENAME TO mart_dora_away")
    history.connection.commit()
    with pytest.raises(psycopg2.errors.UndefinedTable):
        publish(settings)
    history.change("ALTER MATERIALIZED VIEW mart_dora_away RENAME TO mart_dora")
    history.connection.commit()
    assert everything(history) == before
    assert history.rows("SELECT subject, month_key FROM ops.dirty_month ORDER BY 1, 2") == marks
    assert history.rows("SELECT DISTINCT open_from FROM ops.mart_state") == [{"open_from": 0}]
    publish(settings)
    assert history.rows("SELECT * FROM ops.dirty_month") == []


def test_a_killed_publish_leaves_its_marks_for_the_next(history: Star, settings: Settings) -> None:
    marks = history.rows("SELECT subject, month_key FROM ops.dirty_month ORDER BY 1, 2")
    history.connection.commit()
    history.rows("REFRESH MATERIALIZED VIEW CONCURRENTLY mart_dora")  # holds the view until this transaction ends
    errors: list[BaseException] = []
    publisher = threading.Thread(target=lambda: _catch(errors, lambda: publish(settings)))
    publisher.start()
    waiting = (
        "SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity"
        " WHERE application_name = 'miyabi-dw:by-hand' AND wait_event_type = 'Lock' AND datname = current_database()"
    )
    while publisher.is_alive() and not history.rows(waiting):
        history.rows("SELECT pg_stat_clear_snapshot()")
        publisher.join(0.05)
    publisher.join()
    assert isinstance(errors[0], psycopg2.OperationalError)
    history.connection.rollback()
    assert history.rows("SELECT subject, month_key FROM ops.dirty_month ORDER BY 1, 2") == marks
    history.connection.commit()
    assert publish(settings)["mart_dora"]["refreshed"]


def _catch(errors: list[BaseException], call: Any) -> None:
    try:
        call()
    except psycopg2.Error as error:
        errors.append(error)


def test_a_reader_sees_the_marts_of_before_until_all_are_there(
    history: Star, settings: Settings, database: Database
) -> None:
    publish(settings, SPRING)
    history.change("UPDATE fact_issue_processing SET files_modified = 9 WHERE time_key = 20260410")
    history.add("fact_deployment", {"deployment_id": 61, "repository": "app", "deployed_at": "2026-04-05 10:00+09"})
    for fact in FACTS:
        history.dirty(fact, 202604)
    history.connection.commit()
    before = everything(history)
    with database.connect("etl") as publisher:
        publishing.publish_marts(publisher, MARTS, 202603)
        assert everything(history) == before
    after = everything(history)
    assert {mart for mart in MARTS if after[mart] != before[mart]} == {*MARTS} - {"mart_agent_performance"}


def test_the_hourly_pipeline_leaves_the_daily_its_marks(history: Star, settings: Settings) -> None:
    publish(settings, SPRING)
    for fact in FACTS:
        history.dirty(fact, 202604)
    history.connection.commit()
    hourly = publish(settings, SPRING, "hourly_agent_metrics_etl")
    assert [*hourly] == ["mart_agent_performance"]
    assert hourly["mart_agent_performance"]["refreshed"]
    daily = publish(settings, SPRING)
    assert {mart: row["refreshed"] for mart, row in daily.items()} == dict.fromkeys(MARTS, True) | {
        "mart_agent_performance": False,
        "mart_agent_impact": True,
    }


def test_an_earlier_as_of_reopens_nothing(history: Star, settings: Settings) -> None:
    publish(settings, SUMMER)
    before = everything(history)
    assert all(row["months_closed"] == [] for row in publish(settings, SPRING).values())
    assert history.rows("SELECT DISTINCT open_from FROM ops.mart_state") == [{"open_from": 202605}]
    assert everything(history) == before


def test_the_analyst_reads_everything_and_refreshes_nothing(
    history: Star, settings: Settings, database: Database
) -> None:
    publish(settings)
    views = history.rows("SELECT viewname AS name FROM pg_views WHERE schemaname = 'public' AND viewname LIKE 'v\\_%%'")
    assert len(views) >= 7
    history.connection.commit()
    with database.connect("analyst") as analyst:
        for name in [*MARTS, *(row["name"] for row in views)]:
            query(analyst, f"SELECT * FROM {name} LIMIT 1")
        with pytest.raises(psycopg2.Error):
            publishing.refresh(analyst)


def test_the_marts_can_be_made_again(history: Star, settings: Settings) -> None:
    publish(settings)
    before = everything(history)
    history.change("DELETE FROM ops.schema_migration WHERE starts_with(name, 'marts/')")
    history.connection.commit()
    assert {f"marts/{mart}" for mart in MARTS} < set(migrations.migrate(history.connection))
    assert everything(history) == before
    assert publish(settings)["mart_dora"]["months_restated"] == [202602, 202603, 202604]
    assert everything(history) == before
