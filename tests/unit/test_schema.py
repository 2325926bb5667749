"""Migrations: each applied once, all or none of what is pending, by one process at a time."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from miyabi_dw.common.errors import SchemaError
from miyabi_dw.db import migrations, scripts
from miyabi_dw.db.connection import Connection, execute, query
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
    assert scripts.migrations()


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


def test_a_failing_one_leaves_nothing_of_any(bare: Connection, folder: Path) -> None:
    migrations.migrate(bare, folder)
    (folder / "0003_third.sql").write_text("CREATE TABLE third (n int);")
    (folder / "0004_fourth.sql").write_text("CREATE TABLE fourth (n int); SELECT 1 / 0;")
    with pytest.raises(SchemaError, match=r"0004_fourth.sql.*migrate.*nothing was changed"):
        migrations.migrate(bare, folder)
    assert tables(bare) == {"first", "second"}
    (folder / "0004_fourth.sql").write_text("CREATE TABLE fourth (n int);")
    assert migrations.migrate(bare, folder) == ["0003_third", "0004_fourth"]


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
        scripts.migrations(folder)


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


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The schema's folder, with functions and marts beside it."""
    for name, text in {
        "schema/0001_first.sql": "CREATE SCHEMA IF NOT EXISTS ops; CREATE TABLE first (n int);",
        "functions/a.sql": "-- needs: z\nCREATE OR REPLACE FUNCTION a() RETURNS int LANGUAGE sql RETURN z() + 1;",
        "functions/z.sql": "CREATE OR REPLACE FUNCTION z() RETURNS int LANGUAGE sql RETURN 1;",
        "marts/base/1.sql": "DROP VIEW IF EXISTS upon; DROP VIEW IF EXISTS base; CREATE VIEW base AS SELECT a() AS n;",
        "marts/base/2.sql": "COMMENT ON VIEW base IS 'One row.';",
        "marts/alone/1.sql": "CREATE OR REPLACE VIEW alone AS SELECT z() AS n;",
        "marts/abreast/1.sql": "-- needs: base\nCREATE OR REPLACE VIEW upon AS SELECT n FROM base;",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "schema"


def test_functions_and_marts_follow_the_migrations_each_after_what_it_needs(bare: Connection, files: Path) -> None:
    made = ["0001_first", "functions/z", "functions/a", "marts/alone", "marts/base", "marts/abreast"]
    assert migrations.migrate(bare, files) == made
    assert migrations.migrate(bare, files) == []
    assert query(bare, "SELECT n FROM upon") == [{"n": 2}]


def test_a_function_that_changed_is_replaced_alone(bare: Connection, files: Path) -> None:
    migrations.migrate(bare, files)
    path = files.parent / "functions" / "z.sql"
    path.write_text(path.read_text().replace("RETURN 1", "RETURN 5"))
    assert migrations.migrate(bare, files) == ["functions/z"]
    assert query(bare, "SELECT upon.n AS upon, alone.n AS alone FROM upon, alone") == [{"upon": 6, "alone": 5}]


def test_a_mart_that_changed_is_made_again_with_those_that_read_it(bare: Connection, files: Path) -> None:
    migrations.migrate(bare, files)
    (files.parent / "marts" / "base" / "2.sql").write_text("COMMENT ON VIEW base IS 'Still one row.';")
    assert [script.name for script in migrations.pending(bare, files)] == ["marts/base", "marts/abreast"]
    assert migrations.migrate(bare, files) == ["marts/base", "marts/abreast"]
    (files.parent / "marts" / "abreast" / "1.sql").write_text("-- needs: base\nSELECT 1 / 0;")
    with pytest.raises(SchemaError, match=r"sql/marts/abreast.*migrate"):
        migrations.migrate(bare, files)
    assert query(bare, "SELECT n FROM upon") == [{"n": 2}]


@pytest.mark.parametrize(
    ("needs", "message"), [("nobody", "does not exist: functions/nobody"), ("a", "functions/[az] needs functions/[az]")]
)
def test_what_scripts_need_must_exist_and_lead_in_no_circle(files: Path, needs: str, message: str) -> None:
    path = files.parent / "functions" / "z.sql"
    path.write_text(f"-- needs: {needs}\n{path.read_text()}")
    with pytest.raises(SchemaError, match=message):
        scripts.migrations(files)


def test_a_record_of_all_marts_in_one_is_of_an_earlier_version(bare: Connection, folder: Path) -> None:
    migrations.migrate(bare, folder)
    execute(bare, "INSERT INTO ops.schema_migration (name, checksum) VALUES ('marts', '-')")
    bare.commit()
    assert migrations.pending(bare, folder) == []


def test_each_applied_script_is_logged(bare: Connection, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="miyabi_dw.db.migrations"):
        migrations.migrate(bare, folder)
    assert caplog.messages == ["applied 0001_first", "applied 0002_second"]
