"""In whatever order and pieces a history lands, the source says the same."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connect.conforming import CLI, Source, answer, at, commit, sha
from miyabi_dw.connect.records import (
    Commit,
    CommitIssue,
    Deployment,
    DeploymentCommit,
    Issue,
    Label,
    PullRequest,
    PullRequestCommit,
    PullRequestIssue,
    Record,
    Review,
)

WEB = "acme/web"
LISTED = (
    Commit, CommitIssue, Deployment, DeploymentCommit, PullRequest, PullRequestCommit, PullRequestIssue, Review, Label,
)  # fmt: skip
LINKS = ("trailer", "closing keyword", "subject", "merged branch")
# What each table says, ids and the moment of the last change aside; issues that nothing names any more are gone.
TOLD = {
    "issues": "x_key, number, title, state, created_at, closed_at, author, x_link FROM issues WHERE deleted_at IS NULL",
    "commits": "commit_sha, i.x_key, pr_number, is_merge, lines_added, c.repository, c.x_link, x_unlinked"
    " FROM commits AS c LEFT JOIN issues AS i ON issue_id = i.id",
    "deployments": "d.x_key, i.x_key AS issue, deployment_status, d.x_link, x_unlinked"
    " FROM deployment_pipelines AS d LEFT JOIN issues AS i ON issue_id = i.id",
    "executions": "e.x_key, i.x_key AS issue, llm_tokens_output, e.x_link, x_unlinked, e.repository, right(commit_sha, 2) AS made"
    " FROM agent_execution_logs AS e LEFT JOIN issues AS i ON issue_id = i.id",
    "reviews": "x_key, review_score, created_at FROM review_results",
    "worktrees": "x_key, worktree_path, status FROM worktree_states",
    "labels": "x_key, removed_at FROM label_history",
}
EMPTY = """
TRUNCATE landing.sync, landing.issue, landing.label, landing.commit, landing.commit_issue, landing.pull_request,
    landing.pull_request_issue, landing.pull_request_commit, landing.review, landing.deployment, landing.deployment_commit,
    landing.answer, landing.repository, landing.pull_link, landing.commit_link, landing.commit_session,
    issues, agent_execution_logs, code_gen_tasks, review_results, deployment_pipelines, commits, label_history, worktree_states
"""


def history(chance: random.Random) -> Iterator[Record]:
    """Thirty commits, some in pull requests, told releases of one environment and deployments of another, sessions."""
    start = at("05 00:00")

    def moment(number: float) -> Any:
        return start + timedelta(hours=number)

    for number in range(1, 31):
        keys = [
            f"#{chance.randint(1, 12)}",
            f"#{chance.randint(40, 46)}",
            f"branch:b{number % 4}",
            f"{WEB}#{chance.randint(1, 3)}",
        ]
        pull = chance.randint(40, 46) if chance.random() < 0.3 else None
        reverts = sha(chance.randint(1, number)) if number > 9 and chance.random() < 0.2 else None
        more = {"pr_number": pull, "reverts": reverts, "branch": chance.choice((None, None, "b1"))}
        record, *_ = commit(number, "05 00:00", lines_added=number, **more)
        yield replace(record, committed_at=moment(number))  # type: ignore[type-var]
        for key in chance.sample(keys, chance.choice((0, 1, 1, 2))):
            yield CommitIssue(CLI, sha(number), key, chance.choice(LINKS))
    for number in range(1, 8):
        if chance.random() < 0.5:
            yield Issue(CLI, f"#{number}", number, f"issue {number}", "open", created_at=moment(number))
            yield Label(CLI, f"#{number}", "bug", moment(number))
    for number in (1, 2):
        yield Issue(WEB, f"#{number}", number, "web", "open", created_at=moment(0))
    for number in range(40, 45):
        merged = moment(chance.randint(5, 30)) if chance.random() < 0.7 else None
        merge = sha(chance.randint(1, 30)) if merged else None
        yield PullRequest(
            CLI, number, "x", "ada", f"b{number % 4}", "main", merge, moment(1), merged_at=merged, closed_at=merged
        )
        for lost in chance.sample(range(1, 31), 2):
            yield PullRequestCommit(CLI, number, sha(lost))
        if chance.random() < 0.6:
            yield PullRequestIssue(
                CLI, number, f"#{chance.randint(1, 46)}", chance.choice(("linked", "branch", "title"))
            )
        yield Review(CLI, number, f"r{number}", "bob", chance.choice(("approved", "changes_requested")), moment(6))
    for number in range(1, 4):
        when = moment(number * 10 + 0.5)
        yield Deployment(CLI, "production", f"v{number}", "success", when, when)
        for carried in range(number * 10 - 9, number * 10 + 1):
            yield DeploymentCommit(CLI, "production", f"v{number}", sha(carried))
    for number in range(1, 9):
        when = moment(number * 4 + 0.25)
        of = sha(number * 4 - 1) if chance.random() < 0.5 else None
        yield Deployment(
            WEB if number == 8 else CLI,
            "staging",
            f"s{number}",
            chance.choice(("success", "failure")),
            when,
            when,
            when,
            9,
            of,
        )
    for number in range(1, 20):
        when = moment(number * 1.5)
        yield answer(
            number, "05 00:00", prompt_at=when, answered_at=when + timedelta(hours=1), execution_id=f"e{number % 9}",
            session_id=f"s{chance.randint(1, 2)}", session_at=moment(chance.randint(1, 3)), tokens_output=number,
            repository=chance.choice((CLI, CLI, None)), folder="/src/cli", branch=chance.choice((None, "b1", "b2", "main")),
            branch_key=chance.choice((None, None, f"#{chance.randint(1, 46)}")),
        )  # fmt: skip


def told(own: Source) -> dict[str, list[str]]:
    return {name: sorted(map(str, own.rows(f"SELECT {text}"))) for name, text in TOLD.items()}


@pytest.mark.parametrize("seed", [0, 5, 9])
def test_pieces_in_any_order_come_to_what_all_at_once_does(own: Source, seed: int) -> None:
    chance = random.Random(seed)
    records = list(history(chance))
    origins = ("git", "github") if seed % 2 else ("git",)
    pieces = [(record, chance.choice(origins)) for record in records]
    chance.shuffle(pieces)
    for first in range(0, len(pieces), len(pieces) // 5 + 1):
        for name in origins:
            own.land(
                *(record for record, whose in pieces[first : first + len(pieces) // 5 + 1] if whose == name), name=name
            )
    by_pieces = told(own)
    assert own.again() == 0
    own.execute(EMPTY)
    for name in origins:
        own.land(*(record for record, whose in pieces if whose == name), name=name)
    assert told(own) == by_pieces


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_what_is_gone_leaves_as_if_it_had_never_been(own: Source, seed: int) -> None:
    chance = random.Random(seed)
    records = list(history(chance))
    own.land(*records)
    # Issues and answers are all there: an issue that its tracker lost would stay, as deleted.
    kept = [each for each in records if not isinstance(each, LISTED) or each.repository == WEB or chance.random() < 0.7]
    own.land(*kept, listed=LISTED)
    left = told(own)
    assert own.again() == 0
    own.execute(EMPTY)
    own.land(*kept)
    assert told(own) == left
