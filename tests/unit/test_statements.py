"""Finding statements and putting identifiers into them."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from miyabi_dw.common.errors import BadRequest, StatementMissing
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, query
from miyabi_dw.db.statements import (
    UnexpectedRows,
    one_as,
    one_or_none_as,
    rows_as,
    run,
    run_count,
    statement,
    value_as,
    value_or_none_as,
    values_as,
)


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    seen_at: datetime | None


@pytest.fixture
def sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(statements, "SQL", tmp_path)
    return tmp_path


def test_a_placeholder_becomes_a_quoted_identifier_and_nothing_else(sql: Path) -> None:
    (sql / "count.sql").write_text("SELECT count(*) FROM {table} WHERE note = '{}' AND n = %(n)s")
    text = statement("count", table='run_1.raw"issues; DROP')
    assert text == """SELECT count(*) FROM "run_1"."raw""issues; DROP" WHERE note = '{}' AND n = %(n)s"""


def test_a_missing_file_or_placeholder_says_which(sql: Path) -> None:
    (sql / "count.sql").write_text("SELECT count(*) FROM {table}")
    for name, identifiers, says in (
        ("nowhere", {}, "does not exist"),
        ("count", {}, "table"),
        ("count", {"table": "t", "other": "x"}, "other"),
    ):
        with pytest.raises(StatementMissing, match=says):
            statement(name, **identifiers)


def test_a_name_of_three_parts_is_refused(sql: Path) -> None:
    (sql / "count.sql").write_text("SELECT count(*) FROM {table}")
    with pytest.raises(BadRequest):
        statement("count", table="a.b.c")


def test_values_are_bound_by_the_driver(warehouse: Connection, sql: Path) -> None:
    (sql / "say.sql").write_text("SELECT %(word)s AS word, 100 %% 7 AS rest")
    word = "'; DROP TABLE dim_time; -- 日本"
    assert run(warehouse, "say", {"word": word}) == [{"word": word, "rest": 2}]


def test_run_count_tells_how_many_rows_were_touched(warehouse: Connection, sql: Path) -> None:
    (sql / "fill.sql").write_text("CREATE TABLE {t} (n int); INSERT INTO {t} SELECT generate_series(1, %(n)s)")
    assert run_count(warehouse, "fill", {"n": 7}, t="public.filled") == 7
    assert query(warehouse, "SELECT sum(n) AS total FROM filled") == [{"total": 28}]


def test_a_block_of_a_file_is_found_like_a_file_of_its_own(warehouse: Connection, sql: Path) -> None:
    (sql / "count.sql").write_text(
        "-- What it is about.\n\n-- name: one\n-- why\nSELECT 1 AS n;\n\n-- name: two\nSELECT 2 AS n\n"
    )
    (sql / "count").mkdir()
    (sql / "count" / "three.sql").write_text("SELECT 3 AS n;")
    assert statement("count/one") == "-- why\nSELECT 1 AS n"
    assert [run(warehouse, f"count/{name}") for name in ("one", "two", "three")] == [[{"n": n}] for n in (1, 2, 3)]
    with pytest.raises(StatementMissing, match="count/four"):
        statement("count/four")


def test_rows_come_as_the_dataclass_that_names_their_columns(warehouse: Connection, sql: Path) -> None:
    (sql / "people.sql").write_text(
        "SELECT NULL::timestamptz AS seen_at, word AS name FROM unnest(%(names)s::text []) AS word"
    )
    assert rows_as(Person, warehouse, "people", {"names": ["Aki", "Bo"]}) == [Person("Aki", None), Person("Bo", None)]
    assert one_as(Person, warehouse, "people", {"names": ["Aki"]}).name == "Aki"
    assert one_or_none_as(Person, warehouse, "people", {"names": []}) is None


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ("'Aki' AS name", "missing: seen_at; too many: none"),
        ("'Aki' AS name, NULL AS seen_at, 1 AS age", "missing: none; too many: age"),
        ("'Aki' AS name, 'Bo' AS name, NULL AS seen_at", "twice: name"),
    ],
)
def test_other_columns_than_the_fields_are_named_even_without_a_row(
    warehouse: Connection, sql: Path, columns: str, says: str
) -> None:
    (sql / "people.sql").write_text(f"SELECT {columns} WHERE false")
    with pytest.raises(UnexpectedRows, match=f"sql/people are not the fields of Person: .*{says}"):
        rows_as(Person, warehouse, "people")


def test_another_number_of_rows_than_one_is_told(warehouse: Connection, sql: Path) -> None:
    (sql / "people.sql").write_text(
        "SELECT NULL::timestamptz AS seen_at, word AS name FROM unnest(%(names)s::text []) AS word"
    )
    for names, ask in (([], one_as), (["Aki", "Bo"], one_as), (["Aki", "Bo"], one_or_none_as)):
        with pytest.raises(UnexpectedRows, match=f"sql/people returns {len(names)} rows where one is expected"):
            ask(Person, warehouse, "people", {"names": names})


def test_a_single_value_is_of_the_type_that_was_asked_for(warehouse: Connection, sql: Path) -> None:
    (sql / "age.sql").write_text("SELECT %(age)s AS age")
    assert value_as(int, warehouse, "age", {"age": 7}) == 7
    with pytest.raises(UnexpectedRows, match="sql/age returns a NoneType where int is expected"):
        value_as(int, warehouse, "age", {"age": None})
    assert value_or_none_as(int, warehouse, "age", {"age": None}) is None
    with pytest.raises(UnexpectedRows, match="sql/age returns a str where int is expected"):
        value_or_none_as(int, warehouse, "age", {"age": "seven"})
    (sql / "ages.sql").write_text("SELECT generate_series(1, %(last)s) AS age")
    assert values_as(int, warehouse, "ages", {"last": 3}) == [1, 2, 3]
    with pytest.raises(UnexpectedRows, match="sql/ages returns 3 rows where one is expected"):
        value_as(int, warehouse, "ages", {"last": 3})
