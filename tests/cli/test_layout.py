"""Lists on a terminal of 80 columns: nothing is cut, nothing stands there twice; elsewhere one line a row."""

from collections.abc import Mapping

import pytest
from rich.cells import cell_len

from cli.driving import call
from cli.terminal import typed
from miyabi_dw.cli.layout import table
from miyabi_dw.db.connection import Database, execute

REASON = "the sha is no hexadecimal number of 40 digits, as the contract says it must be, but 提出物 '{}'"
BACKUP = "INSERT INTO ops.backup (backup_id, path, started_at, size_bytes, sha256, state, detail) VALUES (%s, %s, now(), 12, %s, 'bad', '{}')"
ENTRY = (
    "INSERT INTO ops.quarantine (run_id, last_seen_run_id, source_table, source_key, content, reason)"
    " SELECT 'r', 'r', 'deployment_pipelines', n::text, '{}', format(%s, n) FROM generate_series(1, 3) AS n"
)
INCIDENT = (
    "INSERT INTO ops.incident (fingerprint, pipeline, severity, title)"
    " SELECT n::text, 'daily_issue_processing_etl', 'critical', 'failed at stage ' || n || ' because of ' || %s"
    " FROM generate_series(1, 2) AS n"
)
RUN = (
    "INSERT INTO ops.run (run_id, pipeline, as_of, trigger, state, reason, started_at, finished_at, interval_start,"
    " interval_end, host, pid, requested_by)"
    " SELECT '20260211T000000Z-daily-00000' || n, 'daily_issue_processing_etl', now(), 'manual', 'failed', %s || n, now(),"
    " now(), now() - interval '1 day', now(), 'h', 1, 'me' FROM generate_series(1, 2) AS n"
)

NAMES_OF_EMPTY_COLUMNS = {"paused", "recovered_at", "verified_at", "last_run", "field"}


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.fixture
def eventful(database: Database, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A warehouse with long stories to tell."""
    with database.connect("owner") as connection:
        execute(connection, ENTRY, [REASON.replace("{}", "%s")])
        execute(connection, INCIDENT, [REASON])
        execute(connection, RUN, [REASON])
        execute(
            connection, BACKUP, ["20260211T000000Z-backup-abcdef", "/a/folder/" + "with-a-long-name/" * 6, "0" * 64]
        )


def test_d2_lists_fit_80_columns_uncut_and_have_no_line_twice(eventful: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for words in (
        ["doctor"], ["schedule", "status"], ["backup", "list"], ["quarantine", "list"], ["alerts", "list"], ["runs"],
        ["pipelines"], ["metrics", "list"], ["notebook", "list"],
    ):  # fmt: skip
        whole, said = call(*words), typed(monkeypatch, 80, *words)
        assert said.status == whole.status, said
        assert max(map(cell_len, said.out.splitlines())) <= 80, words
        told = [line for line in whole.out.splitlines() if line]
        assert len(set(told)) == len(told), words
        if words != ["doctor"]:
            left_out = {word for word in whole.out.split() if word not in squeezed(said.out)}
            assert left_out <= NAMES_OF_EMPTY_COLUMNS, words
    assert call("runs").out.count("\n") == 3


@pytest.mark.parametrize("width", [200, 80, 50, 30])
def test_every_word_of_a_table_is_there_at_any_width(width: int) -> None:
    rows: list[Mapping[str, object]] = [
        {"id": n, "pipeline": "daily_issue_processing_etl", "empty": None, "reason": REASON.format(n), "seconds": n / 3}
        for n in range(1, 4)
    ]
    told = table(rows, width)
    assert max(map(cell_len, told.splitlines())) <= width
    for row in rows:
        assert told.count(f"'{row['id']}'") == 1
        assert str(row["seconds"]) in told.replace("\n", "")
    assert table(rows, None).count("\n") == len(rows)


def test_text_of_the_source_does_not_steer_the_terminal() -> None:
    told = table([{"reason": "red \x1b[31m and\r\nmore \x07"}], 80)
    assert told == "reason\nred [31m and more"
