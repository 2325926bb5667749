"""Executions of agents as answers tell of them, and how they find their issue."""

from typing import Any

import pytest

from connect.conforming import CLI, Source, answer, at, commit, release
from miyabi_dw.connect.conform import forget
from miyabi_dw.connect.coverage import coverage
from miyabi_dw.connect.records import Issue, PullRequest, PullRequestIssue, Record

SEVEN = Issue(CLI, "#7", 7, "It fails", "open", created_at=at("04 08:00"))
EIGHT = Issue(CLI, "#8", 8, "It still fails", "open", created_at=at("04 08:00"))
LINK = """SELECT replace(issues.x_key, 'acme/cli ', ''), done.x_link, done.x_unlinked
FROM agent_execution_logs AS done LEFT JOIN issues ON issue_id = issues.id"""
SESSION = "01234567-89ab-cdef-0123-456789abcdef"


def test_an_execution_is_its_distinct_answers_by_model(own: Source) -> None:
    own.land(
        answer(1, "05 10:00", answered_at=at("05 10:01"), tokens_output=5, tokens_cache_read=60, cost_usd=0.25),
        answer(2, "05 10:00", answered_at=at("05 10:04"), success=False, cost_usd=0.5, tokens_reasoning=3, branch="b"),
        answer(3, "05 10:00", answered_at=at("05 10:02"), model="claude-haiku", tokens_input=3_000_000_000),
    )
    assert own.rows(
        "SELECT llm_model, llm_tokens_input, llm_tokens_output, llm_tokens_cache_read, llm_tokens_reasoning, llm_cost_usd,"
        " execution_duration_ms, success, branch, external_id FROM agent_execution_logs ORDER BY 1"
    ) == [
        ("claude-haiku", 3_000_000_000, 10, 0, 0, None, 120_000, True, None, "s1/1 | claude-haiku"),
        ("claude-opus-4-5", 200, 15, 60, 3, pytest.approx(0.75), 240_000, False, "b", "s1/1 | claude-opus-4-5"),
    ]  # fmt: skip


def test_an_answer_of_several_sessions_counts_once_where_it_was_first_with_its_greatest_output(own: Source) -> None:
    resumed = {"execution_id": "s2/1", "session_id": "s2", "session_at": at("06 00:00")}
    own.land(answer(1, "05 10:00", tokens_output=90, **resumed), answer(2, "05 11:00", **resumed))
    assert own.rows("SELECT x_execution, llm_tokens_output FROM agent_execution_logs") == [("s2/1", 100)]
    accounts = own.land(answer(1, "05 10:00", tokens_output=10))
    tokens = "SELECT x_execution, llm_tokens_output FROM agent_execution_logs ORDER BY 1"
    assert own.rows(tokens) == [("s1/1", 90), ("s2/1", 10)]
    assert (accounts["agent_execution_logs"].inserted, accounts["agent_execution_logs"].updated) == (1, 1)
    assert own.again() == 0
    # All of the second session's answers were copies.
    assert own.land(answer(2, "05 11:00"))["agent_execution_logs"].deleted == 1
    assert own.rows(tokens) == [("s1/1", 100)]


PULLS: list[Record] = [
    PullRequest(CLI, 12, "closed", head_branch="fix", base_branch="main", created_at=at("03 00:00"), closed_at=at("04 00:00")),
    PullRequest(CLI, 13, "open", head_branch="fix", base_branch="main", created_at=at("05 00:00")),
    PullRequest(CLI, 14, "open", head_branch="main", base_branch="main", created_at=at("05 00:00")),
    PullRequestIssue(CLI, 12, "#8", "linked"),
    PullRequestIssue(CLI, 13, "#7", "linked"),
]


