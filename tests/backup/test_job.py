"""The backup job from end to end: what counts, what is refused, what remains after a fault."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from miyabi_dw.cli import main
from miyabi_dw.common.errors import BackupDamaged, BackupFailed, BadRequest, Busy
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, execute, query
from miyabi_dw.operations import backup
from miyabi_dw.operations.backup.folder import DUMP, backups_folder
from miyabi_dw.operations.backup.job import refuse_differences
from miyabi_dw.operations.backup.verify import scratch_database
from miyabi_dw.orchestration import api

NOW = datetime(2026, 3, 31, tzinfo=UTC)


@pytest.fixture
def filled(warehouse: Connection) -> Connection:
    execute(
        warehouse,
        "INSERT INTO staging.issues (id, title, row_hash, run_number)"
        " SELECT n, md5(n::text) || '日本語', n, 1 FROM generate_series(1, 20000) AS n",
    )
    warehouse.commit()
    return warehouse


def recorded(connection: Connection) -> list[dict[str, object]]:
    connection.rollback()
    return query(connection, "SELECT backup_id, state, verified_at, detail FROM ops.backup ORDER BY started_at")


def command(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def test_a_backup_is_recorded_as_good_after_its_restore(
    filled: Connection, database: Database, settings: Settings
) -> None:
    done = backup.back_up(database, settings, NOW)
    assert done.manifest.content["staging.issues"].rows == 20_000
    assert [(row["backup_id"], row["state"]) for row in recorded(filled)] == [(done.manifest.backup_id, "good")]
    assert backup.find(settings, "latest") == done.folder
    assert backup.find(settings, done.manifest.backup_id[:17]) == done.folder


def test_rows_that_come_back_differently_make_it_bad(
    filled: Connection, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = backup.make(database, settings)
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace("20000,", "19999,"))
    with pytest.raises(BackupDamaged, match=r"staging\.issues"):
        backup.prove(database, settings, folder)
    assert [row["state"] for row in recorded(filled)] == ["bad"]
    with pytest.raises(BadRequest, match="no good backup"):
        backup.find(settings, "latest")


def test_a_byte_flipped_later_turns_a_good_backup_bad(
    filled: Connection, database: Database, settings: Settings
) -> None:
    done = backup.back_up(database, settings, NOW)
    file = max((done.folder / DUMP).iterdir(), key=lambda path: path.stat().st_size)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(BackupDamaged, match="differs from what was written"):
        backup.prove(database, settings, done.folder)
    assert [row["state"] for row in recorded(filled)] == ["bad"]


def test_old_backups_go_only_after_a_good_one_was_made(
    filled: Connection, database: Database, settings: Settings
) -> None:
    first = backup.back_up(database, settings, NOW)
    later = datetime.now(UTC) + timedelta(days=settings.backup_retention_days + 1)
    second = backup.back_up(database, settings, later)
    assert list(second.removed) == [first.manifest.backup_id]
    assert not first.folder.exists()
    assert [row["state"] for row in recorded(filled)] == ["deleted", "good"]


def test_two_backups_at_once_are_refused(filled: Connection, database: Database, settings: Settings) -> None:
    query(filled, "SELECT pg_advisory_lock(ops.lock_key('backup', 'warehouse'))")
    with pytest.raises(Busy):
        backup.back_up(database, settings, NOW)


def test_what_a_killed_backup_left_is_not_good_and_is_cleared_away(
    filled: Connection, database: Database, settings: Settings, environment: dict[str, str]
) -> None:
    code = (
        "import os, miyabi_dw.operations.backup.job as job; from miyabi_dw.common.settings import load_settings\n"
        "from miyabi_dw.db.connection import Database; from datetime import datetime, UTC\n"
        "import sys; sys.modules['miyabi_dw.operations.backup.verify'].restore_into = lambda *a: os.kill(os.getpid(), 9)\n"
        "settings = load_settings(); job.back_up(Database(settings), settings, datetime.now(UTC))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment | {"PYTHONPATH": "lib"}, check=False)
    assert done.returncode == -9
    assert [row["state"] for row in recorded(filled)] == ["running"]
    later = backup.back_up(database, settings, NOW)
    assert [row["state"] for row in recorded(filled)] == ["bad", "good"]
    assert backup.find(settings, "latest") == later.folder
    assert query(filled, "SELECT 1 FROM pg_database WHERE datname LIKE 'miyabi_dw_scratch_%%'") == []


def test_a_scratch_database_in_use_is_left_alone(filled: Connection, database: Database) -> None:
    with scratch_database(database) as first, scratch_database(database) as second:
        names = {row["datname"] for row in query(filled, "SELECT datname FROM pg_database")}
        assert {first, second} <= names


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a small disk")
def test_a_disk_that_fills_is_one_sentence_and_leaves_nothing(
    filled: Connection, database: Database, settings: Settings
) -> None:
    place = settings.home / "backups"
    place.mkdir(parents=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", place], check=False).returncode:
        pytest.fail("no small disk could be mounted here")
    try:
        with pytest.raises(BackupFailed, match="free some room"):
            backup.back_up(database, settings, NOW)
        assert list(place.iterdir()) == []
        assert recorded(filled) == []
    finally:
        subprocess.run(["umount", place], check=True)


def test_reports_travel_with_the_backup_and_come_back(
    filled: Connection, database: Database, settings: Settings
) -> None:
    from miyabi_dw.operations.backup.reports import unpack

    page = settings.reports_dir / "daily" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<p>日本語</p>")
    (page.parent / "kept.html").write_text("as it was")
    done = backup.back_up(database, settings, NOW, with_reports=True)
    page.unlink()
    (page.parent / "kept.html").write_text("changed since")
    assert unpack(settings, done.folder) == 1
    assert page.read_text() == "<p>日本語</p>"
    assert (page.parent / "kept.html").read_text() == "changed since"


def test_a_difference_names_the_table() -> None:
    found = [backup.Difference("public.fact_deployment", None, None)]
    with pytest.raises(BackupDamaged, match=r"public\.fact_deployment"):
        refuse_differences(found, Path("b"))


def test_the_commands(
    filled: Connection, environment: dict[str, str], settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("backup", "--json") == 0
    backup_id = json.loads(capsys.readouterr().out)["backup_id"]
    assert command("backup", "list", "--json") == 0
    assert [row["state"] for row in json.loads(capsys.readouterr().out)] == ["good"]
    assert command("backup", "verify", backup_id) == 0
    (backups_folder(settings) / backup_id / DUMP / "toc.dat").unlink()
    assert command("backup", "verify", "latest") == 1
    assert "toc.dat is missing" in capsys.readouterr().err
    assert command("backup", "verify", "none") == 2


def test_the_list_needs_no_warehouse(
    filled: Connection, database: Database, settings: Settings, environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    done = backup.back_up(database, settings, NOW)
    monkeypatch.setenv("MIYABI_WAREHOUSE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert command("backup", "list", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["backup_id"], row["state"]) for row in rows] == [(done.manifest.backup_id, "good")]


def test_the_notebook_makes_one(filled: Connection, settings: Settings, environment: dict[str, str]) -> None:
    result = api.run("backup", settings=settings)
    assert result.is_good, result.sentence
    filled.rollback()
    assert query(filled, "SELECT run_id, state FROM ops.backup") == [{"run_id": result.run_id, "state": "good"}]
