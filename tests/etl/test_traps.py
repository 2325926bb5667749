"""What other implementations fell into: each test is the small history that would show it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from etl.kit import HOURLY, Warehouse, differences
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, execute
from miyabi_dw.etl import gates, publish
from miyabi_dw.etl.extract import extract
from miyabi_dw.etl.load import load
from miyabi_dw.etl.transform import transform

DAY = date(2026, 1, 15)
NOON = datetime(2026, 1, 15, 3, tzinfo=UTC)
# Every letter and control character up to the combining ones, and what copying might take for its own.
ANY_TEXT = "".join(map(chr, range(1, 0x370))) + "\\N\\.\r\n\u202e\u200b課題🚀👩‍💻"


@pytest.fixture
def worked(source: Connection) -> Connection:
    """One issue, and one execution on it at noon in Tokyo."""
    execute(source, "INSERT INTO issues (id, number, title, description, created_at, updated_at)"
            " VALUES (1, 1, 'a', %s, '2026-01-15 03:00', '2026-01-15 03:00')", [ANY_TEXT])  # fmt: skip
    execute(source, "INSERT INTO agent_execution_logs (id, issue_id, agent_id, completed_at, llm_cost_usd, error_message)"
            " VALUES (1, 1, 'CodeGen', '2026-01-15 03:30', 0.5, %s)", [ANY_TEXT])  # fmt: skip
    return source


def whole_hour(miyabi: Warehouse, start: datetime) -> None:
    """All five stages of the hourly pipeline."""
    stage = miyabi.stage(Interval(start, start + timedelta(hours=1)), HOURLY)
    extract(stage)
    transform(stage)
    gates.run_suites(stage, "conformed")
    load(stage)
    publish.publish(stage)
    gates.run_suites(stage, "facts")


def test_an_hour_passes_every_stage_with_rows_without_rows_and_again(worked: Connection, miyabi: Warehouse) -> None:
    for hours in (0, 0, 1):
        whole_hour(miyabi, NOON + timedelta(hours=hours))
    assert miyabi.value("SELECT count(*) FROM fact_issue_processing") == 1
    # A known issue with one more execution: facts of issues are computed, versions are not.
    execute(worked, "INSERT INTO agent_execution_logs (id, issue_id, agent_id, completed_at, llm_cost_usd)"
            " VALUES (2, 1, 'CodeGen', '2026-01-15 04:30', 0.25)")  # fmt: skip
    whole_hour(miyabi, NOON + timedelta(hours=1))
    assert miyabi.query("SELECT time_key, ai_cost_usd FROM fact_issue_processing") == [
        {"time_key": 20260115, "ai_cost_usd": Decimal("0.75")}
    ]
    assert miyabi.value("SELECT sum(total_llm_cost_usd) FROM mart_agent_performance") == Decimal("0.75")


def test_text_of_any_script_arrives_as_it_was_typed(worked: Connection, miyabi: Warehouse) -> None:
    miyabi.day(DAY)
    assert miyabi.value("SELECT description FROM dim_issue WHERE issue_id = 1") == ANY_TEXT
    assert miyabi.value("SELECT error_message FROM fact_agent_execution") == ANY_TEXT


def test_an_old_day_run_again_keeps_the_rows_that_changed_since(
    worked: Connection, miyabi: Warehouse, rebuilt: Warehouse
) -> None:
    miyabi.day(DAY)
    execute(worked, "UPDATE issues SET title = 'b', updated_at = '2026-06-01'")
    for one in (miyabi, rebuilt):
        one.day(DAY)
        assert one.value("SELECT count(*) FROM fact_issue_processing JOIN dim_issue USING (issue_key)") == 1
        assert one.value("SELECT title FROM dim_issue WHERE is_current AND issue_id = 1") == "b"
    assert differences(miyabi, rebuilt) == {}


def test_a_cost_of_an_unknown_model_is_unknown_and_not_nothing(worked: Connection, miyabi: Warehouse) -> None:
    execute(worked, "UPDATE agent_execution_logs SET agent_id = 'aider/openai/gpt-99', llm_cost_usd = NULL,"
            " llm_tokens_input = 10, llm_tokens_output = 10")  # fmt: skip
    miyabi.day(DAY)
    assert miyabi.query("SELECT llm_model, llm_cost_usd, llm_cost_source FROM fact_agent_execution") == [
        {"llm_model": "gpt-99", "llm_cost_usd": None, "llm_cost_source": "unknown"}
    ]
    assert miyabi.query("SELECT ai_cost_usd FROM fact_issue_processing") == [{"ai_cost_usd": None}]


def test_an_issue_that_vanished_keeps_its_facts_and_what_was_known_of_it(
    worked: Connection, miyabi: Warehouse, rebuilt: Warehouse
) -> None:
    miyabi.day(DAY)
    execute(worked, "ALTER TABLE agent_execution_logs DROP CONSTRAINT agent_execution_logs_issue_id_fkey")
    execute(worked, "DELETE FROM issues")
    miyabi.day(DAY)
    assert miyabi.query("SELECT title, state FROM dim_issue WHERE issue_id = 1 AND is_current") == [
        {"title": "a", "state": "deleted"}
    ]
    assert miyabi.value("SELECT ai_cost_usd FROM fact_issue_processing") == Decimal("0.5")
    rebuilt.day(DAY)
    assert rebuilt.value("SELECT is_inferred FROM dim_issue WHERE issue_id = 1") is True
    number = "UPDATE fact_issue_processing SET issue_number = NULL"
    assert miyabi.execute(number) == rebuilt.execute(number) == 1
    assert differences(miyabi, rebuilt) == {}


def test_as_many_statements_for_many_rows_and_members_as_for_few(
    worked: Connection, miyabi: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def noting(call: Callable[..., Any]) -> Callable[..., Any]:
        def noted(connection: Connection, text: str, *rest: Any) -> Any:
            asked.append(text)
            return call(connection, text, *rest)

        return noted

    for name in ("query", "execute"):
        monkeypatch.setattr(statements, name, noting(getattr(statements, name)))
    miyabi.day(DAY)
    few = len(asked)
    execute(worked, """
        INSERT INTO issues (id, number, title, created_at) SELECT n, n, n, '2026-01-16' FROM generate_series(2, 300) AS n;
        INSERT INTO label_history (issue_id, label_name, applied_at) SELECT id, 'new ' || id, '2026-01-16' FROM issues;
        INSERT INTO worktree_states (associated_issue_id, worktree_path) SELECT id, 'wt/' || id FROM issues;
        INSERT INTO agent_execution_logs (id, issue_id, agent_id, completed_at) SELECT 1 + id, id, 'who ' || id, '2026-01-16'
        FROM issues;
    """)  # fmt: skip
    asked.clear()
    miyabi.day(DAY + timedelta(days=1))
    assert miyabi.value("SELECT count(*) FROM dim_agent WHERE is_inferred") == 300
    assert len(asked) <= few + 10
