"""The history of one issue, written down with every figure that its days must show."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from etl.kit import Warehouse, versions_are_sound
from miyabi_dw.db.connection import Connection, execute

# Business days begin at 15:00 UTC of the day before.
HISTORY = """
INSERT INTO issues (id, number, title, priority, issue_type, repository, created_at, updated_at, closed_at) VALUES
    (1, 101, 'A bug', 'P2', 'Bug', 'miyabi/core', '2026-01-12 01:00', '2026-01-15 16:00', '2026-01-15 16:00'),
    (2, 102, 'Nothing happens here', 'P3', 'task', 'miyabi/core', '2026-01-12 01:00', '2026-01-12 01:00', NULL);
-- 14:59:59 UTC is still the 12th, 15:00 is the 13th. The last of the 13th is by Review, though CodeGen started later.
INSERT INTO agent_execution_logs
    (id, issue_id, agent_id, started_at, completed_at, execution_duration_ms, llm_tokens_input, llm_tokens_output,
    llm_cost_usd, success) VALUES
    (1, 1, 'CodeGen', '2026-01-12 14:00', '2026-01-12 14:59:59', 1500, 1000, 100, 0.0200000001, true),
    (2, 1, 'CodeGen', '2026-01-12 20:00', '2026-01-12 21:00', 2000, 1000000, 100000, NULL, true),
    (3, 1, 'Review', '2026-01-12 15:00', '2026-01-12 22:00', NULL, NULL, NULL, NULL, NULL),
    (4, 1, 'CodeGen', '2026-01-13 01:00', NULL, NULL, NULL, NULL, NULL, NULL),
    (5, NULL, 'CodeGen', '2026-01-13 01:00', '2026-01-13 02:00', 100, NULL, NULL, 5, true);
INSERT INTO code_gen_tasks VALUES (1, 1, 3, 120, NULL, 0, 2, '2026-01-12 14:30', '2026-01-13 16:00');
INSERT INTO review_results VALUES (1, 1, 0.85, 69.99, 0, 0, '2026-01-13 20:00');
INSERT INTO deployment_pipelines VALUES
    (1, 1, 'success', 90, 1.2345, 'production', '2026-01-15 16:30', '2026-01-15 16:00');
INSERT INTO commits VALUES
    (1, 1, 'AAA', 7, NULL, 'dev', '2026-01-12 14:40'), (2, 1, 'BBB', NULL, NULL, 'dev', '2026-01-12 14:50'),
    (3, 1, 'CCC', NULL, NULL, 'dev', '2026-01-15 17:00'), (4, NULL, 'DDD', NULL, NULL, 'dev', '2026-01-13 00:00');
INSERT INTO label_history VALUES
    (1, 1, 'type:bug', '2026-01-12 01:00', NULL), (2, 1, 'priority:p1', '2026-01-12 16:00', '2026-01-13 16:00');
INSERT INTO worktree_states VALUES (1, 1, 'wt/one', 'one', 'Active', '2026-01-12 02:00', NULL);
"""
# What a day says when nothing of that kind happened on it.
QUIET = {
    "agent": "(unknown)", "label": "type:bug", "worktree": "wt/one", "resource": "(unknown)", "issue_number": 101,
    "processing_duration_seconds": None, "lines_of_code_generated": None, "files_modified": None, "review_score": None,
    "test_coverage_percent": None, "clippy_warnings": None, "fmt_issues": None, "build_success": None,
    "test_success": None, "deployment_success": None, "ai_cost_usd": None, "infrastructure_cost_usd": None,
    "started_at": None, "completed_at": None, "lead_time_hours": None, "cycle_time_hours": None, "commit_sha": None,
    "pr_number": None,
}  # fmt: skip
REVIEWED = {"review_score": Decimal("0.85"), "test_coverage_percent": Decimal("69.99"), "test_success": False}
READ = """
    SELECT time_key, agent_id AS agent, label_name AS label, worktree_path AS worktree, resource_id AS resource, f.*
    FROM fact_issue_processing AS f JOIN dim_agent USING (agent_key) JOIN dim_label USING (label_key)
    JOIN dim_worktree USING (worktree_key) JOIN dim_infrastructure USING (infrastructure_key) ORDER BY time_key
