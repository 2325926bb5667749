"""Everything on a server of one's own, by a user who is no superuser: the machine's PostgreSQL with TLS, the wheel's without.

One warehouse goes through all of it, in the order of an operator's life.
"""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg2
import pytest

from etl.kit import DAILY, HOURLY, Warehouse
from miyabi_dw.common.errors import BackupFailed, SchemaError, ServerFailed
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import hour
from miyabi_dw.db import client_programs, databases, migrations, readers, roles, statements
from miyabi_dw.db.client_programs import Server, fitting
from miyabi_dw.db.connection import Database, execute, query
from miyabi_dw.db.embedded.binaries import bin_directory
from miyabi_dw.operations import backup
from miyabi_dw.operations.backup.verify import differences
from miyabi_dw.operations.doctor import examine
from miyabi_dw.operations.recovery import database as recovery
from miyabi_dw.operations.recovery import recover_fact
from miyabi_dw.operations.recovery.drill import _login as handed_on
from miyabi_dw.operations.review.monthly import Review
from miyabi_dw.orchestration.runner.result import RunResult
from own_servers import OwnServer, installed_programs, own_server
from servers import quick_place

AS_OF = datetime(2025, 1, 21, 3, tzinfo=UTC)
PASSWORD = "pa ss/word"
Call = Callable[..., "subprocess.CompletedProcess[str]"]
RestoredFacts = dict[str, Counter[Any]]


@dataclass
class Life:
    """A server, what an operator has set for it, and what the facts held before anything was lost."""

    server: OwnServer
    settings: Settings

    @property
    def database(self) -> Database:
        return Database(self.settings)

    def call(self, *words: str) -> "subprocess.CompletedProcess[str]":
        assert self.settings.warehouse_url and self.settings.source_url
        variables = {
            "PATH": "/usr/bin:/bin",
            "MIYABI_CONFIG_DIR": "/nonexistent",
            "MIYABI_HOME": str(self.settings.home),
            "MIYABI_WAREHOUSE_URL": self.settings.warehouse_url.get_secret_value(),
            "MIYABI_SOURCE_URL": self.settings.source_url.get_secret_value(),
        }
        command = [sys.executable, "-m", "miyabi_dw", *words]
        return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)

    def make_run(self, name: str, *, interval: Any = None, as_of: datetime, **_: object) -> RunResult:
        span = interval or hour(as_of.replace(hour=as_of.hour - 1))
        stage = Warehouse(self.settings).run(span, name if name in (DAILY, HOURLY) else DAILY)
        return RunResult(stage.run_id, name, span, "succeeded")


@pytest.fixture(scope="module", params=["the machine's with TLS", "the wheel's"])
def life(request: pytest.FixtureRequest) -> Iterator[Life]:
    """A server without our roles, where `plain` owns two databases and may make further ones, and no role."""
    with_tls = request.param != "the wheel's"
    programs = installed_programs() if with_tls else bin_directory()
    with (
        TemporaryDirectory(prefix="mdw", dir=quick_place(), ignore_cleanup_errors=True) as place,
        own_server(Path(place), programs, with_tls=with_tls) as server,
    ):
        server.run(
            f"CREATE ROLE plain LOGIN CREATEDB PASSWORD '{PASSWORD}'",
            "CREATE DATABASE source OWNER plain",
            "CREATE DATABASE warehouse",
        )
        server.run("CREATE EXTENSION pg_stat_statements", database="warehouse")
        source_url = server.url("plain", PASSWORD, "source")
        settings = Settings(
            home=Path(place) / "home",
            reports_dir=Path(place) / "reports",
            warehouse_url=server.url("plain", PASSWORD, "warehouse"),
            source_url=source_url,
            source_owner_url=source_url,
        )
        yield Life(server, settings)


def test_b3_who_owns_no_database_is_told_so_at_once(life: Life) -> None:
    done = life.call("schema", "migrate")
    assert done.returncode == 2
    assert done.stderr.startswith("error: plain does not own the database warehouse")
    assert 'ALTER DATABASE "warehouse" OWNER TO "plain"' in done.stderr
    life.server.run("ALTER DATABASE warehouse OWNER TO plain")


