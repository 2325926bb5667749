"""Ten changes, with and without an agent: every figure of mart_agent_impact worked out by hand."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from etl.impact_history import add, sha, write_history
from etl.kit import Warehouse
from miyabi_dw.db.connection import Connection, execute
from miyabi_dw.etl.publish import publish

FIRST, LAST = date(2026, 1, 1), date(2026, 2, 28)
# changes: 1, 2, 4, 6 and 9 with, 3 and 5 without.
WITH = {
    "changes": 5, "agent_share_of_changes": "4.5", "pull_requests": 4,
    # 120, 60, 300, 60 and 15 lines
    "sized_changes": 5, "size_lines": 555, "size_median_lines": 60,
    # 1 after 48 hours, 2 after 72
    "deployed_changes": 2, "lead_time_changes": 2, "lead_time_median_hours": 60, "failed_changes": 1,
    "settled_changes": 5, "reverted_changes": 1, "reverted_rate": "0.2",
    # 90 + 40 + 150 + 60 + 12, of these 9 + 10 + 75 + 6 + 0
    "code_lines_added": 352, "code_lines_churned": 100, "churn_rate": "0.284091",
    # 2 cost 3 and 9 cost 1; 30 and 12 lines of them survived
    "changes_with_cost": 2, "cost_usd": 4, "suspect_cost_usd": None, "cost_per_change_usd": 2,
    "cost_per_surviving_line_usd": "0.095238", "tokens_input": 400_200, "tokens_output": 10_020, "tokens_cache_read": 200_100,
    # reviews after 4, 24 and 1 hours, which took 24, 21 and 1; merged after 28, 45, 1 and 2
    "reviewed_pull_requests": 3, "first_review_median_hours": 4, "review_median_hours": 21, "merge_median_hours": 15,
    "avg_review_rounds": 1, "judged_merges": 4, "merges_without_review": 1,
    # 1 by half, 2 wholly, and 2 once more when it failed
    "deployments": 2, "failed_deployments": 1, "change_failure_rate": "0.333333",
    "agent_share_of_deployments": "2.5", "agent_share_of_failed_deployments": 1,
}  # fmt: skip
WITHOUT = {
    "changes": 2, "agent_share_of_changes": 0, "pull_requests": 2, "sized_changes": 2, "size_lines": 50,
    "size_median_lines": 25, "deployed_changes": 1, "lead_time_changes": 1, "lead_time_median_hours": 24,
    "failed_changes": 0, "settled_changes": 2, "reverted_changes": 0, "reverted_rate": 0,
    "code_lines_added": 30, "code_lines_churned": 0, "churn_rate": 0,
    "changes_with_cost": 0, "cost_usd": None, "suspect_cost_usd": None, "cost_per_change_usd": None,
    "cost_per_surviving_line_usd": None, "tokens_input": None, "tokens_output": None, "tokens_cache_read": None,
    "reviewed_pull_requests": 1, "first_review_median_hours": 2, "review_median_hours": 9, "merge_median_hours": "6.5",
    "avg_review_rounds": "0.5", "judged_merges": 2, "merges_without_review": 1,
    "deployments": 1, "failed_deployments": 0, "change_failure_rate": 0,
    "agent_share_of_deployments": 0, "agent_share_of_failed_deployments": None,
}  # fmt: skip
UNKNOWN = {"changes": 1, "agent_share_of_changes": None, "size_lines": 7, "code_lines_added": None, "deployments": 0}
FEBRUARY = {
    "yes": {"changes": 1, "size_lines": 20, "churn_rate": "0.25", "first_review_median_hours": 1, "deployments": 0},
    "no": {"changes": 1, "pull_requests": 0, "size_lines": 10, "churn_rate": 0, "merge_median_hours": None},
}
EVIDENCE = {
    ("12", "trailer", "claude-code", "claude-opus-4-5"), ("12", "trailer", "codex", None),
    ("21", "session", "claude-code", "claude-opus-4-5"), ("41", "author", "devin", None), ("!4", "author", "devin", None),
    ("61", "trailer", "codex", None), ("62", "trailer", "codex", None), ("!7", "label", "(unnamed)", None),
    ("81", "trailer", "claude-code", "claude-opus-4-5"), ("91", "session", "claude-code", "claude-opus-4-5"),
}  # fmt: skip


def differing(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    exact = {name: None if value is None else Decimal(value) for name, value in expected.items()}
    return {name: (found[name], value) for name, value in exact.items() if found[name] != value}


def group(miyabi: Warehouse, month: int, word: str, repository: str = "org/app") -> dict[str, Any]:
    text = "SELECT * FROM mart_agent_impact WHERE (month, made_with_agent, repository) = (%s, %s, %s)"
    [found] = miyabi.query(text, month, word, repository)
    return found


def changes(miyabi: Warehouse) -> dict[str, tuple[str, Any]]:
    rows = miyabi.query("SELECT change_key, made_with_agent, agent_share FROM v_metric_change")
    return {row["change_key"][-2:]: (row["made_with_agent"], row["agent_share"]) for row in rows}


@pytest.fixture
def loaded(source: Connection, miyabi: Warehouse) -> Warehouse:
    write_history(source)
    publish(miyabi.days(FIRST, LAST, gate=True))
    return miyabi


def test_the_mart_by_hand(loaded: Warehouse) -> None:
    assert differing(group(loaded, 1, "yes"), WITH) == {}
    assert differing(group(loaded, 1, "no"), WITHOUT) == {}
    assert differing(group(loaded, 1, "unknown", "org/other"), UNKNOWN) == {}
    for word, expected in FEBRUARY.items():
        assert differing(group(loaded, 2, word), expected) == {}
    # All repositories together: the same rows, and each column of the mart is worked out above.
    assert differing(group(loaded, 1, "yes", "(all)"), WITH) == {}
    assert {*WITH} == {*WITHOUT} == {*group(loaded, 1, "yes")} - {
        "year", "month", "repository", "made_with_agent", "finished_month", "is_provisional",
    }  # fmt: skip

    rows = loaded.query("SELECT of_change, kind, agent, model FROM change_evidence")
    found = {
        (row["of_change"].lstrip("0").removeprefix("org/app"), row["kind"], row["agent"], row["model"]) for row in rows
    }
    assert found == EVIDENCE
    assert changes(loaded) == {
        "!1": ("yes", Decimal("0.5")), "!2": ("yes", 1), "!3": ("no", 0), "!4": ("yes", 1), "!5": ("no", 0), "!6": ("yes", 1),
        "!7": ("yes", 1), ":9": ("yes", 1), "a1": ("no", 0), "b1": ("unknown", None),
    }  # fmt: skip
    hours = "SELECT first_review_business_hours AS first, merge_business_hours AS merge FROM fact_pull_request WHERE number = 1"
    # Monday from nine to one, then the rest of that day and Tuesday until one.
    assert loaded.query(hours) == [{"first": 4, "merge": 13}]
    draft = "SELECT draft_hours, first_review_hours, merge_hours FROM fact_pull_request WHERE number = 6"
    assert loaded.query(draft) == [{"draft_hours": 1, "first_review_hours": 1, "merge_hours": 2}]


def test_a_second_load_changes_nothing_and_a_rebuild_is_the_same(loaded: Warehouse, rebuilt: Warehouse) -> None:
    again = loaded.days(FIRST, LAST)
    ours = {"fact_pull_request", "change_evidence", "fact_change", "bridge_change_commit"}
    assert {name: rows for name, rows in loaded.written(again).items() if name in ours} == dict.fromkeys(ours, 0)
    # The same day by day, in the order of things as they happened.
    for day in (5, 6, 7, 8, 9, 13, 14):
        rebuilt.day(date(2026, 1, day))
    rebuilt.days(date(2026, 2, 1), LAST)
    text = "SELECT * FROM {} ORDER BY 1, 2, 3"
    for table in sorted(ours):
        left, right = (
            [{k: v for k, v in row.items() if k != "run_number"} for row in warehouse.query(text.format(table))]
            for warehouse in (loaded, rebuilt)
        )
        assert left == right


def test_a_change_of_the_past_restates_what_it_touches(loaded: Warehouse, source: Connection) -> None:
    """A history that was rewritten, evidence that makes a no of an unknown, an own row of the catalogue that wins."""
    execute(source, "DELETE FROM commits WHERE commit_sha = %s", [sha("62")])
    add(source, "commits", id=90, commit_sha=sha("e2"), repository="org/app", issue_id=6, pr_number=6, author="bob",
        is_merge=False, committed_at="2026-01-09 01:30")  # fmt: skip
    add(source, "commits", id=91, commit_sha=sha("d1"), repository="org/other", author="bob", is_merge=False,
        committed_at="2026-01-20", trailers="Co-authored-by: Cursor Agent")  # fmt: skip
    publish(loaded.days(FIRST, LAST))
    found = changes(loaded)
    assert (found["!6"], found["b1"], found["d1"]) == (("yes", Decimal("0.5")), ("no", 0), ("yes", 1))
    loaded.execute("INSERT INTO agent_evidence VALUES (1, 'trailer', 'codex', NULL)")
    loaded.execute("INSERT INTO ops.unjudged_month VALUES (202601)")
    publish(loaded.days(FIRST, LAST))
    assert changes(loaded)["!6"] == ("no", 0)
    assert group(loaded, 1, "yes")["changes"] == 4


def test_a_source_without_pull_requests_and_without_agents_is_unknown(source: Connection, miyabi: Warehouse) -> None:
    add(source, "commits", id=1, commit_sha=sha("c1"), author="alice", committed_at="2026-01-08")
    add(
        source,
        "issues",
        id=1,
        number=1,
        title="one",
        repository="org/app",
        created_at="2026-01-04",
        updated_at="2026-01-04",
    )
    add(source, "commits", id=2, issue_id=1, commit_sha=sha("c2"), author="alice", committed_at="2026-01-08")
    stage = miyabi.days(FIRST, LAST, gate=True)
    assert {word for word, _ in changes(miyabi).values()} == {"unknown"}
    assert miyabi.counts(stage)["pull_requests"]["extracted"] == 0
    # A platform's own agents work on issues, and no branch is told.
    add(source, "agent_execution_logs", id=1, issue_id=1, agent_id="claude-code", started_at="2026-01-07",
        completed_at="2026-01-07 01:00", created_at="2026-01-07", success=True)  # fmt: skip
    miyabi.days(FIRST, LAST)
    assert changes(miyabi) == {"c1": ("unknown", None), ":1": ("yes", 1)}
