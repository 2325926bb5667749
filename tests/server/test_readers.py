"""Readers read, and can neither shut anybody out nor hold anybody up."""

import contextlib
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg2
import pytest

from miyabi_dw.common.errors import Busy, ConnectionFailed
from miyabi_dw.common.files import write_private
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import embedded, readers
from miyabi_dw.db.connection import Connection, Database, Login, execute, query
from miyabi_dw.operations.doctor import Diagnosis, examine
from miyabi_dw.orchestration import api
from miyabi_dw.orchestration.runner.lock import RunLock
from servers import TestServer

DAILY = "daily_issue_processing_etl"
KEY = f"ops.lock_key('pipeline', '{DAILY}')"
AS_OF = datetime(2025, 3, 3, 3, tzinfo=UTC)


@contextlib.contextmanager
def session(database: Database, login: Login | None = None) -> Iterator[Connection]:
    """A reader's session, no longer read-only, each statement by itself."""
    with database.connect("analyst", application_name="a reader", autocommit=True, login=login) as connection:
        execute(connection, "SET default_transaction_read_only = off")
        yield connection


def found(settings: Settings, name: str) -> list[Diagnosis]:
    return [each for each in examine(Database(settings), settings, AS_OF) if each.name == name]


def test_c1_a_changed_password_shuts_nobody_out(used_home: Settings, caplog: pytest.LogCaptureFixture) -> None:
    database = Database(used_home)
    with session(database) as connection:
        # The role is what all readers are, and nobody logs in as it.
        execute(connection, "ALTER ROLE miyabi_analyst PASSWORD 'x'")
        execute(connection, "SET ROLE NONE")
        # The program's own login, had somebody got hold of it.
        execute(connection, "ALTER ROLE CURRENT_USER PASSWORD 'x'")
    with caplog.at_level(logging.WARNING), database.connect("analyst") as connection:
        assert query(connection, "SELECT current_user AS name") == [{"name": "miyabi_analyst"}]
    assert "somebody has changed the password of miyabi_reader; it is set again" in caplog.text


def test_c1_a_home_of_before_gets_the_login_that_it_lacks(used_home: Settings) -> None:
    layout = embedded.ensure_running(used_home).layout
    kept = json.loads(layout.credentials.read_text())
    del kept["miyabi_reader"]
    write_private(layout.credentials, json.dumps(kept))
    embedded.set_up_again(used_home)
    with Database(used_home).connect("analyst") as connection:
        assert query(connection, "SELECT session_user AS name") == [{"name": "miyabi_reader"}]
    assert json.loads(layout.credentials.read_text()).items() > kept.items()


