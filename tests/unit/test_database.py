"""Connections by role, and what a failed one says."""

import os
import subprocess
from typing import Any

import psycopg2
import pytest

from miyabi_dw.common.errors import BadRequest, ConnectionFailed, SettingsError
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import embedded
from miyabi_dw.db.connection import Connection, Database, execute, frame, query, quote_identifier
from miyabi_dw.db.errors import explained, redacted_error
from miyabi_dw.db.pipe import copy_between
from servers import TestServer


def one(connection: Connection, sql: str) -> Any:
    return next(iter(query(connection, sql)[0].values()))


def test_every_session_is_in_utc_and_says_who_it_is(database: Database) -> None:
    with database.connect("etl", application_name="miyabi-dw:run-1") as connection:
        assert one(connection, "SHOW timezone") == "UTC"
        assert one(connection, "SHOW application_name") == "miyabi-dw:run-1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PGSERVICE", "no-such-service"), ("PGHOSTADDR", "192.0.2.1"), ("PGTZ", "America/New_York"),
        ("PGDATESTYLE", "German"), ("PGTARGETSESSIONATTRS", "standby"), ("PGREQUIREPEER", "nobody-here"),
        ("PGOPTIONS", "-c search_path=pg_catalog"), ("PGCLIENTENCODING", "LATIN1"), ("PGDATABASE", "elsewhere"),
    ],
)  # fmt: skip
def test_b35_another_servers_variables_disturb_nobody(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    database = Database(settings)
    with database.connect("etl") as connection:
        shown = [one(connection, f"SHOW {setting}") for setting in ("timezone", "client_encoding", "datestyle")]
        assert (shown[:2], shown[2][:4]) == (["UTC", "UTF8"], "ISO,")
        assert one(connection, "SELECT to_regclass('dim_time') IS NOT NULL")
    program = embedded.binary("psql", settings)
    given = os.environ | database.client_environment("analyst")
    done = subprocess.run([program, "-XAtc", "SHOW timezone"], env=given, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("UTC\n", "")


def test_a_block_that_succeeds_commits_and_one_that_fails_leaves_nothing(database: Database) -> None:
    with database.connect("owner") as connection:
        execute(connection, "CREATE TABLE kept (n int)")
    with pytest.raises(ZeroDivisionError), database.connect("owner") as connection:
        execute(connection, "CREATE TABLE lost (n int)")
        raise ZeroDivisionError
    with database.connect("owner") as connection:
        assert one(connection, "SELECT to_regclass('kept') IS NOT NULL AND to_regclass('lost') IS NULL")
    assert connection.closed


def test_the_analyst_reads_every_table_and_writes_none(database: Database) -> None:
    with database.connect("analyst") as connection:
        assert one(connection, "SELECT current_user") == "miyabi_analyst"
        query(connection, "SELECT * FROM dim_time LIMIT 1")
        with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
            execute(connection, "DELETE FROM dim_time")
    with database.connect("analyst") as connection, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        execute(connection, "SET TRANSACTION READ WRITE")
        execute(connection, "DELETE FROM dim_time")


def test_the_loader_fills_tables_and_has_schemas_of_its_own_but_drops_nothing(database: Database) -> None:
    with database.connect("etl") as connection:
        execute(connection, "CREATE SCHEMA run_1")
        execute(connection, "UPDATE dim_time SET holiday_name = holiday_name")
    with database.connect("etl") as connection, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        execute(connection, "DROP TABLE dim_time CASCADE")


def test_the_source_is_never_written(database: Database, source: Connection) -> None:
    with database.connect("source") as connection, pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        execute(connection, "DELETE FROM issues")


def test_writing_a_given_source_needs_a_url_of_its_own(settings: Settings) -> None:
    only_read = settings.model_copy(update={"source_owner_url": None})
    with pytest.raises(SettingsError, match="MIYABI_SOURCE_OWNER_URL"), Database(only_read).connect("source_owner"):
        pass


def test_a_statement_that_takes_too_long_is_ended(database: Database) -> None:
    with (
        database.connect("etl", statement_timeout=0.05) as connection,
        pytest.raises(psycopg2.errors.QueryCanceled),
    ):
        execute(connection, "SELECT pg_sleep(10)")


def test_no_password_shows_in_engine_description_or_settings(database: Database, settings: Settings) -> None:
    password = psycopg2.extensions.parse_dsn(settings.warehouse_url.get_secret_value())["password"]
    with database.sqlalchemy_engine("analyst").connect() as connection:
        assert connection.exec_driver_sql("SELECT current_user").scalar() == "miyabi_analyst"
        shown = f"{connection.engine!r} {connection.engine.url} {settings!r} {database.describe('owner')}"
    assert password not in shown


def test_the_url_opens_the_same_session(database: Database) -> None:
    import sqlalchemy

    with sqlalchemy.create_engine(database.url("etl")).connect() as connection:
        assert connection.exec_driver_sql("SELECT current_user").scalar() == "miyabi_etl"


def test_frame_keeps_money_exact(warehouse: Connection) -> None:
    table = frame(warehouse, "SELECT 0.1::numeric + 0.2::numeric AS cost, %(word)s AS word", {"word": "日本"})
    assert str(table.loc[0, "cost"]) == "0.3"
    assert table.loc[0, "word"] == "日本"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://u:hunter2@127.0.0.1:1/db", "nothing answers there"),
        ("postgresql://u:hunter2@no-such-host.invalid/db", "host is unknown"),
        ("postgresql://u:hunter2@127.0.0.1:port/db", "does not parse"),
        ("nonsense", "does not parse"),
    ],
)
def test_a_failed_connection_says_cause_and_remedy_without_the_password(
    url: str, says: str, settings: Settings
) -> None:
    wrong = settings.model_copy(update={"warehouse_url": type(settings.warehouse_url)(url)})
    with pytest.raises(ConnectionFailed, match=says) as caught, Database(wrong).connect("owner"):
        pass
    assert caught.value.remedy
    assert "hunter2" not in f"{caught.value} {caught.value!r} {caught.value.__cause__}"


