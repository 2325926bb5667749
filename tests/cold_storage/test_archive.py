"""Months that leave the warehouse and come back: not a digit changes, and no interruption loses a row."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cold_storage.conftest import AS_OF, FACT, MONTH, ROWS
from miyabi_dw.cli import main
from miyabi_dw.common.errors import ArchiveDamaged, BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, execute, query
from miyabi_dw.operations import cold_storage
from miyabi_dw.operations.cold_storage import archive as archiving
from miyabi_dw.operations.cold_storage.archive import first_kept
from miyabi_dw.registry.cold_files import month_path

CONTENT = "SELECT md5(string_agg(t::text, ',' ORDER BY execution_id)) AS digest, count(*) AS rows FROM {} AS t"


def look(connection: Connection, table: str = FACT) -> dict[str, Any]:
    return looked(connection, CONTENT.format(table))[0]


def looked(connection: Connection, sql: str) -> list[dict[str, Any]]:
    """What a query says now, leaving no transaction open that a move would have to wait for."""
    connection.rollback()
    rows = query(connection, sql)
    connection.rollback()
    return rows


def state(connection: Connection) -> str:
    return str(looked(connection, f"SELECT state FROM ops.archived_month WHERE month_key = {MONTH}")[0]["state"])


def command(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def test_whole_months_older_than_the_setting_are_due(
    filled: Connection, database: Database, settings: Settings
) -> None:
    assert first_kept(settings, AS_OF) == 202502
    assert first_kept(settings, datetime(2025, 1, 31, 16, tzinfo=UTC)) == 202408
    assert cold_storage.due_months(database, settings, AS_OF) == [(FACT, MONTH)]
    assert cold_storage.due_months(database, settings, datetime(2025, 7, 31, tzinfo=UTC)) == []


def test_a_month_leaves_and_comes_back_unchanged(filled: Connection, database: Database, settings: Settings) -> None:
    before = look(filled)
    moved = cold_storage.archive_due(database, settings, AS_OF)
    assert [(month.fact, month.month_key, month.rows) for month in moved] == [(FACT, MONTH, ROWS)]
    assert look(filled)["rows"] == 0
    assert state(filled) == "archived"
    assert looked(filled, "SELECT ops.partition_of('fact_agent_execution', 202501) AS name") == [{"name": None}]
    assert cold_storage.restore_month(database, settings, FACT, MONTH).rows == ROWS
    assert look(filled) == before
    assert state(filled) == "restored"
    assert cold_storage.due_months(database, settings, AS_OF) == []


def test_a_month_of_an_older_version_comes_back_without_the_columns_gained_since(
    filled: Connection, database: Database, settings: Settings
) -> None:
    cold_storage.archive_month(database, settings, FACT, MONTH)
    execute(
        filled, "ALTER TABLE fact_agent_execution ADD COLUMN mood text, ADD COLUMN tries integer NOT NULL DEFAULT 1"
    )
    filled.commit()
    assert cold_storage.restore_month(database, settings, FACT, MONTH).rows == ROWS
    gained = "SELECT count(*) AS rows, count(mood) AS moods, sum(tries) AS tries FROM fact_agent_execution"
    assert looked(filled, gained) == [{"rows": ROWS, "moods": 0, "tries": ROWS}]


def test_the_first_start_of_each_issue_is_kept(filled: Connection, database: Database, settings: Settings) -> None:
    wanted = query(
        filled, "SELECT issue_id, min(started_at) AS first FROM fact_agent_execution WHERE issue_id IS NOT NULL"
        " GROUP BY 1 ORDER BY 1"
    )  # fmt: skip
    filled.rollback()
    cold_storage.archive_month(database, settings, FACT, MONTH)
    kept = "SELECT issue_id, first_started_at AS first FROM staging.archived_issue_start ORDER BY 1"
    assert query(filled, kept) == wanted


def test_archived_rows_can_be_read_with_all_their_digits(
    filled: Connection, database: Database, settings: Settings
) -> None:
    cold_storage.archive_month(database, settings, FACT, MONTH)
    rows = cold_storage.read_archived(settings, FACT, date(2025, 1, 2), date(2025, 1, 3))
    assert set(rows["time_key"]) == {20250102, 20250103}
    by_id = rows.set_index("execution_id")
    assert str(by_id.loc[1, "llm_cost_usd"]) == "0.1000"
    assert by_id.loc[2, "llm_cost_usd"] == Decimal("12345678901234567890.123456789012345678901")
    assert by_id.loc[2, "error_message"] == 'two\nlines, "quoted"'


def test_a_month_whose_marts_are_not_finished_stays(filled: Connection, database: Database, settings: Settings) -> None:
    execute(filled, "UPDATE ops.mart_state SET open_from = 202501 WHERE mart = 'mart_agent_performance'")
    filled.commit()
    moved = cold_storage.archive_month(database, settings, FACT, MONTH)
    assert moved.waits_for == "mart_agent_performance"
    assert look(filled)["rows"] == ROWS


@pytest.fixture
def interrupted(filled: Connection, database: Database, settings: Settings) -> Iterator[Connection]:
    """A move that ended between copy and drop."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archiving, "_drop", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            cold_storage.archive_month(database, settings, FACT, MONTH)
    assert state(filled) == "copied"
    filled.rollback()
    yield filled


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_between_copy_and_drop_nothing_is_missing_and_it_goes_on(
    interrupted: Connection, database: Database, settings: Settings
) -> None:
    before, written = look(interrupted), month_path(settings, FACT, MONTH).stat().st_mtime_ns
    interrupted.rollback()
    assert before["rows"] == ROWS
    assert cold_storage.archive_month(database, settings, FACT, MONTH).rows == ROWS
    assert month_path(settings, FACT, MONTH).stat().st_mtime_ns == written, "what was copied is not copied again"
    cold_storage.restore_month(database, settings, FACT, MONTH)
    assert look(interrupted) == before