"""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def lived(source: Connection, miyabi: Warehouse) -> Warehouse:
    execute(source, HISTORY)
    miyabi.days(date(2026, 1, 12), date(2026, 1, 17))
    return miyabi


def days(miyabi: Warehouse) -> dict[int, dict[str, Any]]:
    return {row["time_key"]: {name: row[name] for name in QUIET} for row in miyabi.query(READ) if row["issue_id"] == 1}


def test_each_day_says_what_happened_on_it_and_no_more(lived: Warehouse) -> None:
    found = days(lived)
    assert list(found) == [20260112, 20260113, 20260114, 20260116]
    assert found[20260112] == QUIET | {
        "agent": "agent-codegen", "processing_duration_seconds": Decimal("1.5"), "ai_cost_usd": Decimal("0.0200000001"),
        "started_at": at("2026-01-12 14:00"), "completed_at": at("2026-01-12 14:59:59"), "commit_sha": "bbb", "pr_number": 7,
    }  # fmt: skip
    # claude-sonnet-4 costs 0.3 dollars a million tokens read from the cache and 15 a million written. Nobody tells the cached
    # tokens apart, so that the lower end counts: 1,000,000 x 0.0000003 + 100,000 x 0.000015 = 1.8.
    assert found[20260113] == QUIET | {
        "agent": "agent-review", "label": "P1", "processing_duration_seconds": Decimal(2), "ai_cost_usd": Decimal("1.8"),
        "started_at": at("2026-01-12 15:00"), "completed_at": at("2026-01-12 22:00"),
    }  # fmt: skip
    # The code generation was last updated on the 14th, the review was written then; the label P1 left on the 14th.
    assert found[20260114] == QUIET | REVIEWED | {
        "lines_of_code_generated": 120, "files_modified": 3, "clippy_warnings": 0, "fmt_issues": 2, "build_success": False,
    }  # fmt: skip
    # Closed on the 16th: 16:00 of the 15th minus 01:00 of the 12th is 87 hours; minus 14:00, the first start, 74.
    assert found[20260116] == QUIET | REVIEWED | {
        "deployment_success": True, "infrastructure_cost_usd": Decimal("1.2345"), "resource": "environment-production",
        "lead_time_hours": Decimal(87), "cycle_time_hours": Decimal(74), "commit_sha": "ccc",
    }  # fmt: skip


def test_an_issue_without_an_event_has_no_day_but_a_dimension_row(lived: Warehouse) -> None:
    assert lived.value("SELECT count(*) FROM fact_issue_processing WHERE issue_id = 2") == 0
    assert lived.value("SELECT title FROM dim_issue WHERE issue_id = 2") == "Nothing happens here"


def test_a_commit_is_carried_by_the_first_success_after_it(lived: Warehouse) -> None:
    found = lived.query("SELECT commit_sha, time_key, deployment_id, deployed_time_key, lead_time_seconds"
                        " FROM fact_code_change ORDER BY commit_sha")  # fmt: skip
    # 15 January 16:30 minus 12 January 14:40 is 3 days, 1 hour and 50 minutes: 265,800 s.
    assert [tuple(row.values()) for row in found] == [
        ("aaa", 20260112, 1, 20260116, 265_800),
        ("bbb", 20260112, 1, 20260116, 265_200),
        ("ccc", 20260116, None, None, None),
        ("ddd", 20260113, None, None, None),
    ]


def test_costs_are_told_apart_by_where_they_come_from(lived: Warehouse) -> None:
    found = lived.query("SELECT execution_id, llm_cost_source, llm_model FROM fact_agent_execution ORDER BY 1")
    assert [tuple(row.values()) for row in found] == [
        (1, "reported", "claude-sonnet-4"), (2, "estimated", "claude-sonnet-4"), (3, "unknown", "claude-sonnet-4"),
        (5, "reported", "claude-sonnet-4"),
    ]  # fmt: skip


def test_a_rollback_takes_the_success_and_the_lead_times_away(lived: Warehouse, source: Connection) -> None:
    execute(source, "UPDATE deployment_pipelines SET deployment_status = 'rolled_back'")
    lived.day(date(2026, 1, 22))
    assert days(lived)[20260116]["deployment_success"] is False
    assert days(lived)[20260116]["infrastructure_cost_usd"] == Decimal("1.2345")
    assert lived.value("SELECT count(*) FROM fact_code_change WHERE deployment_id IS NOT NULL") == 0
    assert lived.query("SELECT deployment_status, rollback_count, time_key FROM fact_deployment") == [
        {"deployment_status": "ROLLED_BACK", "rollback_count": 1, "time_key": 20260116}
    ]


def test_an_update_of_the_code_generation_moves_its_lines_to_another_day(lived: Warehouse, source: Connection) -> None:
    execute(source, "UPDATE code_gen_tasks SET total_lines_generated = 130, updated_at = '2026-01-15 20:00'")
    lived.day(date(2026, 1, 16))
    found = days(lived)
    assert found[20260114] == QUIET | REVIEWED
    assert (found[20260116]["lines_of_code_generated"], found[20260116]["build_success"]) == (130, False)


def test_a_change_opens_a_version_from_its_time_on_and_facts_keep_theirs(lived: Warehouse, source: Connection) -> None:
    execute(source, "UPDATE issues SET priority = 'p0', closed_at = NULL, updated_at = '2026-01-18 20:00' WHERE id = 1")
    execute(source, "INSERT INTO commits VALUES (9, 1, 'EEE', NULL, NULL, 'dev', '2026-01-18 22:00')")
    lived.day(date(2026, 1, 19))
    versions = lived.query("SELECT version, priority, state, effective_date, is_current FROM dim_issue WHERE issue_id = 1"
                           " ORDER BY version")  # fmt: skip
    assert [tuple(row.values()) for row in versions] == [
        (1, "P2", "closed", at("1900-01-01"), False), (2, "P0", "open", at("2026-01-18 20:00"), True),
    ]  # fmt: skip
    read = "SELECT time_key, priority FROM fact_issue_processing JOIN dim_issue USING (issue_key) ORDER BY time_key"
    # It is open again, so the 16th counts for its deployment and its commit alone.
    assert [tuple(row.values()) for row in lived.query(read)] == [
        (20260112, "P2"), (20260113, "P2"), (20260114, "P2"), (20260116, "P2"), (20260119, "P0"),
    ]  # fmt: skip
    assert days(lived)[20260116]["lead_time_hours"] is None
    assert versions_are_sound(lived)


def test_a_version_that_begins_in_the_past_takes_over_the_facts_of_its_days(
    lived: Warehouse, source: Connection
) -> None:
    execute(
        source, "UPDATE issues SET title = 'renamed', updated_at = '2026-01-12 20:00', closed_at = NULL WHERE id = 1"
    )
    execute(source, "DELETE FROM label_history")
    lived.day(date(2026, 1, 13))
    read = (
        "SELECT execution_id, version FROM fact_agent_execution JOIN dim_issue USING (issue_key) WHERE execution_id < 5"
    )
    assert [tuple(row.values()) for row in lived.query(read + " ORDER BY 1")] == [(1, 1), (2, 2), (3, 2)]
    assert versions_are_sound(lived)
