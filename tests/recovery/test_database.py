"""The whole database, brought back from a backup: what is refused, what heals, what is the same."""

import json
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from etl.kit import Warehouse
from miyabi_dw.common.errors import BackupDamaged, BadRequest, RecoveryFailed
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from miyabi_dw.operations import backup
from miyabi_dw.operations.recovery import database as recovery
from miyabi_dw.operations.recovery.empty_database import ensure_empty, ensure_roles
from recovery.conftest import AS_OF
from servers import TestServer


@pytest.fixture(autouse=True)
def no_catching_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is younger than the backup is the business of backfill, which has tests of its own."""
    monkeypatch.setattr(recovery, "catch_up", lambda *_: [])


@pytest.fixture
def lost(loaded: Warehouse, backed_up: Path, settings: Settings, server: TestServer) -> Any:
    """A good backup and a database that is gone; what it held."""
    before = loaded.facts()
    name = database_name(settings)
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    return backed_up, before


def database_name(settings: Settings) -> str:
    assert settings.warehouse_url
    return settings.warehouse_url.get_secret_value().rsplit("/", 1)[1].split("?")[0]


def test_a_database_that_is_gone_comes_back(lost: Any, settings: Settings, database: Database) -> None:
    folder, before = lost
    restored = recovery.recover_database(database, settings, "latest", AS_OF)
    assert Warehouse(settings).facts() == before
    assert restored.manifest.backup_id == folder.name
    assert restored.migrations == []
    assert {finding.name for finding in restored.findings} >= {"warehouse", "backup"}
    assert [found.state for found in backup.list_backups(database, settings)] == ["good"]
    # The loader goes on where it was: ownership and rights came back too.
    with database.connect("etl") as connection, connection.cursor() as cursor:
        cursor.execute("REFRESH MATERIALIZED VIEW mart_dora")


def test_a_database_that_holds_anything_is_refused(
    loaded: Warehouse, backed_up: Path, settings: Settings, database: Database
) -> None:
    before = loaded.facts()
    with pytest.raises(BadRequest, match="not empty"):
        recovery.recover_database(database, settings, "latest", AS_OF)
    assert loaded.facts() == before


def test_a_restore_that_was_interrupted_begins_again(
    lost: Any, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore_into = backup.restore_into

    def killed(*arguments: Any) -> None:
        restore_into(*arguments)
        with database.connect("owner") as connection, connection.cursor() as cursor:
            cursor.execute("DELETE FROM fact_agent_execution")
        raise KeyboardInterrupt

    monkeypatch.setattr(backup, "restore_into", killed)
    with pytest.raises(KeyboardInterrupt):
        recovery.recover_database(database, settings, "latest", AS_OF)
    monkeypatch.setattr(backup, "restore_into", restore_into)
    recovery.recover_database(database, settings, "latest", AS_OF)
    assert Warehouse(settings).facts() == lost[1]


def test_a_damaged_backup_touches_nothing(lost: Any, settings: Settings, database: Database) -> None:
    (lost[0] / "dump" / "toc.dat").write_bytes(b"")
    with pytest.raises(BackupDamaged):
        recovery.recover_database(database, settings, "latest", AS_OF)
    with pytest.raises(psycopg2.OperationalError, match="does not exist"):
        psycopg2.connect(settings.warehouse_url.get_secret_value())  # type: ignore[union-attr]
    ensure_empty(database, settings)


def test_a_server_of_an_older_major_version_is_refused(lost: Any, settings: Settings, database: Database) -> None:
    path = lost[0] / "manifest.json"
    told = json.loads(path.read_text())
    newer = int(told["server_version"]) // 10000 + 1
    path.write_text(json.dumps(told | {"server_version": f"{newer}0001"}))
    with pytest.raises(BadRequest, match=f"the backup is of PostgreSQL {newer}, the server is {newer - 1}"):
        recovery.recover_database(database, settings, "latest", AS_OF)
    ensure_empty(database, settings)


def test_a_missing_role_is_named(database: Database, settings: Settings, server: TestServer) -> None:
    name = "miyabi_test_nobody"
    with server.connect(admin=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP ROLE IF EXISTS {name}")
        cursor.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x'")
        cursor.execute("ALTER ROLE miyabi_analyst RENAME TO miyabi_analyst_hidden")
    try:
        with database.connect("owner") as connection, connection.cursor() as cursor:
            with server.connect(admin=True) as admin, admin.cursor() as other:
                other.execute(f"GRANT {name} TO miyabi_owner")
            cursor.execute(f"SET ROLE {name}")
            with pytest.raises(RecoveryFailed, match="lacks the role miyabi_analyst"):
                ensure_roles(connection, settings)
            connection.rollback()
    finally:
        with server.connect(admin=True) as connection, connection.cursor() as cursor:
            cursor.execute("ALTER ROLE miyabi_analyst_hidden RENAME TO miyabi_analyst")
            cursor.execute(f"DROP ROLE {name}")
