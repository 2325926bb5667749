"""Each trouble of the guide, made on purpose and found by the doctor alone, with cause and remedy."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from miyabi_dw.cli import main
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import client_programs
from miyabi_dw.db.connection import Connection, Database, execute, query
from miyabi_dw.monitor import health
from miyabi_dw.operations.doctor import Diagnosis, examine, worst
from miyabi_dw.operations.doctor import queries as slow_queries
from miyabi_dw.orchestration import api

DAILY = "daily_issue_processing_etl"
AS_OF = datetime(2025, 3, 3, 3, tzinfo=UTC)
START, END = datetime(2025, 3, 1, 15, tzinfo=UTC), datetime(2025, 3, 2, 15, tzinfo=UTC)


def found(settings: Settings, name: str) -> list[Diagnosis]:
    return [diagnosis for diagnosis in examine(Database(settings), settings, AS_OF) if diagnosis.name == name]


def only(settings: Settings, name: str) -> Diagnosis:
    diagnoses = [diagnosis for diagnosis in found(settings, name) if diagnosis.state != "ok"]
    assert len(diagnoses) == 1, diagnoses
    assert diagnoses[0].remedy
    return diagnoses[0]


def with_source(settings: Settings, url: str) -> Settings:
    return settings.model_copy(update={"source_url": SecretStr(url), "connect_timeout": 3})


def test_a_paused_pipeline_is_found(settings: Settings, database: Database) -> None:
    api.pause(database, DAILY, None, "the source moves")
    diagnosis = only(settings, "paused")
    assert DAILY in diagnosis.cause
    assert "the source moves" in diagnosis.evidence
    assert diagnosis.remedy == f"miyabi-dw unpause {DAILY}"


def test_a_schedule_that_stopped_is_found(
    settings: Settings, warehouse: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    crontab = tmp_path / "crontab"
    crontab.write_text('#!/bin/sh\necho "no crontab for me" >&2\nexit 1\n')
    crontab.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert only(settings, "schedule").state == "warning"
    execute(
        warehouse, "INSERT INTO ops.schedule_tick (pipeline, interval_start, due_at, outcome, recorded_at)"
        " VALUES (%s, %s, %s, 'succeeded', %s)", (DAILY, START, END, AS_OF - timedelta(days=1)),
    )  # fmt: skip
    warehouse.commit()
    diagnosis = only(settings, "schedule")
    assert diagnosis.state == "critical"
    assert diagnosis.remedy == "miyabi-dw schedule install"


@pytest.mark.parametrize(
    ("url", "code", "cause"),
    [
        ("postgresql://u:p@127.0.0.1:1/miyabi", "connection-refused", "nothing answers there"),
        ("postgresql://u:p@no-such-host.invalid/miyabi", "host-unknown", "the host is unknown"),
        (
            "postgresql://u:p@127.0.0.1:1/miyabi?sslmode=verify-full&sslrootcert=/nowhere",
            "connection-refused",
            "nothing answers there",
        ),
        ("no url", "url-unusable", "the database URL does not parse"),
    ],
)
def test_a_source_that_cannot_be_reached_is_explained(settings: Settings, url: str, code: str, cause: str) -> None:
    diagnosis = only(with_source(settings, url), "source")
    assert (diagnosis.code, diagnosis.cause) == (code, cause)
    assert ":p@" not in diagnosis.evidence


def test_a_wrong_password_and_no_encryption_are_told_apart(settings: Settings) -> None:
    assert settings.source_url
    url = settings.source_url.get_secret_value()
    wrong = url.replace(url.split(":")[2].split("@")[0], "wrong")
    assert only(with_source(settings, wrong), "source").cause == "the user or the password is wrong"


def test_a_dead_warehouse_leaves_the_other_looks(settings: Settings) -> None:
    dead = settings.model_copy(update={"warehouse_url": SecretStr("postgresql://u:p@127.0.0.1:1/dw")})
    diagnoses = examine(Database(dead), dead, AS_OF)
    assert worst(diagnoses) == "critical"
    assert {"source", "disk", "memory", "source tables"} <= {diagnosis.name for diagnosis in diagnoses}


@pytest.fixture
def succeeded(warehouse: Connection) -> Connection:
    """The daily run of 2 March, which succeeded with empty facts."""
    execute(
        warehouse, "INSERT INTO ops.run (run_id, pipeline, interval_start, interval_end, as_of, trigger, state, host,"
        " pid) VALUES ('r1', %s, %s, %s, %s, 'schedule', 'succeeded', 'h', 1)", (DAILY, START, END, AS_OF),
    )  # fmt: skip
    warehouse.commit()
    return warehouse


def add_executions(source: Connection, count: int) -> None:
    execute(
        source, "INSERT INTO agent_execution_logs (id, agent_id, started_at, completed_at, success, created_at)"
        " SELECT n, 'CodeGen', '2025-03-02 01:00', '2025-03-02 02:00', true, '2025-03-02 01:00'"
        " FROM generate_series(1, %s) AS n", (count,),
    )  # fmt: skip


def extracted(warehouse: Connection, rows: int) -> None:
    execute(
        warehouse, "INSERT INTO ops.row_count (run_id, source_table, extracted, inserted, updated, unchanged,"
        " quarantined) VALUES ('r1', 'agent_execution_logs', %s, 0, 0, %s, 0)", (rows, rows),
    )  # fmt: skip
    warehouse.commit()


def test_empty_facts_of_an_empty_source(succeeded: Connection, settings: Settings) -> None:
    diagnosis = only(settings, "empty facts")
    assert diagnosis.state == "warning"
    assert "the source has none" in diagnosis.cause


def test_empty_facts_because_nothing_was_extracted(
    succeeded: Connection, source: Connection, settings: Settings
) -> None:
    add_executions(source, 7)
    diagnosis = only(settings, "empty facts")
    assert "extracted nothing, although the source has 7 rows" in diagnosis.cause
    assert "MIYABI_SOURCE_TIMEZONE" in diagnosis.remedy


def test_empty_facts_because_the_gate_held_all(succeeded: Connection, source: Connection, settings: Settings) -> None:
    add_executions(source, 7)
    extracted(succeeded, 7)
    execute(
        succeeded, "INSERT INTO ops.quarantine (run_id, source_table, source_key, content, reason, event_at,"
        " last_seen_run_id) SELECT 'r1', 'agent_execution_logs', n::text, '{}', 'cost is negative', %s, 'r1'"
        " FROM generate_series(1, 7) AS n", (START + timedelta(hours=2),),
    )  # fmt: skip
    succeeded.commit()
    diagnosis = only(settings, "empty facts")
    assert "7 of 7 rows in quarantine" in diagnosis.cause
    assert "cost is negative" in diagnosis.evidence


def test_empty_facts_because_the_transform_lost_them(
    succeeded: Connection, source: Connection, settings: Settings
) -> None:
    add_executions(source, 7)
    extracted(succeeded, 7)
    assert "the transform lost them" in only(settings, "empty facts").cause


@pytest.mark.parametrize(
    ("code", "reason", "is_found"),
    [
        ("kernel-killed", "it ended", True),
        ("memory-exhausted", "it ended", True),
        # As version 1.0.0 recorded it, without a code.
        (None, "the kernel was killed by SIGKILL", True),
        ("cell-raised", "a cell wrote SIGKILL into its message", False),
    ],
)
def test_a_run_that_ended_for_want_of_memory_is_found_by_its_code(
    succeeded: Connection, settings: Settings, code: str | None, reason: str, is_found: bool
) -> None:
    execute(
        succeeded, "UPDATE ops.run SET state = 'failed', queued_at = %s, reason = %s, error = %s",
        (AS_OF - timedelta(hours=1), reason, json.dumps({"code": code}) if code else None),
    )  # fmt: skip
    succeeded.commit()
    diagnoses = [diagnosis for diagnosis in found(settings, "memory") if diagnosis.state == "critical"]
    assert [reason in diagnosis.evidence for diagnosis in diagnoses] == ([True] if is_found else [])
    assert all("MIYABI_PARALLEL_RUNS" in diagnosis.remedy for diagnosis in diagnoses)


def test_settings_that_ask_for_more_than_there_is_are_found(settings: Settings) -> None:
    greedy = settings.model_copy(update={"parallel_runs": 10_000})
    assert any("the settings can ask for" in diagnosis.cause for diagnosis in found(greedy, "memory"))


def test_who_blocks_whom_is_told(
    warehouse: Connection, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_queries, "BLOCKED_SECONDS", 0.2)
    execute(warehouse, "LOCK TABLE dim_label IN ACCESS EXCLUSIVE MODE")

    def wait() -> None:
        with database.connect("etl", application_name="an analyst") as connection:
            query(connection, "SELECT count(*) FROM dim_label")

    waiting = threading.Thread(target=wait)
    waiting.start()
    try:
        blocked: list[Diagnosis] = []
        for _ in range(50):
            blocked = [diagnosis for diagnosis in found(settings, "slow queries") if diagnosis.state == "critical"]
            if blocked:
                break
        assert f"for process {warehouse.info.backend_pid} (miyabi-dw:test)" in blocked[0].cause
        assert "an analyst" in blocked[0].evidence
    finally:
        warehouse.rollback()
        waiting.join()


def test_a_run_that_nobody_runs_is_found(succeeded: Connection, settings: Settings) -> None:
    execute(succeeded, "UPDATE ops.run SET state = 'running', queued_at = now() - interval '1 hour'")
    succeeded.commit()
    assert only(settings, "stale lock").remedy == "miyabi-dw cancel r1"


def test_a_fact_that_is_gone_and_a_schema_that_drifted(warehouse: Connection, settings: Settings) -> None:
    execute(warehouse, "DROP TABLE fact_deployment CASCADE")
    execute(warehouse, "DELETE FROM ops.schema_migration WHERE name LIKE '0011%'")
    warehouse.commit()
    assert only(settings, "facts").remedy == "miyabi-dw recover fact fact_deployment"
    assert "0011" in only(settings, "schema").evidence


def test_a_source_without_a_table(source: Connection, settings: Settings) -> None:
    execute(source, "DROP TABLE worktree_states")
    assert "worktree_states" in only(settings, "source tables").cause


def test_missing_programs_are_named(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 18.0'\n")
    (tmp_path / "postgres").chmod(0o755)
    monkeypatch.setattr(client_programs, "directories", lambda _: [tmp_path])
    monkeypatch.setenv("PATH", str(tmp_path))
    wanting = [d.cause.split(" fits ")[0] for d in found(settings, "programs") if d.state == "critical"]
    assert wanting == ["no psql", "no pg_dump", "no pg_restore"]


def test_clocks_that_differ(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 100)
    assert {diagnosis.state for diagnosis in found(settings, "clock")} == {"critical"}


def content(warehouse: Connection) -> dict[str, str]:
    """A digest of every table's rows."""
    tables = query(
        warehouse, "SELECT quote_ident(schemaname) || '.' || quote_ident(relname) AS name FROM pg_stat_user_tables"
    )
    rows = "SELECT md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) AS digest FROM {} AS t"
    return {table["name"]: query(warehouse, rows.format(table["name"]))[0]["digest"] for table in tables}


