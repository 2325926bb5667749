"""Migrations: each applied once, whole or not at all, by one process at a time."""

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from miyabi_dw.common.errors import SchemaError
from miyabi_dw.db import migrations
from miyabi_dw.db.connection import Connection, query
from servers import TestServer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_first.sql").write_text("CREATE SCHEMA IF NOT EXISTS ops; CREATE TABLE first (n int);")
    (tmp_path / "0002_second.sql").write_text("CREATE TABLE second (n int);")
    return tmp_path


@pytest.fixture
def url(server: TestServer) -> Iterator[str]:
    name = server.create("bare")
    yield server.database_url(name)
    server.drop(name)


@pytest.fixture
def bare(url: str) -> Iterator[Connection]:
    connection = psycopg2.connect(url)
    yield connection
    connection.close()


def tables(connection: Connection) -> set[str]:
    rows = query(connection, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {row["tablename"] for row in rows}


def test_the_projects_migrations_have_a_number_each() -> None:
    assert migrations.migrations()


def test_all_are_applied_in_order_and_only_once(bare: Connection, folder: Path) -> None:
    assert [migration.name for migration in migrations.pending(bare, folder)] == ["0001_first", "0002_second"]
    assert migrations.migrate(bare, folder) == ["0001_first", "0002_second"]
    assert migrations.migrate(bare, folder) == []
    assert migrations.pending(bare, folder) == []
    assert list(migrations.applied(bare)) == ["0001_first", "0002_second"]


def test_a_new_one_is_applied_alone(bare: Connection, folder: Path) -> None:
    migrations.migrate(bare, folder)
    (folder / "0003_third.sql").write_text("CREATE TABLE third (n int);")
    assert migrations.migrate(bare, folder) == ["0003_third"]


def test_a_failing_one_leaves_nothing_and_those_before_it_stay(bare: Connection, folder: Path) -> None:
    (folder / "0003_third.sql").write_text("CREATE TABLE third (n int); SELECT 1 / 0;")
    with pytest.raises(SchemaError, match=r"0003_third.sql.*migrate"):
        migrations.migrate(bare, folder)
    assert tables(bare) == {"first", "second"}
    (folder / "0003_third.sql").write_text("CREATE TABLE third (n int);")
    assert migrations.migrate(bare, folder) == ["0003_third"]


def test_a_file_changed_after_it_was_applied_is_an_error(bare: Connection, folder: Path) -> None:
    migrations.migrate(bare, folder)
    (folder / "0001_first.sql").write_text("CREATE TABLE first (n bigint);")
    with pytest.raises(SchemaError, match=r"changed afterwards .*0001_first.sql.*new migration"):
        migrations.migrate(bare, folder)


def test_a_warehouse_newer_than_the_program_is_not_touched(bare: Connection, folder: Path) -> None:
    migrations.migrate(bare, folder)
    (folder / "0002_second.sql").unlink()
    with pytest.raises(SchemaError, match=r"newer version .*0002_second"):
        migrations.migrate(bare, folder)


@pytest.mark.parametrize("name", ["0002_again.sql", "3_third.sql", "0003-third.sql"])
def test_a_wrong_or_doubled_number_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_text("SELECT 1;")
    with pytest.raises(SchemaError, match="a number each"):
        migrations.migrations(folder)


def test_two_at_once_apply_each_once(url: str, folder: Path) -> None:
    (folder / "0003_slow.sql").write_text("SELECT pg_sleep(0.3); CREATE TABLE slow (n int);")
    results: list[list[str]] = []

    def migrate() -> None:
        connection = psycopg2.connect(url)
        results.append(migrations.migrate(connection, folder))
        connection.close()

    threads = [threading.Thread(target=migrate) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(results) == [[], ["0001_first", "0002_second", "0003_slow"]]


def test_asking_what_is_pending_writes_nothing(bare: Connection, folder: Path) -> None:
    bare.set_session(readonly=True)
    assert len(migrations.pending(bare, folder)) == 2


def test_the_marts_are_made_again_together_when_one_of_them_changed(bare: Connection, tmp_path: Path) -> None:
    folder, marts = tmp_path / "schema", tmp_path / "marts"
    folder.mkdir(), marts.mkdir()
    (folder / "0001_first.sql").write_text("CREATE SCHEMA IF NOT EXISTS ops; CREATE TABLE first (n int);")
    (marts / "10_a.sql").write_text("DROP VIEW IF EXISTS a CASCADE; CREATE VIEW a AS SELECT 1 AS n;")
    (marts / "20_b.sql").write_text("CREATE VIEW b AS SELECT n FROM a;")
    assert migrations.migrate(bare, folder) == ["0001_first", "marts"]
    assert migrations.migrate(bare, folder) == []
    (marts / "10_a.sql").write_text("DROP VIEW IF EXISTS a CASCADE; CREATE VIEW a AS SELECT 2 AS n;")
    assert [migration.name for migration in migrations.pending(bare, folder)] == ["marts"]
    assert migrations.migrate(bare, folder) == ["marts"]
    assert query(bare, "SELECT n FROM b") == [{"n": 2}]
    (marts / "20_b.sql").write_text("SELECT 1 / 0;")
    with pytest.raises(SchemaError, match=r"sql/marts.*migrate"):
        migrations.migrate(bare, folder)
    assert query(bare, "SELECT n FROM b") == [{"n": 2}]