def test_rows_changed_since_the_copy_are_copied_again(
    interrupted: Connection, database: Database, settings: Settings
) -> None:
    execute(interrupted, "UPDATE fact_agent_execution SET llm_cost_usd = 42 WHERE execution_id = 3")
    interrupted.commit()
    before = look(interrupted)
    interrupted.rollback()
    cold_storage.archive_month(database, settings, FACT, MONTH)
    cold_storage.restore_month(database, settings, FACT, MONTH)
    assert look(interrupted) == before


def test_a_row_changed_at_the_last_moment_stops_the_drop(
    filled: Connection, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = archiving._drop

    def change_first(*arguments: Any) -> None:
        execute(filled, "DELETE FROM fact_agent_execution WHERE execution_id = 3")
        filled.commit()
        drop(*arguments)

    monkeypatch.setattr(archiving, "_drop", change_first)
    with pytest.raises(ArchiveDamaged, match="rows with checksum"):
        cold_storage.archive_month(database, settings, FACT, MONTH)
    assert look(filled)["rows"] == ROWS - 1


def test_a_damaged_file_is_not_taken_back(filled: Connection, database: Database, settings: Settings) -> None:
    cold_storage.archive_month(database, settings, FACT, MONTH)
    path = month_path(settings, FACT, MONTH)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ArchiveDamaged, match="differs from what was written"):
        cold_storage.restore_month(database, settings, FACT, MONTH)
    path.unlink()
    with pytest.raises(ArchiveDamaged, match="is missing"):
        cold_storage.restore_month(database, settings, FACT, MONTH)
    assert look(filled)["rows"] == 0


def test_a_month_that_is_not_archived_cannot_be_restored(
    filled: Connection, database: Database, settings: Settings
) -> None:
    with pytest.raises(BadRequest, match="never archived"):
        cold_storage.restore_month(database, settings, FACT, MONTH)


def test_the_commands(
    filled: Connection, environment: dict[str, str], settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ["--as-of", "2025-08-15"]
    assert command(*at, "archive", "run", "--dry-run", "--json") == 0
    assert json.loads(capsys.readouterr().out) == [{"fact": FACT, "month": MONTH}]
    filled.rollback()
    assert command(*at, "cold", "run", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["rows"] == ROWS
    assert command("cold", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["state"] == "archived"
    assert command("cold", "query", FACT, "--from", "2025-01-02", "--to", "2025-01-02", "--csv") == 0
    assert capsys.readouterr().out.splitlines()[0].startswith("execution_id,time_key")
    assert command("cold", "restore", FACT, "2025-01") == 0
    assert command("archive", "restore", FACT, "2025-13") == 2
    assert Path(month_path(settings, FACT, MONTH)).is_file()