def test_b3_roles_that_cannot_be_made_are_named_and_made_when_they_can_be(life: Life) -> None:
    done = life.call("schema", "migrate")
    assert done.returncode == 2
    assert "the server lacks miyabi_etl and miyabi_analyst, and plain may not make roles" in done.stderr
    assert "up to date" not in done.stdout
    told = {(found.name, found.state, found.code) for found in examine(life.database, life.settings, AS_OF)}
    assert ("roles", "critical", "role-missing") in told

    life.server.run("ALTER ROLE plain CREATEROLE")
    with life.database.connect("owner") as connection:
        migrations.migrate(connection)
        assert roles.lacking(connection) is None
    # Rights on what had been made before, as if the roles had been there first.
    with life.database.connect("etl") as connection:
        execute(connection, "INSERT INTO ops.setting (name, value) VALUES ('test', '1')")
        execute(connection, "REFRESH MATERIALIZED VIEW mart_dora")
        query(connection, "SELECT ops.add_month('fact_issue_processing', 202501)")
        connection.rollback()
    with life.database.connect("analyst") as connection:
        query(connection, "SELECT count(*) FROM ops.run, staging.issues, fact_deployment, mart_dora")


def test_b3_roles_that_others_have_made_are_only_of_use_to_their_members(life: Life) -> None:
    life.server.run("CREATE ROLE late LOGIN PASSWORD 'late'", "CREATE DATABASE late OWNER late")
    late = Database(Settings(warehouse_url=life.server.url("late", "late", "late")))
    with (
        pytest.raises(SchemaError, match="late does not belong to miyabi_etl and miyabi_analyst"),
        late.connect("owner") as to,
    ):
        migrations.migrate(to)
    life.server.run("GRANT miyabi_etl, miyabi_analyst TO late WITH ADMIN OPTION")
    with late.connect("owner") as to:
        assert migrations.migrate(to)


def test_the_warehouse_is_loaded(life: Life) -> None:
    with life.database.connect("source_owner") as connection:
        statements.run(connection, "demo/source/schema")
        execute(connection, (Path(__file__).parents[1] / "recovery/small_source.sql").read_text(encoding="utf-8"))
    warehouse = Warehouse(life.settings).prepare()
    warehouse.days(date(2025, 1, 1), date(2025, 1, 20))
    assert sum(map(sum, (rows.values() for rows in warehouse.facts().values()))) > 60