@pytest.mark.parametrize(
    ("told", "others", "expected"),
    [
        ({"issue_key": "#7", "branch_key": "#8"}, [EIGHT], ("#7", "named", None)),
        ({"branch": "fix/7", "branch_key": "#7"}, [], ("#7", "branch", None)),
        ({"branch": "fix/13", "branch_key": "#13"}, PULLS, ("#7", "pull request", None)),
        ({"branch": "fix"}, PULLS, ("#7", "pull request", None)),
        ({"branch": "main"}, PULLS, (None, None, "branch names no issue")),
        (
            {"branch": "look"},
            [*commit(1, "09 10:00", "branch:look", link="merged branch", branch="look")],
            ("branch:look", "branch", None),
        ),
        ({"branch": "main"}, [*commit(1, "05 10:04", "#7")], ("#7", "commits", None)),
        ({"branch": "main"}, [*commit(1, "05 10:04", "#7", branch="other")], (None, None, "branch names no issue")),
        ({"branch": "main"}, [*commit(1, "05 10:06", "#7")], (None, None, "branch names no issue")),
        (
            {},
            [EIGHT, *commit(1, "05 10:01", "#7"), *commit(2, "05 10:02", "#8")],
            (None, None, "several issues"),
        ),
        (
            {"session_id": SESSION},
            [*commit(1, "06 10:00", "#7", trailers=(f"Entire-Session: 2026-01-05-{SESSION}",))],
            ("#7", "trailer", None),
        ),
        ({}, [*commit(1, "05 10:01"), *release("v1", "06 00:00", 1)], (None, None, "branch names no issue")),
        ({"repository": "acme/web"}, [], (None, None, "repository is not connected")),
        ({"repository": None}, [], (None, None, "no repository known for the folder")),
    ],
)  # fmt: skip
def test_how_an_execution_finds_its_issue(
    own: Source, told: dict[str, Any], others: list[Record], expected: tuple[str | None, ...]
) -> None:
    """Whatever of it lands first: the session before its issue, or, all at once, after it."""
    own.land(answer(1, "05 10:00", **told), name="claude")
    own.land(SEVEN, *others)
    assert own.row(LINK) == expected
    assert own.again() == 0


def test_a_folder_without_repository_is_the_only_connected_one_of_its_name(own: Source) -> None:
    where = "SELECT repository, x_repository_link, x_folder FROM agent_execution_logs"
    own.land(answer(1, "05 10:00", repository=None, folder="/home/ada/src/cli/", branch_key="#7"), name="claude")
    assert own.row(where) == (None, None, "cli")
    own.land(SEVEN)
    assert own.row(where) == (CLI, "folder name", "cli")
    assert own.row(LINK) == ("#7", "branch", None)
    own.land(Issue("other/cli", "#1", 1, state="open", created_at=at("04 08:00")), name="other")
    assert own.row(where) == (None, None, "cli")


def test_the_last_commit_of_an_execution_is_its_commit(own: Source) -> None:
    own.land(answer(1, "05 10:00"), *commit(1, "05 10:01", "#7"), *commit(2, "05 10:03", "#7"), *commit(3, "05 10:30"))
    assert own.row("SELECT right(commit_sha, 1) FROM agent_execution_logs") == ("2",)


def test_coverage_says_how_and_why_not_with_examples(own: Source) -> None:
    own.land(
        SEVEN, *commit(1, "05 10:00", "#7"), *commit(2, "05 11:00"), *commit(3, "05 12:00"), *release("v1", "06 12:00", 1, 2),
        *release("v0", "01 12:00"), answer(1, "05 10:00", branch_key="#7"),
        *(answer(n, "05 10:00", execution_id=f"s{n}", session_id=f"s{n}", repository=None) for n in range(2, 7)),
    )  # fmt: skip
    told = coverage(own.connection)
    assert [(each.what, each.linked, each.total) for each in told] == [
        ("commits with an issue", 1, 3), ("executions with an issue", 1, 6), ("executions with a repository", 1, 6),
        ("deployments with commits", 1, 2),
    ]  # fmt: skip
    assert [(each.reason, each.is_linked, each.rows) for each in told[1].reasons] == [
        ("branch", True, 1), ("no repository known for the folder", False, 5),
    ]  # fmt: skip
    assert told[1].reasons[1].examples == ("s2", "s3", "s4")
    assert [(each.reason, each.rows) for each in told[0].reasons] == [("subject", 1), ("names no issue", 2)]


def test_a_connection_that_is_forgotten_takes_along_what_no_other_tells(own: Source) -> None:
    own.land(*commit(1, "05 10:00", "#7"), *commit(2, "05 11:00", "#9"), *release("v1", "06 12:00", 1, 2))
    own.land(SEVEN, name="github")
    own.land(answer(1, "05 10:30", branch_key="#9"), name="claude")
    assert own.row(LINK)[0] == "#9"
    forget(own.connection, own.settings, "git")
    assert own.rows("SELECT x_key, x_link FROM issues") == [("acme/cli #7", "tracker")]
    assert own.rows("SELECT commit_sha FROM commits") == own.rows("SELECT x_key FROM deployment_pipelines") == []
    assert own.row(LINK) == (None, None, "branch names no issue")
    assert own.row("SELECT count(*) FROM connect.commit") == (0,)
    forget(own.connection, own.settings, "github")
    assert own.row("SELECT x_unlinked, x_repository_link FROM agent_execution_logs") == (
        "repository is not connected", None,
    )  # fmt: skip
    forget(own.connection, own.settings, "claude")
    assert own.row("SELECT (SELECT count(*) FROM agent_execution_logs) + (SELECT count(*) FROM issues)") == (0,)
