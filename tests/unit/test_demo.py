"""The demonstration source: what is shipped is what arrives, once."""

import gzip
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, execute, query
from miyabi_dw.demo.days import DATA_ENDS
from miyabi_dw.demo.source import DATA, load_source, shipped
from servers import TestServer

# Counted by hand from the provenance of the data.
ROWS = {
    "issues": 4_615,
    "agent_execution_logs": 6_295,
    "code_gen_tasks": 2_410,
    "review_results": 0,
    "deployment_pipelines": 1_877,
    "commits": 17_279,
    "label_history": 323,
    "worktree_states": 307,
}


@pytest.fixture
def empty(server: TestServer, tmp_path: Path) -> Iterator[Database]:
    """A source database without any table."""
    name = server.create("demo")
    url = server.database_url(name)
    yield Database(Settings(home=tmp_path, source_url=url, source_owner_url=url))
    server.drop(name)


@pytest.fixture
def loaded(server: TestServer, demo_source_template: str, tmp_path: Path) -> Iterator[Database]:
    """A source into which everything was loaded before."""
    name = server.create("demo", demo_source_template)
    url = server.database_url(name)
    yield Database(Settings(home=tmp_path, source_url=url, source_owner_url=url))
    server.drop(name)


@pytest.fixture
def filled(loaded: Database) -> Iterator[Connection]:
    with loaded.connect("source_owner", autocommit=True) as connection:
        yield connection


def places(connection: Connection) -> list[str]:
    """Where each row lies: the same only if nothing was written."""
    sql = "SELECT md5(string_agg(ctid::text || xmin::text, '' ORDER BY ctid)) AS place FROM "
    return [query(connection, sql + table)[0]["place"] for table in ROWS]


def test_all_rows_arrive_and_the_tables_are_told_of(empty: Database) -> None:
    told: list[tuple[str, int, int]] = []
    assert load_source(empty, lambda table, done, total: told.append((table, done, total))) == ROWS
    assert [table for table, _, _ in told] == list(ROWS)
    assert told[-1][1] == told[-1][2] == sum(ROWS.values())
    with empty.connect("source") as connection:
        assert {table: query(connection, f"SELECT count(*) AS n FROM {table}")[0]["n"] for table in ROWS} == ROWS


def test_a_second_load_writes_nothing(loaded: Database, filled: Connection) -> None:
    before = places(filled)
    told: list[str] = []
    assert load_source(loaded, lambda table, done, total: told.append(table)) == ROWS
    assert places(filled) == before
    assert told == []


def test_what_differs_is_put_right(loaded: Database, filled: Connection) -> None:
    execute(filled, "UPDATE issues SET title = 'changed' WHERE id = 7")
    execute(filled, "DELETE FROM label_history WHERE id = 1")
    load_source(loaded)
    assert query(filled, "SELECT count(*) AS n FROM issues WHERE title = 'changed'")[0]["n"] == 0
    assert query(filled, "SELECT count(*) AS n FROM label_history")[0]["n"] == 323


def test_a_source_of_somebody_else_is_not_touched(empty: Database) -> None:
    with empty.connect("source_owner") as connection:
        execute(connection, "CREATE TABLE issues (id int); INSERT INTO issues VALUES (1)")
    with pytest.raises(BadRequest, match="not touched"):
        load_source(empty)
    with empty.connect("source_owner") as connection:
        assert query(connection, "SELECT * FROM issues") == [{"id": 1}]


def test_somebody_elses_rows_in_the_same_tables_are_not_touched(database: Database, source: Connection) -> None:
    execute(source, "INSERT INTO issues (number, title) VALUES (1, 'mine')")
    with pytest.raises(BadRequest, match="not touched"):
        load_source(database)
    assert query(source, "SELECT title FROM issues") == [{"title": "mine"}]


def test_empty_tables_are_filled(database: Database) -> None:
    assert load_source(database) == ROWS


def test_a_source_that_an_earlier_release_made_is_made_again(loaded: Database, filled: Connection) -> None:
    execute(filled, "ALTER TABLE agent_execution_logs DROP COLUMN llm_model, DROP COLUMN llm_tokens_cache_read")
    assert load_source(loaded) == ROWS
    sql = "SELECT count(llm_model) AS models, count(llm_tokens_cache_read) AS split FROM agent_execution_logs"
    assert query(filled, sql) == [{"models": 6_048, "split": 549}]