def test_b2_the_doctor_knows_which_programs_fit_and_says_what_to_install(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [each for each in examine(life.database, life.settings, AS_OF) if each.name in ("programs", "roles")]
    assert [each for each in found if "Chromium" not in each.cause and each.state != "ok"] == []
    with life.database.connect("owner") as connection:
        server = Server.of(connection)
    assert server.is_encrypted == (life.server.authority is not None)
    assert fitting("pg_dump", server, life.settings)[0].major == server.major
    if server.is_encrypted:
        # The wheel's alone: new enough, and without SSL.
        monkeypatch.setattr(client_programs, "directories", lambda _: [bin_directory()])
        monkeypatch.setenv("PATH", "/nonexistent")
        named = [each for each in examine(life.database, life.settings, AS_OF) if each.name == "programs"]
        assert [each.cause.split(" fits ")[0] for each in named[:3]] == ["no psql", "no pg_dump", "no pg_restore"]
        assert all("without SSL" in each.evidence and "postgresql-client" in each.remedy for each in named[:3])
        with pytest.raises(ServerFailed, match=f"no pg_dump fits PostgreSQL {server.major} with SSL"):
            backup.make(life.database, life.settings)


def test_b3_who_may_make_no_database_is_told_before_a_backup_is_made(life: Life) -> None:
    life.server.run("ALTER ROLE plain NOCREATEDB")
    with pytest.raises(BackupFailed, match='plain may not make databases.*ALTER ROLE "plain" CREATEDB'):
        backup.back_up(life.database, life.settings, AS_OF)
    assert backup.list_backups(life.database, life.settings) == []
    assert [each.code for each in examine(life.database, life.settings, AS_OF) if each.name == "roles"] == [
        "permission-denied"
    ]
    life.server.run("ALTER ROLE plain CREATEDB")


def test_a_database_with_somebody_else_in_it_is_dropped_all_the_same(life: Life) -> None:
    """Such as autovacuum, whom only a superuser's WITH (FORCE) ends."""
    life.server.run("CREATE DATABASE left_over OWNER plain")
    other = psycopg2.connect(life.server.admin_url("left_over"))
    ending = threading.Timer(1, other.close)
    ending.start()
    with life.database.connect("owner", autocommit=True) as connection:
        databases.drop(connection, "left_over")
    ending.join()
    assert life.server.run("SELECT FROM pg_database WHERE datname = 'left_over'") == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_b1_backups_are_proven_and_both_recoveries_bring_back_what_was(life: Life) -> None:
    before = Warehouse(life.settings).facts()
    done = backup.back_up(life.database, life.settings, AS_OF)
    assert done.sentence.startswith(f"{done.manifest.backup_id} is good")
    review = Review(life.settings, life.database, AS_OF)
    assert not review.slow_table().empty
    assert review.plans()
    review.advice()
    assert not review.numbers().empty
    # The rehearsal hands the login on in libpq's words, certificates included.
    psycopg2.connect(handed_on(life.database, "owner")).close()

    with life.database.connect("owner") as connection:
        execute(connection, "DROP TABLE fact_deployment CASCADE")
    recover_fact(life.database, life.settings, "fact_deployment", "", "", AS_OF, make_run=life.make_run)
    assert Warehouse(life.settings).facts() == before

    life.server.run("DROP DATABASE warehouse WITH (FORCE)")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recovery, "catch_up", lambda *_: [])
        recovery.recover_database(life.database, life.settings, "latest", AS_OF)
    assert Warehouse(life.settings).facts() == before
    with life.database.connect("etl") as connection:
        execute(connection, "REFRESH MATERIALIZED VIEW mart_dora")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_b1_a_later_pg_restore_sends_nothing_that_an_earlier_server_does_not_know(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the socket, so that the wheel's programs can connect."""
    if life.server.authority is None:
        pytest.skip("the wheel's programs are this server's own")
    monkeypatch.setattr(client_programs, "directories", lambda _: [bin_directory()])
    monkeypatch.setenv("PATH", "/nonexistent")
    by_socket = life.settings.model_copy(
        update={
            "warehouse_url": type(life.settings.warehouse_url)(life.server.socket_url("plain", PASSWORD, "warehouse"))
        }
    )
    database = Database(by_socket)
    folder = backup.make(database, by_socket)
    assert backup.verify(database, by_socket, folder) == []
    # What was dumped by a later version, the server's own pg_restore cannot read, and the later one is taken again.
    monkeypatch.undo()
    assert backup.verify(database, by_socket, folder) == []
    assert differences(backup.read_manifest(folder).content, {}) != []


def test_c9_a_readers_session_cannot_be_widened(life: Life) -> None:
    words = [
        "SELECT current_user || ' ' || current_setting('transaction_read_only')",
        "SET default_transaction_read_only = off",
        "CREATE TABLE public.x (a int)",
        "SET ROLE NONE",
        "CREATE TABLE public.x (a int)",
        "DELETE FROM ops.run",
        "SET ROLE plain",
        "SET SESSION AUTHORIZATION plain",
        "ALTER ROLE miyabi_analyst PASSWORD 'x'",
        "ALTER ROLE CURRENT_USER PASSWORD 'x'",
        "SELECT 'still ' || count(*) FROM fact_deployment WHERE false",
    ]
    done = life.call("psql", "--", "-At", *(part for word in words for part in ("-c", word)))
    assert done.stdout.splitlines() == ["miyabi_analyst on", "SET", "SET", "ALTER ROLE", "still 0"]
    assert done.stderr.count("ERROR") == 6, done.stderr
    # Neither the next one nor the program itself is shut out, and the login of the last one is gone.
    done = life.call("psql", "--", "-Atc", "SELECT 'in'")
    assert done.stdout == "in\n", done.stderr
    with life.database.connect("analyst") as connection:
        query(connection, "SELECT count(*) FROM ops.run")


def test_c10_a_reader_gets_few_connections(life: Life) -> None:
    readers.new_login(life.database, life.settings)
    limits = dict(
        life.server.run("SELECT rolname, rolconnlimit FROM pg_roles WHERE rolname ~ '^miyabi_(reader|analyst)'")
    )
    assert limits.pop("miyabi_analyst") == 15
    assert set(limits.values()) == {5}


def test_b2_a_server_that_does_not_prove_itself_gets_no_password(life: Life, tmp_path: Path) -> None:
    """Its certificate is of another authority."""
    if life.server.authority is None:
        pytest.skip("there is no TLS on this one")
    other = tmp_path / "other.crt"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other"]
    subprocess.run([*command, "-keyout", tmp_path / "key", "-out", other], check=True, capture_output=True)
    url = life.server.url("plain", PASSWORD, "warehouse").replace(str(life.server.authority), str(other))
    with pytest.raises(psycopg2.OperationalError, match="certificate"):
        psycopg2.connect(url)
    changed = Life(
        life.server, Settings(home=life.settings.home, warehouse_url=url, source_url=life.settings.source_url)
    )
    done = changed.call("psql", "--", "-c", "SELECT 1")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no encrypted connection" in done.stderr
