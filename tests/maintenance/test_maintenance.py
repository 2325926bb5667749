"""Monday's work and the monthly review on a real warehouse; advice is true, and following it helps."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from marts.star import Star
from miyabi_dw.cli import main
from miyabi_dw.common.errors import BadRequest, StageFailed
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, execute, query
from miyabi_dw.etl.catalogue import extend_calendar, load_catalogues
from miyabi_dw.operations import backup, review
from miyabi_dw.operations.recovery.drill import _cause
from miyabi_dw.operations.review.monthly import Review
from miyabi_dw.operations.weekly_maintenance import Maintenance
from miyabi_dw.orchestration.schedule.status import pipeline_rows
from miyabi_dw.registry.cron import fire_times
from miyabi_dw.registry.declarations import load_declarations
from servers import TestServer

AS_OF = datetime(2025, 8, 4, tzinfo=UTC)


@pytest.fixture
def work(settings: Settings, database: Database) -> Maintenance:
    return Maintenance(settings, database, AS_OF)


@pytest.fixture
def large(warehouse: Connection) -> Connection:
    """A month with many commits, of which somebody looks for those of one author."""
    execute(warehouse, "SELECT ops.add_month('fact_code_change', m) FROM unnest(ARRAY[202506, 202507]) AS m")
    execute(
        warehouse,
        "INSERT INTO fact_code_change (commit_sha, commit_id, time_key, issue_key, author, committed_at, run_number)"
        " SELECT md5(n::text), n, 20250601 + n %% 28 + 100 * (n %% 2), -1, 'author ' || n %% 5000, now(), 1"
        " FROM generate_series(1, 40000) AS n",
        (),
    )
    # What the server tidies up meanwhile would change the plans that are compared.
    for month in (202506, 202507):
        execute(warehouse, f"ALTER TABLE fact_code_change_{month} SET (autovacuum_enabled = off)")
    warehouse.commit()
    execute(warehouse, "ANALYZE fact_code_change")
    warehouse.commit()
    return warehouse


def test_first_monday_and_every_monday() -> None:
    declared = load_declarations()
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    monthly = declared["monthly_review"]
    fired = [moment.astimezone(monthly.zone) for moment in fire_times(monthly.schedule, monthly.zone, start, end)]
    assert len(fired) == 12
    assert all(moment.isoweekday() == 1 and moment.day <= 7 and moment.hour == 6 for moment in fired)
    weekly = declared["weekly_maintenance"]
    mondays = fire_times(weekly.schedule, weekly.zone, start, end)
    assert {moment.astimezone(weekly.zone).isoweekday() for moment in mondays} == {1}


def test_recoveries_run_on_request_only(settings: Settings, database: Database, warehouse: Connection) -> None:
    rows = {row.pipeline: row for row in pipeline_rows(settings, AS_OF)}
    for name in ("recover_fact_table", "recover_database"):
        assert (rows[name].schedule, rows[name].due, rows[name].next) == ("on request", 0, None)


def test_source_and_warehouse_are_compared(work: Maintenance, source: Connection, warehouse: Connection) -> None:
    execute(warehouse, "INSERT INTO ops.setting (name, value) VALUES ('lookback_days', '30') ON CONFLICT DO NOTHING")
    execute(warehouse, "INSERT INTO ops.loaded_day VALUES ('issues', '2025-03-31', '')")
    warehouse.commit()
    execute(
        source, "INSERT INTO agent_execution_logs (id, agent_id, started_at, completed_at, success, created_at)"
        " VALUES (1, 'CodeGen', '2025-03-02 01:00', '2025-03-02 02:00', true, '2025-03-02 01:00')",
    )  # fmt: skip
    with work.database.connect("etl") as connection:
        load_catalogues(connection)
        extend_calendar(connection)
    months = work.reconcile()
    assert list(months["reread"]) == [True]
    assert query(warehouse, "SELECT count(*) AS n FROM fact_agent_execution") == [{"n": 1}]


def test_every_mart_is_published(work: Maintenance) -> None:
    assert set(work.publish()["mart"]) >= {"mart_dora", "mart_agent_performance"}


def test_dead_rows_are_swept(work: Maintenance, large: Connection) -> None:
    execute(large, "DELETE FROM fact_code_change WHERE commit_id % 2 = 0")
    large.commit()
    done = work.vacuum().set_index("fact")
    assert "fact_performance_metrics" in done.index
    dead = "SELECT sum(n_dead_tup) AS n FROM pg_stat_user_tables WHERE relname LIKE 'fact_code_change%%'"
    large.rollback()
    assert query(large, dead)[0]["n"] == 0


def test_partitions_of_the_months_to_come_are_made(work: Maintenance, warehouse: Connection) -> None:
    months = work.partitions().set_index("fact")
    assert set(months["last_month"]) == {"202510"}
    again = work.partitions().set_index("fact")
    assert again["partitions"].equals(months["partitions"])


def test_a_history_with_a_hole_fails(work: Maintenance, warehouse: Connection) -> None:
    assert list(work.histories()["gaps and overlaps"]) == [0, 0]
    execute(
        warehouse,
        "INSERT INTO dim_issue (issue_id, issue_number, title, effective_date, expiration_date, is_current, version)"
        " VALUES (1, 1, 'a', '1900-01-01', '2025-01-01', false, 1), (1, 1, 'b', '2025-01-02', NULL, true, 2)",
    )
    warehouse.commit()
    with pytest.raises(StageFailed, match="dim_issue has 1 versions"):
        work.histories()


def slow_query(connection: Connection) -> None:
    for author in range(3):
        query(connection, "SELECT count(*) FROM fact_code_change WHERE author = %s", (f"author {author}",))
    connection.commit()


def has_statements(connection: Connection) -> bool:
    rows = query(connection, "SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'")
    connection.commit()
    return bool(rows)


def test_a_missing_index_is_advised_built_and_measured(
    large: Connection, database: Database, settings: Settings
) -> None:
    assert has_statements(large)
    slow_query(large)
    monthly = Review(settings, database, AS_OF)
    ours = next(slow for slow in monthly.slow if "fact_code_change WHERE author" in slow.query)
    assert "Seq Scan" in ours.lines()
    with database.connect("owner") as connection:
        found = review.advise(connection, monthly.slow, AS_OF)
    advice = next(advice for advice in found if advice.column == "author")
    assert advice.text.startswith("CREATE INDEX CONCURRENTLY idx_fact_code_change_author ON fact_code_change (author)")
    applied = review.apply(database, advice)
    assert applied.before is not None
    assert applied.after is not None
    assert applied.after < applied.before / 5
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'idx_fact_code_change_author'::regclass"
    assert query(large, valid) == [{"indisvalid": True}]
    large.commit()
    assert review.apply(database, advice).after == applied.after, "following it again changes nothing"


def test_bloat_and_a_table_too_large_are_advised() -> None:
    from miyabi_dw.operations.review.advice import TABLE_CHECKS, TableUse

    huge = TableUse("t", False, 2_000_000, 900_000, full_reads=0, rows_read_in_full=0, index_reads=0, bytes=0)
    tables = [huge, replace(huge, table_name="p", is_partitioned=True, dead_rows=1)]
    found = [(a.kind, a.table) for table in tables for check in TABLE_CHECKS for a in check(table)]
    assert found == [("bloat", "t"), ("partition wanted", "t")]


def test_an_unused_index_is_advised_when_statistics_are_old(large: Connection, database: Database) -> None:
    execute(large, "CREATE INDEX never_used ON dim_label (label_name, label_category, description)")
    large.commit()
    later = datetime.now(UTC) + timedelta(days=8)
    with pytest.MonkeyPatch.context() as patch, database.connect("owner") as connection:
        patch.setattr("miyabi_dw.operations.review.advice.LEAST_INDEX_BYTES", 1)
        found = review.advise(connection, [], later)
        assert "never_used" in {advice.index for advice in found}
        assert not [a for a in review.advise(connection, [], datetime.now(UTC)) if a.kind == "unused index"]
    unused = next(advice for advice in found if advice.index == "never_used")
    review.apply(database, unused)
    assert query(large, "SELECT to_regclass('never_used') AS index") == [{"index": None}]


def test_the_month_in_numbers(settings: Settings, database: Database, large: Connection) -> None:
    numbers = Review(settings, database, AS_OF).numbers().set_index("measure")["value"]
    assert numbers["agent executions"] == 0
    assert numbers["incidents"] == 0


def test_a5_the_month_in_numbers_tells_suspect_costs_and_the_ends_of_estimates_apart(
    settings: Settings, database: Database, large: Connection
) -> None:
    at = (AS_OF - timedelta(days=14)).isoformat()
    costs = [
        {"llm_cost_usd": 7},
        {"llm_cost_usd": "9990.01", "llm_cost_is_suspect": True},
        {"llm_cost_usd": 2, "llm_cost_list_high_usd": 5, "llm_cost_source": "estimated"},
        {"llm_cost_source": "unknown"},
    ]
    rows = ({"execution_id": number, "completed_at": at} | cost for number, cost in enumerate(costs))
    Star(large).add("fact_agent_execution", *rows)
    large.commit()
    numbers = Review(settings, database, AS_OF).numbers().set_index("measure")["value"]
    told = {measure: value for measure, value in numbers.items() if "USD" in measure or "unknown cost" in measure}
    assert [*told.values()] == [9, 12, Decimal("9990.01"), 1]


def test_the_commands(
    large: Connection, environment: dict[str, str], capsys: pytest.CaptureFixture[str], database: Database
) -> None:
    slow_query(large)

    def command(*arguments: str) -> Any:
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--json"])
        said = capsys.readouterr()
        return json.loads(said.out) if not ended.value.code else said.err

    assert len(command("tune", "slow")) <= 10
    advice = next(row for row in command("tune", "list") if "author" in row["statement"])
    assert command("tune", "apply", advice["id"])["measure"] == "plan cost"
    assert "there is no advice" in command("tune", "apply", "none")


def test_advice_that_is_gone_is_refused() -> None:
    with pytest.raises(BadRequest):
        review.find_advice([], "abc123")


def test_b12_a_section_that_this_server_has_no_statistics_for_says_so_and_the_rest_is_done(
    settings: Settings, database: Database, warehouse: Connection, server: TestServer
) -> None:
    assert settings.warehouse_url
    name = settings.warehouse_url.get_secret_value().rsplit("/", 1)[1].split("?")[0]
    with server.connect(name, admin=True) as connection:
        execute(connection, "DROP EXTENSION IF EXISTS pg_stat_statements CASCADE")
    monthly = Review(settings, database, AS_OF)
    for section in (monthly.slow_table, monthly.plans):
        assert "could not be made: the server keeps no statistics of statements" in repr(section())
    assert list(monthly.advice().columns)[:2] == ["kind", "table"]
    assert not monthly.numbers().empty
    assert "Nothing could be rehearsed" in monthly.drill()
    assert monthly.finish() == "Every section of the review was made."


def test_b12_a_section_that_failed_is_told_in_words_after_the_others_are_done(
    settings: Settings, database: Database, warehouse: Connection
) -> None:
    made = backup.back_up(database, settings, AS_OF)
    (made.folder / "dump" / "toc.dat").write_bytes(b"")
    execute(warehouse, "DROP TABLE fact_deployment CASCADE")
    warehouse.commit()
    monthly = Review(settings, database, AS_OF)
    assert "the file dump/toc.dat differs from what was written" in monthly.drill()
    assert "fact_deployment is not there; miyabi-dw recover fact fact_deployment" in repr(monthly.numbers())
    assert not monthly.archive().size
    with pytest.raises(
        StageFailed, match="2 sections of the review not made, the first is the rehearsal: the rehearsal"
    ):
        monthly.finish()


def test_b12_the_reason_of_a_rehearsal_is_not_the_bracket_that_ends_its_json() -> None:
    told = json.dumps({"state": "failed", "reason": "the load failed: disk full", "remedy": "free some room"}, indent=1)
    assert _cause(told, "") == "the load failed: disk full; free some room"
    assert _cause("", "warning\nerror: no such backup\n") == "error: no such backup"
    assert _cause("[]", "") == _cause("", "") == "no reason given"