def test_the_platform_can_go_on_from_it(filled: Connection) -> None:
    assert query(filled, "INSERT INTO issues (number) VALUES (99999) RETURNING id")[0]["id"] == 4_616
    assert query(filled, "INSERT INTO review_results (issue_id) VALUES (1) RETURNING id")[0]["id"] == 1
    assert query(filled, "INSERT INTO commits (commit_sha) VALUES ('x') RETURNING id")[0]["id"] == 17_280


def test_costs_keep_all_their_decimals(filled: Connection) -> None:
    sql = "SELECT max(scale(llm_cost_usd)) AS digits, max(llm_cost_usd)::text AS most FROM agent_execution_logs"
    assert query(filled, sql) == [{"digits": 21, "most": "9990.01252875"}]


def test_tables_are_those_of_the_specification(filled: Connection) -> None:
    sql = """SELECT count(*) FILTER (WHERE contype = 'f') AS references,
                    count(*) FILTER (WHERE contype = 'u') AS unique_keys FROM pg_constraint
             WHERE connamespace = 'public'::regnamespace"""
    assert query(filled, sql)[0] == {"references": 7, "unique_keys": 6}
    sql = """SELECT DISTINCT data_type FROM information_schema.columns
             WHERE table_schema = 'public' AND column_name LIKE '%_at'"""
    assert query(filled, sql) == [{"data_type": "timestamp without time zone"}]


def test_files_are_small_and_compressed_without_a_date() -> None:
    files = sorted(DATA.glob("*.csv.gz"))
    assert {path.name.removesuffix(".csv.gz") for path in files} == set(shipped()) == set(ROWS)
    assert sum(path.stat().st_size for path in files) < 2_000_000
    for path in files:
        assert path.read_bytes()[4:8] == b"\0\0\0\0"
        assert gzip.decompress(path.read_bytes()).startswith(b"id,")


UNTIL = datetime(2026, 2, 11)


def test_d4_a_source_as_of_a_moment_knows_nothing_later_and_all_of_it_when_its_day_has_come(empty: Database) -> None:
    load_source(empty, until=UNTIL)
    sql = """SELECT table_name, column_name FROM information_schema.columns
             WHERE table_schema = 'public' AND column_name LIKE '%_at'"""
    with empty.connect("source") as connection:
        moments = query(connection, sql)
        latest = "SELECT max({column_name}) AS last FROM {table_name}"
        assert {(row["table_name"], row["column_name"]) for row in moments
                if (query(connection, latest.format(**row))[0]["last"] or UNTIL) > UNTIL} == set()  # fmt: skip
        kept = "SELECT count(*) AS n, count(closed_at) AS closed FROM issues"
        assert query(connection, kept) == [{"n": 4_615 - 482, "closed": 4_615 - 57 - 817}]
        pending = "SELECT count(*) AS n FROM deployment_pipelines WHERE deployment_status = 'pending'"
        assert query(connection, pending) == [{"n": 43}]
    load_source(empty, until=UNTIL + timedelta(days=1))
    with empty.connect("source") as connection:
        days = """SELECT completed_at::date AS day, count(*) AS n FROM agent_execution_logs
                  WHERE completed_at >= '2026-02-11' GROUP BY 1"""
        assert [row["day"] for row in query(connection, days)] == [UNTIL.date()]
    assert load_source(empty) == ROWS
    with empty.connect("source") as connection:
        assert query(connection, "SELECT count(*) AS n FROM issues WHERE closed_at IS NULL")[0]["n"] == 57


def test_nothing_happens_to_an_issue_after_the_last_day_that_can_be_played(filled: Connection) -> None:
    sql = """SELECT greatest((SELECT max(completed_at) FROM agent_execution_logs WHERE issue_id IS NOT NULL),
                             (SELECT max(updated_at) FROM code_gen_tasks), (SELECT max(deployed_at) FROM deployment_pipelines),
                             (SELECT max(committed_at) FROM commits WHERE issue_id IS NOT NULL),
                             (SELECT max(closed_at) FROM issues)) + interval '9 hours' AS last"""
    assert query(filled, sql)[0]["last"].date() == DATA_ENDS