def test_wrong_password_and_missing_database_are_told_apart(server: TestServer, settings: Settings) -> None:
    from pydantic import SecretStr

    wrong_password = server.url.replace("miyabi_owner:", "miyabi_owner:not-", 1)
    for url, says in ((wrong_password, "password is wrong"), (server.database_url("nowhere"), "no such database")):
        changed = settings.model_copy(update={"warehouse_url": SecretStr(url)})
        if not server.is_embedded and says == "password is wrong":
            continue
        with pytest.raises(ConnectionFailed, match=says), Database(changed).connect("owner"):
            pass


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1"', "does not let this user in"),
        ("SSL error: certificate verify failed", "encrypted"),
        ("FATAL:  sorry, too many clients already", "no connection free"),
        ("timeout expired", "does not answer in time"),
        ("FATAL:  the database system is shutting down", "starting or stopping"),
        ("server closed the connection unexpectedly", "closed the connection"),
    ],
)
def test_each_cause_has_its_sentence(message: str, says: str) -> None:
    assert says in str(explained(psycopg2.OperationalError(message), "host:5432/db"))


def test_what_is_not_known_is_quoted_without_secrets() -> None:
    message = "odd: postgresql://u:p%40ss@h/d host=h password='top secret' user=u"
    assert redacted_error(Exception(f"{message}\n")) == "odd: postgresql://u:***@h/d host=h password=*** user=u"


@pytest.mark.parametrize("name", ["", "a.b.c", "a.", "a\x00b"])
def test_what_cannot_be_an_identifier_is_refused(name: str) -> None:
    with pytest.raises(BadRequest):
        quote_identifier(name)


def test_an_identifier_is_quoted_whatever_it_holds(warehouse: Connection) -> None:
    name = 'drop"; TABLE'
    execute(warehouse, f"CREATE TABLE {quote_identifier('public.' + name)} (n int)")
    assert one(warehouse, "SELECT count(*) FROM pg_class WHERE relname = 'drop\"; TABLE'") == 1


class TestCopyBetween:
    QUERY = "SELECT i, md5(i::text) || %(end)s AS word FROM generate_series(1, %(rows)s) AS i;"

    def copy(self, database: Database, sql: str, rows: int) -> int:
        with database.connect("source") as source, database.connect("owner") as target:
            execute(target, "CREATE TABLE IF NOT EXISTS copied (i int, word text)")
            return copy_between(source, sql, {"end": "\t\\N\n日本%", "rows": rows}, target, "public.copied")

    def test_every_row_arrives_as_it_was(self, database: Database, warehouse: Connection) -> None:
        assert self.copy(database, self.QUERY, 50_000) == 50_000
        found = query(warehouse, "SELECT count(*) AS n, sum(i) AS total, max(right(word, 6)) AS word FROM copied")[0]
        assert found == {"n": 50_000, "total": 1_250_025_000, "word": "\t\\N\n日本%"[-6:]}

    def test_nothing_to_copy_is_fine(self, database: Database) -> None:
        assert self.copy(database, self.QUERY, 0) == 0

    def test_a_source_that_breaks_in_the_middle_is_no_end_of_data(
        self, database: Database, warehouse: Connection
    ) -> None:
        with pytest.raises(psycopg2.errors.DivisionByZero):
            self.copy(database, "SELECT 1 / (40000 - i), 'x' FROM generate_series(1, %(rows)s) AS i", 50_000)
        assert one(warehouse, "SELECT to_regclass('copied')") is None

    def test_a_target_that_refuses_ends_the_source_too(self, database: Database) -> None:
        with pytest.raises(psycopg2.DataError):
            self.copy(database, "SELECT 'no number', 'x' FROM generate_series(1, %(rows)s)", 500_000)
