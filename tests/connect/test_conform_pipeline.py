"""What connections fill is a source like any other: the daily pipeline loads it, and nothing lands in quarantine."""

from datetime import date
from decimal import Decimal

import pytest

from connect.conforming import CLI, Source, answer, at, commit, release, sha
from etl.kit import Warehouse
from miyabi_dw.connect.records import Commit, Issue, Label, PullRequest, PullRequestCommit, PullRequestIssue, Review
from miyabi_dw.etl.publish import publish

# Told by a check of each run: an issue that a branch or a release names has no number, and a release without commits no issue.
KNOWN = {"issues.number-known", "deployment_pipelines.issue-given"}


@pytest.fixture
def starting_warehouse(prepared_template: str) -> str:
    return prepared_template


def test_a_landed_history_is_loaded_whole(own: Source) -> None:
    own.land(
        Issue(CLI, "#7", 7, "It fails", "open", "bug", "P1", "bob", at("04 08:00"), at("04 08:00")),
        Label(CLI, "#7", "bug", at("04 08:00")),
        PullRequest(CLI, 12, "closed", "ada", "fix", "main", sha(9), at("05 09:00"), at("06 10:00"), at("06 10:00"),
                    at("06 10:00")),
        PullRequestIssue(CLI, 12, "#7", "closing keyword"), PullRequestCommit(CLI, 12, sha(1)),
        Review(CLI, 12, "r1", "bob", "approved", at("06 09:00")),
        Commit(CLI, sha(1), "ada", at("05 12:00"), lines_added=4, lines_deleted=1), *commit(9, "06 10:00", "#12"),
        *commit(2, "05 13:00"), *commit(3, "05 14:00", "branch:look", link="merged branch"),
        *release("v1", "06 12:00", 9, 2, 3), *release("v0", "04 12:00"),
        answer(1, "05 11:00", branch="fix", cost_usd=0.5, answered_at=at("05 11:20"), tokens_cache_read=40),
        answer(2, "05 15:00", execution_id="s2/1", session_id="s2", repository=None, cost_usd=0.25),
    )  # fmt: skip
    miyabi = Warehouse(own.settings)
    publish(miyabi.days(date(2026, 1, 4), date(2026, 1, 8), gate=True))
    assert miyabi.query("SELECT source_table, reason FROM ops.quarantine") == []
    failed = miyabi.query("SELECT check_id FROM ops.check_result WHERE outcome <> %s", "passed")
    assert {row["check_id"] for row in failed} <= KNOWN
    assert miyabi.query("SELECT release_id, deployment_status, issues FROM v_dora_deployment ORDER BY 1") == [
        {"release_id": "v0", "deployment_status": "SUCCESS", "issues": 0},
        {"release_id": "v1", "deployment_status": "SUCCESS", "issues": 3},
    ]
    # Those of the pull request too, though the squash lost them.
    assert [row["lead_time_hours"] for row in miyabi.query("SELECT * FROM v_dora_lead_time ORDER BY commit_sha")] == [
        24, 23, 22, 2,
    ]  # fmt: skip
    assert miyabi.query(
        "SELECT llm_cost_usd, llm_tokens_cache_read, issue_number FROM fact_agent_execution AS done"
        " LEFT JOIN dim_issue USING (issue_key) ORDER BY llm_cost_usd"
    ) == [
        {"llm_cost_usd": Decimal("0.25"), "llm_tokens_cache_read": 0, "issue_number": None},
        {"llm_cost_usd": Decimal("0.5"), "llm_tokens_cache_read": 40, "issue_number": 7},
    ]  # fmt: skip
