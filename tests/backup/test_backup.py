"""Backups of a real warehouse: what is restored is what was there, and a damaged one is never taken for good."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from miyabi_dw.common.errors import BackupDamaged, BackupFailed, BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, execute, query
from miyabi_dw.operations import backup
from miyabi_dw.operations.backup.folder import DUMP, MANIFEST
from miyabi_dw.operations.backup.retention import RecordedBackup, removable

TITLE = 'emoji 🎉, 日本語, \\ backslash, "quotes", tab\t and <script>alert(1)</script>'


@pytest.fixture
def filled(warehouse: Connection) -> Connection:
    execute(
        warehouse,
        "INSERT INTO staging.issues (id, title, row_hash, run_number)"
        " SELECT n, %s || n, n, 1 FROM generate_series(1, 500) AS n",
        (TITLE,),
    )
    warehouse.commit()
    return warehouse


@pytest.fixture
def made(filled: Connection, database: Database, settings: Settings) -> Path:
    return backup.make(database, settings)


def scratch_databases(connection: Connection) -> list[dict[str, Any]]:
    return query(connection, "SELECT datname FROM pg_database WHERE datname LIKE 'miyabi_dw_scratch%%'")


def test_a_backup_restores_to_the_same_rows(
    made: Path, filled: Connection, database: Database, settings: Settings
) -> None:
    assert backup.verify(database, settings, made) == []
    assert backup.read_manifest(made).content["staging.issues"].rows == 500
    assert scratch_databases(filled) == []


def test_rows_written_after_the_snapshot_are_not_in_it(
    made: Path, filled: Connection, database: Database, settings: Settings
) -> None:
    execute(filled, "UPDATE staging.issues SET title = 'changed' WHERE id = 7")
    filled.commit()
    assert backup.verify(database, settings, made) == []


def test_a_manifest_that_counts_other_rows_shows_the_table(made: Path, database: Database, settings: Settings) -> None:
    path = made / MANIFEST
    path.write_text(path.read_text().replace('"staging.issues": [\n   500,', '"staging.issues": [\n   501,'))
    found = backup.verify(database, settings, made)
    assert [difference.table for difference in found] == ["staging.issues"]


def largest(folder: Path) -> Path:
    return max((folder / DUMP).iterdir(), key=lambda path: path.stat().st_size)


def test_a_flipped_byte_is_found(made: Path, database: Database, settings: Settings) -> None:
    file = largest(made)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(BackupDamaged, match="differs from what was written"):
        backup.verify(database, settings, made)


def test_a_file_cut_short_is_found(made: Path, database: Database, settings: Settings) -> None:
    file = largest(made)
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(BackupDamaged, match=file.name):
        backup.verify(database, settings, made)


def test_a_missing_file_is_found(made: Path, database: Database, settings: Settings) -> None:
    largest(made).unlink()
    with pytest.raises(BackupDamaged, match="is missing"):
        backup.verify(database, settings, made)


def test_a_folder_that_is_no_backup_is_refused(tmp_path: Path, database: Database, settings: Settings) -> None:
    with pytest.raises(BadRequest, match="no backup"):
        backup.verify(database, settings, tmp_path)


def test_a_dump_that_fails_leaves_nothing(settings: Settings, database: Database, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 18.0'\n")
    (programs / "pg_dump").write_text(
        "#!/bin/sh\n[ \"$1\" = --version ] && echo 'pg_dump (PostgreSQL) 18.0' && exit 0\n"
        "echo 'pg_dump: error: could not write: No space left on device' >&2\nexit 1\n"
    )
    for program in programs.iterdir():
        program.chmod(0o755)
    with pytest.raises(BackupFailed, match="free some room"):
        backup.make(database, settings.model_copy(update={"pg_bin": programs}))
    assert list((settings.home / "backups").iterdir()) == []


def test_an_unwritable_folder_is_one_sentence(filled: Connection, settings: Settings, database: Database) -> None:
    settings.home.mkdir(parents=True)
    (settings.home / "backups").write_text("in the way")
    with pytest.raises(BackupFailed, match="could not be written"):
        backup.make(database, settings)


NOW = datetime(2026, 3, 31, tzinfo=UTC)


def row(name: str, days_ago: int, state: str = "good") -> RecordedBackup:
    return RecordedBackup(name, state, NOW - timedelta(days=days_ago), None, None, "", None)


def test_retention_takes_what_is_older_than_its_days() -> None:
    rows = [row("today", 0), row("month", 30), row("older", 31), row("gone", 60, "deleted")]
    assert removable(rows, NOW - timedelta(days=30)) == ["older"]


def test_the_last_good_backup_stays_however_old() -> None:
    rows = [row("bad today", 0, "bad"), row("good", 90), row("good before", 91)]
    assert removable(rows, NOW - timedelta(days=30)) == ["good before"]