def test_it_writes_nothing_and_its_exit_status_is_the_verdict(
    warehouse: Connection, settings: Settings, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    before = content(warehouse)
    warehouse.commit()
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert ended.value.code == {"ok": 0, "warning": 1, "critical": 2}[told["verdict"]]
    assert all(diagnosis["remedy"] for diagnosis in told["diagnoses"] if diagnosis["state"] != "ok")
    assert content(warehouse) == before
    assert not settings.home.exists()


def test_b19_facts_that_were_dropped_are_named_and_no_check_speaks_sql(
    settings: Settings, succeeded: Connection, source: Connection
) -> None:
    for fact in ("fact_issue_processing", "fact_agent_execution", "fact_performance_metrics"):
        execute(succeeded, f"DROP TABLE {fact} CASCADE")
    execute(succeeded, "UPDATE ops.run SET started_at = now(), finished_at = now()")
    succeeded.commit()
    database = Database(settings)
    diagnoses = examine(database, settings, AS_OF)
    gone = {each.remedy for each in diagnoses if each.name == "facts"}
    assert gone >= {"miyabi-dw recover fact fact_issue_processing", "miyabi-dw recover fact fact_agent_execution"}
    said = [f"{each.cause} {each.evidence}" for each in diagnoses]
    said += [finding.sentence for finding in health.examine(database, settings, AS_OF)]
    assert not [text for text in said if "does not exist" in text or "LINE " in text or "SELECT" in text]
    assert any("fact_issue_processing is not there" in text for text in said)
