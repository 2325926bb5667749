"""The merge writes what differs, says how much that was, and leaves everything else alone."""

import threading
from datetime import date
from typing import Any

import pytest

from etl.kit import Warehouse, differences
from miyabi_dw.db.connection import Connection, execute, query
from support import synthetic


@pytest.fixture
def room(warehouse: Connection) -> Connection:
    """A schema of its own, found first, with a fact of two months and a batch."""
    execute(warehouse, """
        CREATE SCHEMA room;
        SET search_path = room, public;
        CREATE TABLE fact (id bigint, time_key integer, amount numeric, word text, run_number bigint, PRIMARY KEY (id, time_key))
        PARTITION BY RANGE (time_key);
        CREATE TABLE fact_1 PARTITION OF fact FOR VALUES FROM (20260100) TO (20260200);
        CREATE TABLE fact_2 PARTITION OF fact FOR VALUES FROM (20260200) TO (20260300);
        CREATE TABLE batch (id bigint, time_key integer, amount numeric, word text);
        INSERT INTO fact VALUES (1, 20260101, 1.50, NULL, 7), (2, 20260102, 2, 'b', 7), (3, 20260203, 3, 'c', 7);
    """)  # fmt: skip
    return warehouse


def merge(room: Connection, scope: str = "true", **options: Any) -> tuple[int, ...]:
    values = {"scope": scope, "probe": options.get("probe", False)}
    row = query(room, "SELECT * FROM ops.merge_rows('batch', 'fact', ARRAY['id'], %(scope)s, 8, 'changes', ARRAY['word'],"
                      " %(probe)s)", values)[0]  # fmt: skip
    return tuple(row.values())


def put(room: Connection, *rows: tuple[Any, ...]) -> None:
    for row in rows:
        execute(room, "INSERT INTO batch VALUES (%s, %s, %s, %s)", row)


def test_new_changed_equal_and_gone_rows_are_told_apart(room: Connection) -> None:
    put(room, (1, 20260101, 1.5, None), (2, 20260102, 2, "B"), (4, 20260104, 4, "d"))
    before = query(room, "SELECT ctid, xmin FROM fact WHERE id = 1")
    assert merge(room) == (1, 1, 1, 1)
    assert query(room, "SELECT ctid, xmin FROM fact WHERE id = 1") == before
    assert [row["run_number"] for row in query(room, "SELECT run_number FROM fact ORDER BY id")] == [7, 8, 8]
    changes = query(room, "SELECT id, change, old_word, new_word FROM changes ORDER BY id")
    assert [tuple(row.values()) for row in changes] == [
        (2, "updated", "b", "B"), (3, "deleted", "c", None), (4, "inserted", None, "d"),
    ]  # fmt: skip


def test_rows_outside_of_the_scope_stay(room: Connection) -> None:
    assert merge(room, "t.time_key = 20260102") == (0, 0, 0, 1)
    assert [row["id"] for row in query(room, "SELECT id FROM fact ORDER BY id")] == [1, 3]


def test_a_row_moves_to_the_partition_of_its_day(room: Connection) -> None:
    put(room, (2, 20260202, 2, "b"))
    assert merge(room, "t.time_key BETWEEN 20260201 AND 20260202", probe=True) == (0, 1, 0, 0)
    assert query(room, "SELECT tableoid::regclass::text AS place FROM fact WHERE id = 2") == [{"place": "fact_2"}]
    months = query(room, "SELECT month_key FROM ops.dirty_month WHERE subject = 'fact' ORDER BY 1")
    assert [row["month_key"] for row in months] == [202601, 202602]


def test_a_known_row_outside_of_the_scope_is_found_and_not_written_again(room: Connection) -> None:
    put(room, (3, 20260203, 3, "c"))
    assert merge(room, "false", probe=True) == (0, 0, 1, 0)
    assert query(room, "SELECT run_number FROM fact WHERE id = 3") == [{"run_number": 7}]


def test_an_archived_month_is_neither_restated_nor_emptied(room: Connection) -> None:
    execute(
        room,
        "INSERT INTO ops.archived_month (fact_table, month_key, state, path) VALUES ('fact', 202602, 'archived', '')",
    )
    put(room, (1, 20260101, 1.5, None), (2, 20260102, 2, "b"), (9, 20260209, 9, "late"))
    assert merge(room) == (0, 0, 2, 0)
    assert [row["id"] for row in query(room, "SELECT id FROM fact ORDER BY id")] == [1, 2, 3]


JANUARY = "'fact_agent_execution_202601'::regclass"
PARTITION = (
    f"SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = {JANUARY} ORDER BY 1",
    f"SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = {JANUARY} AND contype <> 'n' ORDER BY 1",
    f"SELECT relnamespace::regnamespace::text, relowner::regrole::text, relacl::text[] FROM pg_class WHERE oid = {JANUARY}",
)


def test_months_filled_in_bulk_equal_months_merged(
    source: Connection, miyabi: Warehouse, rebuilt: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    synthetic.generate(source, n_issues=30, n_executions=500, first_day=date(2025, 12, 20), last_day=date(2026, 1, 10))
    miyabi.days(date(2025, 12, 20), date(2026, 1, 11))
    monkeypatch.setattr("miyabi_dw.etl.large_table.BULK_ROWS", 1)
    rebuilt.days(date(2026, 1, 1), date(2026, 1, 11))
    rebuilt.days(date(2025, 12, 20), date(2025, 12, 31))
    assert differences(miyabi, rebuilt) == {}
    for definition in PARTITION:
        assert miyabi.query(definition) == rebuilt.query(definition)
    bounds = (
        "SELECT pg_get_expr(relpartbound, oid) AS bound FROM pg_class WHERE relname = 'fact_agent_execution_202512'"
    )
    assert rebuilt.value(bounds) == "FOR VALUES FROM (20251200) TO (20260100)"


def test_two_loads_at_once_take_turns(source: Connection, miyabi: Warehouse, rebuilt: Warehouse) -> None:
    synthetic.generate(source, n_issues=30, n_executions=300, first_day=date(2026, 1, 10), last_day=date(2026, 1, 13))
    threads = [threading.Thread(target=miyabi.day, args=(date(2026, 1, day),)) for day in (11, 12, 13, 14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    miyabi.day(date(2026, 1, 10))
    rebuilt.days(date(2026, 1, 10), date(2026, 1, 14))
    assert differences(miyabi, rebuilt) == {}


def test_a_source_on_another_clock_gives_the_same_facts(
    source: Connection, miyabi: Warehouse, rebuilt: Warehouse
) -> None:
    # New York sets its clocks forward on 8 March 2026.
    zone = {"source_timezone": "America/New_York"}
    east, wide = (Warehouse(one.settings.model_copy(update=zone)) for one in (miyabi, rebuilt))
    synthetic.generate(source, n_issues=30, n_executions=300, first_day=date(2026, 3, 6), last_day=date(2026, 3, 9))
    for day in (9, 7, 10, 8, 6):
        east.day(date(2026, 3, day))
    wide.days(date(2026, 3, 6), date(2026, 3, 10))
    assert differences(east, wide) == {}
    assert east.value("SELECT count(*) FROM fact_agent_execution") > 200