def test_c1_each_session_of_a_person_has_a_login_that_ends_with_it(used_home: Settings) -> None:
    database = Database(used_home)
    first, second = (readers.new_login(database, used_home) for _ in range(2))
    assert first and second and first.user != second.user
    assert first.password not in repr(first)
    with session(database, first) as connection:
        execute(connection, "SET ROLE NONE")
        execute(connection, "ALTER ROLE CURRENT_USER PASSWORD 'x'")
        for theirs in (second.user, "miyabi_reader", "miyabi_owner"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                execute(connection, f"ALTER ROLE {theirs} PASSWORD 'x'")
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                execute(connection, f"SET ROLE {theirs}")
        with database.connect("owner", autocommit=True) as owner:
            execute(owner, f"CREATE SCHEMA team AUTHORIZATION {embedded.ANALYST}")
            execute(owner, f"ALTER ROLE {first.user} VALID UNTIL '2000-01-01'")
            execute(owner, f"ALTER ROLE {second.user} VALID UNTIL '2000-01-01'")
        execute(connection, "CREATE TABLE team.mine AS SELECT 1 AS n")
        readers.new_login(database, used_home)
        assert logins(database) >= {first.user}
        assert second.user not in logins(database)
    readers.new_login(database, used_home)
    assert first.user not in logins(database)
    with session(database) as connection:
        assert query(connection, "SELECT tableowner AS name FROM pg_tables WHERE schemaname = 'team'") == [
            {"name": "miyabi_analyst"}
        ]


def logins(database: Database) -> set[str]:
    with database.connect("owner") as connection:
        return {
            row["rolname"]
            for row in query(connection, "SELECT rolname FROM pg_roles WHERE rolname ~ '^miyabi_reader_'")
        }


@pytest.mark.parametrize(
    "call", ["pg_advisory_lock(1)", "pg_try_advisory_xact_lock_shared(1, 1)", "lo_create(0)", "lo_from_bytea(0, 'x')"]
)
def test_c2_c10_the_servers_own_functions_are_not_for_readers(used_home: Settings, call: str) -> None:
    with session(Database(used_home)) as connection, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        query(connection, f"SELECT {call}")
    with Database(used_home).connect("etl") as connection:
        query(connection, f"SELECT {call}")
        connection.rollback()


def test_c10_readers_leave_connections_for_the_others(used_home: Settings) -> None:
    database = Database(used_home)
    with database.connect("owner") as connection:
        most = query(connection, "SELECT current_setting('max_connections')::int / 4 AS n")[0]["n"]
        limits = query(
            connection,
            "SELECT DISTINCT rolconnlimit FROM pg_roles WHERE rolname IN ('miyabi_reader', 'miyabi_analyst')",
        )
    assert limits == [{"rolconnlimit": most}]
    login = readers.new_login(database, used_home)
    with contextlib.ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(database.connect("analyst", login=login))
        with pytest.raises(ConnectionFailed, match="no connection free"), database.connect("analyst", login=login):
            pass


def test_without_a_login_for_readers_psql_says_what_to_do(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = settings.model_copy(update={"warehouse_roles": False})
    with pytest.raises(ConnectionFailed, match="MIYABI_WAREHOUSE_ANALYST_URL"):
        readers.new_login(Database(alone), alone)
    monkeypatch.setattr(readers, "MOST", 0)
    with pytest.raises(Busy, match="0 readers are connected"):
        readers.new_login(database, settings)


@pytest.fixture
def anybody_may_lock(server: TestServer, settings: Settings) -> None:
    """As on a server where no superuser has taken the functions from everybody."""
    assert settings.warehouse_url
    name = settings.warehouse_url.get_secret_value().rsplit("/", 1)[1].split("?")[0]
    with server.connect(name, admin=True) as connection:
        execute(connection, "GRANT EXECUTE ON FUNCTION pg_advisory_lock(bigint), lo_create(oid) TO PUBLIC")


def test_c9_c10_a_login_for_readers_that_may_more_than_read_is_named(settings: Settings) -> None:
    given = settings.model_copy(update={"warehouse_analyst_url": settings.warehouse_url})
    assert [(each.state, each.cause.split(" ", 1)[1]) for each in found(given, "readers")] == [
        ("critical", "reads for the analysts and may write"),
        ("warning", "may take every connection of the server"),
    ]


@pytest.mark.usefixtures("anybody_may_lock")
def test_c2_a_run_ends_a_reader_who_has_its_lock(settings: Settings, database: Database) -> None:
    assert [each.state for each in found(settings, "readers")] == ["warning"]
    with session(database, readers.new_login(database, settings)) as reader:
        execute(reader, f"SELECT pg_advisory_lock({KEY})")
        named = found(settings, "strange lock")
        assert str(reader.info.backend_pid) in named[0].cause
        assert named[0].state == "critical"
        with RunLock(database, DAILY, "run-1") as lock:
            assert not lock.take_pipeline()
            lock.end_readers()
            assert lock.wait_for_pipeline(10, lambda: False)
    assert found(settings, "strange lock") == []


def test_c2_a_run_that_a_stranger_holds_up_fails_and_names_him(settings: Settings, database: Database) -> None:
    """A session of the owner's own may not be ended unasked; the alert says who it is."""
    with database.connect("owner", application_name="somebody", autocommit=True) as stranger:
        execute(stranger, f"SELECT pg_advisory_lock({KEY})")
        result = api.run(DAILY, settings=settings, as_of=AS_OF)
        assert result.state == "failed"
        assert f"process {stranger.info.backend_pid} of" in result.reason
        assert f"pg_terminate_backend({stranger.info.backend_pid})" in result.remedy
    with database.connect("owner") as connection:
        assert query(connection, "SELECT count(*) AS n FROM ops.incident") != [{"n": 0}]
