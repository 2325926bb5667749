"""A source of any encoding, text that is none in it, and numbers of other types than agreed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from etl.kit import Warehouse, differences
from etl.test_bad_rows import DAY, NOON, put, reasons
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, execute
from miyabi_dw.etl import extract_archive
from miyabi_dw.etl.load import load
from miyabi_dw.etl.reconcile import reconcile
from miyabi_dw.etl.transform import transform
from servers import TestServer

TEXT = {
    "EUC_JP": "利用者が「保存」を押すと落ちる、ｶﾅも漢字も",
    "LATIN1": "Größe überschätzt, déjà vu, ¿qué?",
    "WIN1252": "5 € – “naïve” œuvre",
    "SQL_ASCII": "日本語 é € 😀",
}


@pytest.fixture
def encoding() -> str:
    return "SQL_ASCII"


@pytest.fixture
def source_url(server: TestServer, encoding: str) -> Iterator[str]:
    """A source without a row in the encoding that the test asks for."""
    name = server.create("encoded", options=f"ENCODING '{encoding}' LOCALE 'C'")
    with server.connect(name) as connection:
        statements.run(connection, "demo/source/schema")
    yield server.database_url(name)
    server.drop(name)


def issue(source: Connection, number: int, title: str, **row: Any) -> None:
    put(source, "issues", id=number, number=number, title=title, created_at=NOON, updated_at=NOON, **row)


def broken(source: Connection, table: str, number: int, column: str, content: bytes | None) -> None:
    """Puts bytes into a text column of one row that the encoding of the connection would not let pass."""
    execute(source, f"UPDATE {table} SET {column} = convert_from(%s, current_setting('server_encoding')) WHERE id = %s",
            [content, number])  # fmt: skip


def quarantined(miyabi: Warehouse) -> dict[tuple[str, str], str]:
    rows = miyabi.query("SELECT * FROM ops.quarantine WHERE state = 'open' ORDER BY quarantine_id")
    return {(row["source_table"], row["source_key"]): row["reason"] for row in rows}


def unequal(miyabi: Warehouse) -> int:
    """How many months the weekly comparison finds different and rereads, on top of those that stay different."""
    compared = reconcile(miyabi.database, miyabi.settings, datetime.now(UTC))
    return int((~compared.is_equal | compared.reread).sum())


@pytest.mark.parametrize("encoding", TEXT)
def test_a18_text_of_any_encoding_comes_right(source: Connection, miyabi: Warehouse, encoding: str) -> None:
    said = TEXT[encoding]
    issue(source, 1, said, repository=said, description=said)
    put(source, "agent_execution_logs", id=1, issue_id=1, agent_id="CodeGen", started_at=NOON, completed_at=NOON,
        error_message=said)  # fmt: skip
    put(source, "commits", id=1, issue_id=1, commit_sha="ab" * 20, commit_message=said, committed_at=NOON)
    miyabi.day(DAY, gate=True)
    texts = miyabi.query("""
        SELECT staged.title, staged.description, made.commit_message, fact.error_message, dim.title AS told
        FROM staging.issues AS staged, staging.commits AS made, fact_agent_execution AS fact, dim_issue AS dim
        WHERE dim.issue_id = 1
    """)
    assert [set(row.values()) for row in texts] == [{said}]
    assert miyabi.value("SELECT repository FROM dim_issue WHERE issue_id = 1") == said.lower()
    assert quarantined(miyabi) == {}
    again = miyabi.day(DAY, gate=True)
    assert not any(miyabi.written(again).values())
    assert unequal(miyabi) == 0


def test_a18_a_row_that_is_no_utf_8_waits_by_itself_until_it_is_repaired(
    source: Connection, miyabi: Warehouse, rebuilt: Warehouse
) -> None:
    for number in range(1, 5):
        issue(source, number, f"課題 {number}", description="a\\b", repository="r")
    broken(source, "issues", 2, "title", "課題".encode("euc_jp") + "と日本".encode())
    broken(source, "issues", 2, "description", b"caf\xe9 \\ \xed\xa0\x80")
    for number in (1, 2, 3):
        put(source, "agent_execution_logs", id=number, issue_id=number, agent_id="CodeGen", started_at=NOON,
            completed_at=NOON, error_message="失敗")  # fmt: skip
    broken(source, "agent_execution_logs", 3, "error_message", b"\xff")
    stage = miyabi.day(DAY, gate=True)
    why = "no UTF-8, and the source is in SQL_ASCII, which leaves open what it is; write the text again in the source"
    waiting = {
        ("issues", "2"): f"title, description: {why}", ("agent_execution_logs", "3"): f"error_message: {why}",
    }  # fmt: skip
    assert quarantined(miyabi) == waiting
    content = miyabi.value("SELECT content FROM ops.quarantine WHERE source_table = 'issues'")
    assert content["title"] == "\\xB2\\xDD\\xC2\\xEAと日本"
    assert content["description"] == "caf\\xE9 \\ \\xED\\xA0\\x80"
    assert (content["repository"], content["number"]) == ("r", 2)
    counts = miyabi.counts(stage)["issues"]
    assert (counts["extracted"], counts["inserted"], counts["quarantined"]) == (4, 3, 1)
    assert miyabi.query("SELECT title FROM staging.issues ORDER BY id LIMIT 1") == [{"title": "課題 1"}]
    again = miyabi.day(DAY, gate=True)
    assert not any(miyabi.written(again).values())
    assert unequal(miyabi) == 0
    assert quarantined(miyabi) == waiting
    execute(source, "UPDATE issues SET title = '直した', description = NULL WHERE id = 2")
    execute(source, "UPDATE agent_execution_logs SET error_message = NULL WHERE id = 3")
    miyabi.day(date(2026, 4, 1), gate=True)  # far from the rows: they are read again because they wait
    assert (quarantined(miyabi), reasons(miyabi, "loaded").keys()) == ({}, waiting.keys())
    assert miyabi.value("SELECT title FROM dim_issue WHERE issue_id = 2") == "直した"
    rebuilt.day(DAY, gate=True)
    assert differences(miyabi, rebuilt) == {}


def test_a18_a_row_that_was_loaded_and_is_no_utf_8_today_leaves_the_facts(
    source: Connection, miyabi: Warehouse
) -> None:
    for number in (1, 2):
        issue(source, number, "ü")
        put(source, "agent_execution_logs", id=number, issue_id=1, agent_id="CodeGen", started_at=NOON,
            completed_at=NOON, llm_cost_usd=number)  # fmt: skip
    miyabi.day(DAY, gate=True)
    broken(source, "agent_execution_logs", 2, "agent_id", b"CodeGen\xe3\x81")
    broken(source, "issues", 2, "title", "ü".encode("latin1"))
    miyabi.day(DAY, gate=True)
    assert {key[0] for key in quarantined(miyabi)} == {"issues", "agent_execution_logs"}
    assert miyabi.query("SELECT execution_id FROM fact_agent_execution") == [{"execution_id": 1}]
    assert miyabi.query("SELECT id FROM staging.issues") == [{"id": 1}]
    assert unequal(miyabi) == 0


# At the borders of what is UTF-8: shortest forms, surrogates, the last code point, what is cut off, what stands alone.
BORDERS = (
    b"\x7f", b"\x80", b"\xc1\xbf", b"\xc2\x80", b"\xdf\xbf", b"\xe0\x9f\xbf", b"\xe0\xa0\x80", b"\xec\xbf\xbf",
    b"\xed\x9f\xbf", b"\xed\xa0\x80", b"\xee\x80\x80", b"\xef\xbf\xbf", b"\xf0\x8f\xbf\xbf", b"\xf0\x90\x80\x80",
    b"\xf3\xbf\xbf\xbf", b"\xf4\x8f\xbf\xbf", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xe3\x81", b"\xe3\x81a",
    b"\xc3\n\xa9", b"\n\\\\", b"",
)  # fmt: skip


def is_utf8(content: bytes) -> bool:
    return content.decode(errors="replace").encode() == content


def test_a18_what_is_utf_8_is_decided_as_the_standard_does(source: Connection, miyabi: Warehouse) -> None:
    for number, content in enumerate(BORDERS):
        issue(source, number, "")
        broken(source, "issues", number, "title", content)
        broken(source, "issues", number, "description", b"\xa9" if number == 0 else None)
    miyabi.day(DAY, gate=True)
    bad = {number for number, content in enumerate(BORDERS) if number == 0 or not is_utf8(content)}
    assert {int(key) for _, key in quarantined(miyabi)} == bad
    titles = miyabi.query("SELECT id, title FROM staging.issues")
    assert {row["id"]: row["title"].encode() for row in titles} == {
        number: content for number, content in enumerate(BORDERS) if number not in bad
    }


@pytest.mark.parametrize(
    ("encoding", "content"), [("WIN1252", b"caf\xe9 \x81"), ("EUC_JP", b"\xc6\xfc \xa9\xa1")], ids=["WIN1252", "EUC_JP"]
)
def test_a18_a_character_that_utf_8_lacks_costs_its_row_alone(
    source: Connection, miyabi: Warehouse, encoding: str, content: bytes
) -> None:
    for number in (1, 2):
        issue(source, number, TEXT[encoding], description="plain")
    broken(source, "issues", 2, "description", content)
    for _ in range(2):
        miyabi.day(DAY, gate=True)
        assert quarantined(miyabi) == {
            ("issues", "2"): f"description: a character of {encoding} that UTF-8 does not have; write the text again in"
            " the source"
        }
        kept = miyabi.value("SELECT content FROM ops.quarantine")
        assert kept["title"] == TEXT[encoding]
        assert kept["description"] == "".join(chr(byte) if byte < 128 else f"\\x{byte:02X}" for byte in content)
        assert miyabi.query("SELECT title FROM staging.issues") == [{"title": TEXT[encoding]}]
    assert unequal(miyabi) == 0


def test_a18_what_cannot_be_decoded_stays_so_when_an_archived_extract_is_read_back(
    source: Connection, miyabi: Warehouse, rebuilt: Warehouse
) -> None:
    for number in (1, 2):
        issue(source, number, "é")
    broken(source, "issues", 2, "title", b"\xe9")
    stage = miyabi.day(DAY, gate=True)
    extract_archive.archive_extract(stage)
    again = rebuilt.stage(stage.interval)
    extract_archive.read_back(again, next(Path(miyabi.settings.reports_dir).rglob(extract_archive.FOLDER)))
    for _ in range(2):  # a stage that failed is run again
        transform(again)
    load(again)
    assert quarantined(rebuilt) == quarantined(miyabi) != {}
    assert rebuilt.counts(again)["issues"]["quarantined"] == 1
    assert differences(miyabi, rebuilt) == {}


@pytest.mark.parametrize("encoding", ["UTF8"])
def test_a11_floating_point_numbers_arrive_as_they_are_written(source: Connection, miyabi: Warehouse) -> None:
    execute(source, """
        ALTER TABLE agent_execution_logs ALTER llm_cost_usd TYPE double precision, ALTER memory_usage_mb TYPE real;
        ALTER TABLE deployment_pipelines ALTER infrastructure_cost_usd TYPE double precision
    """)  # fmt: skip
    issue(source, 1, "t", repository="r")
    written = ("0.1", "0.30000000000000004", "1e-7", "123456.789012", "NaN", "-Infinity")
    for number, cost in enumerate(written, start=1):
        put(source, "agent_execution_logs", id=number, issue_id=1, agent_id="CodeGen", started_at=NOON,
            completed_at=NOON, llm_cost_usd=cost, memory_usage_mb="0.1")  # fmt: skip
    put(source, "deployment_pipelines", id=1, issue_id=1, deployment_status="success", environment="production",
        created_at=NOON, deployed_at=NOON, infrastructure_cost_usd="0.1")  # fmt: skip
    miyabi.day(DAY, gate=True)
    rows = miyabi.query("SELECT * FROM fact_agent_execution ORDER BY execution_id")
    assert [str(row["llm_cost_usd"]) for row in rows] == ["0.1", "0.3", "1E-7", "123456.789012", "None", "None"]
    assert {str(row["memory_usage_mb"]) for row in rows} == {"0.1"}
    assert str(miyabi.value("SELECT infrastructure_cost_usd FROM fact_deployment")) == "0.1"
    assert [reason.split(":")[0] for reason in quarantined(miyabi).values()] == [
        "llm_cost_usd is NaN", "llm_cost_usd is -Infinity",
    ]  # fmt: skip
    again = miyabi.day(DAY, gate=True)
    assert not any(miyabi.written(again).values())
    assert unequal(miyabi) == 0
