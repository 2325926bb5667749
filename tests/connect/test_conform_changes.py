"""Issues, commits and releases as commits, trackers and pull requests tell of them."""

from datetime import datetime
from decimal import Decimal

import pytest

from connect.conforming import CLI, Source, at, commit, release, sha
from miyabi_dw.connect.records import (
    Commit,
    Deployment,
    Issue,
    Label,
    PullRequest,
    PullRequestCommit,
    PullRequestIssue,
    Record,
    Review,
)

LINKS = """SELECT ltrim(commit_sha, '0'), replace(issues.x_key, 'acme/cli ', ''), commits.x_link
FROM commits LEFT JOIN issues ON issue_id = issues.id ORDER BY commit_sha"""
RELEASES = """SELECT release_id, replace(issues.x_key, 'acme/cli ', ''), deployment_status
FROM deployment_pipelines AS part LEFT JOIN issues ON issue_id = issues.id ORDER BY release_id, issues.x_key"""


def naive(text: str) -> datetime:
    return at(text).replace(tzinfo=None)


def pull(number: int, opened: str, merged: str | None = None, merge: int | None = None, **more: object) -> PullRequest:
    moments = {"created_at": at(opened), "merged_at": at(merged) if merged else None}
    closed = {"closed_at": moments["merged_at"], "merge_commit_sha": sha(merge) if merge else None}
    return PullRequest(CLI, number, **(moments | closed | {"base_branch": "main"} | more))  # type: ignore[arg-type]


def test_git_alone_tells_issues_that_a_release_closes(own: Source) -> None:
    own.land(
        *commit(1, "05 10:00", "#7"), *commit(2, "05 09:00", "ABC-12", link="trailer"), *commit(3, "05 11:00"),
        *commit(4, "06 08:00", "branch:new-look", link="merged branch"), *release("v1", "06 12:00", 1, 2, 3),
    )  # fmt: skip
    assert own.rows(
        "SELECT x_key, number, title, state, created_at, closed_at, updated_at FROM issues ORDER BY x_key"
    ) == [
        ("acme/cli #7", 7, "#7", "closed", naive("05 10:00"), naive("06 12:00"), naive("06 12:00")),
        ("acme/cli ABC-12", None, "ABC-12", "closed", naive("05 09:00"), naive("06 12:00"), naive("06 12:00")),
        ("acme/cli branch:new-look", None, "new-look", "open", naive("06 08:00"), None, naive("06 08:00")),
        ("acme/cli release:v1", None, "release v1, commits that name no issue", "closed",
         naive("05 11:00"), naive("06 12:00"), naive("06 12:00")),
    ]  # fmt: skip
    assert own.rows(RELEASES) == [
        ("v1", "#7", "success"), ("v1", "ABC-12", "success"), ("v1", "release:v1", "success"),
    ]  # fmt: skip
    assert own.row("SELECT x_link, x_unlinked FROM commits WHERE commit_sha = %s", sha(3)) == (
        "release", "names no issue",
    )  # fmt: skip
    assert own.again() == 0


def test_the_strongest_link_of_a_commit_counts_and_of_equals_the_lower_number(own: Source) -> None:
    own.land(
        *commit(1, "05 10:00", "#9"), *commit(1, "05 10:00", "#30", link="trailer"),
        *commit(2, "05 10:00", "#40", "#9"), *commit(2, "05 10:00", "branch:x", link="merged branch"),
        *commit(3, "05 10:00", "#5", "#6", link="closing keyword"), *release("v1", "06 12:00", 1, 2, 3),
    )  # fmt: skip
    assert own.rows(LINKS) == [("1", "#30", "trailer"), ("2", "#9", "subject"), ("3", "#5", "closing keyword")]
    # All that a commit closes is released with it; what a subject mentions besides is not.
    assert [key for _, key, _ in own.rows(RELEASES)] == ["#30", "#5", "#6", "#9"]


def test_a_trackers_record_counts_before_what_commits_tell_and_keeps_the_id(own: Source) -> None:
    own.land(*commit(1, "05 10:00", "#7"), *release("v1", "06 12:00", 1))
    before = own.row("SELECT id FROM issues")
    told = Issue(CLI, "#7", 7, "It fails", "open", "bug", "P1", "bob", at("04 08:00"), at("07 09:00"))
    accounts = own.land(told, name="github")
    assert (accounts["issues"].updated, accounts["issues"].inserted) == (1, 0)
    assert own.row("SELECT title, state, issue_type, created_at, closed_at, updated_at, x_link FROM issues") == (
        "It fails", "open", "bug", naive("04 08:00"), None, naive("07 09:00"), "tracker",
    )  # fmt: skip
    # A second connection that only names it changes nothing.
    own.land(Issue(CLI, "#7"), name="mirror")
    assert own.row("SELECT id FROM issues") == before and own.row("SELECT title FROM issues") == ("It fails",)


def test_what_the_origins_clock_does_not_show_is_dated_now(own: Source) -> None:
    told = Issue(CLI, "#7", 7, "It fails", "open", created_at=at("04 08:00"), updated_at=at("04 08:00"))
    own.land(told, name="github")
    own.land(name="github", listed=(Issue,))
    deleted, moved = own.row("SELECT deleted_at, updated_at > now() AT TIME ZONE 'UTC' - interval '1 hour' FROM issues")
    assert deleted and moved
    assert own.again() == 0
    own.land(told, name="github")
    assert own.row("SELECT deleted_at FROM issues") == (None,)


def test_a_pull_requests_number_is_no_issue_but_leads_to_its_issues(own: Source) -> None:
    """With git alone (#12) is an issue; once the tracker tells of the pull request it is the issue that this closes."""
    own.land(*commit(1, "05 10:00", "#12"), *commit(2, "05 11:00", "#13"), *release("v1", "06 12:00", 1, 2))
    assert [key for _, key, _ in own.rows(LINKS)] == ["#12", "#13"]
    own.land(
        Issue(CLI, "#7", 7, "It fails", "open", created_at=at("04 08:00")), pull(12, "04 09:00", "05 10:00", 1),
        PullRequestIssue(CLI, 12, "#7", "closing keyword"), PullRequestIssue(CLI, 12, "#99", "title"),
        pull(13, "04 10:00", "05 11:00", 2, head_branch="look"), name="github",
    )  # fmt: skip
    assert own.rows(LINKS) == [("1", "#7", "pull request"), ("2", "#13", "pull request")]
    assert own.rows(RELEASES) == [("v1", "#13", "success"), ("v1", "#7", "success")]
    assert own.row("SELECT title, state, closed_at, deleted_at FROM issues WHERE number = 13") == (
        "pull request #13", "closed", naive("05 11:00"), None,
    )  # fmt: skip
    # Nothing names #12 any more; rows of the warehouse may point to it.
    assert own.row("SELECT deleted_at IS NOT NULL FROM issues WHERE number = 12") == (True,)
    assert own.rows("SELECT number FROM issues WHERE number = 99") == []


def test_a_squash_and_the_commits_that_it_lost_are_one_change(own: Source) -> None:
    lost = [Commit(CLI, sha(n), "ada", at(f"04 1{n}:00"), lines_added=n, lines_deleted=0) for n in (1, 2)]
    own.land(*commit(9, "05 10:00", "#12", lines_added=3, lines_deleted=0), *release("v1", "06 12:00", 9))
    own.land(
        pull(12, "04 09:00", "05 10:00", 9), PullRequestIssue(CLI, 12, "#7", "linked"), *lost,
        *(PullRequestCommit(CLI, 12, sha(n)) for n in (1, 2)), name="github",
    )  # fmt: skip
    assert own.rows(LINKS) == [(n, "#7", "pull request") for n in ("1", "2", "9")]
    assert own.rows("SELECT is_merge, lines_added, pr_number FROM commits ORDER BY commit_sha") == [
        (None, 1, 12), (None, 2, 12), (True, None, 12),
    ]  # fmt: skip
    assert own.row("SELECT created_at, closed_at FROM issues WHERE number = 7") == (
        naive("04 09:00"), naive("06 12:00"),
    )  # fmt: skip
    # Whose own commits tell no lines keeps those of the squash.
    own.land(*(Commit(CLI, sha(n), "ada", at(f"04 1{n}:00")) for n in (1, 2)), name="github")
    assert own.row("SELECT is_merge, lines_added FROM commits WHERE commit_sha = %s", sha(9)) == (True, 3)


def test_an_issue_of_another_repository_counts_once_that_is_connected(own: Source) -> None:
    own.land(*commit(1, "05 10:00", "acme/web#3", link="closing keyword"))
    assert own.row("SELECT issue_id, x_unlinked FROM commits") == (None, "repository is not connected")
    own.land(Issue("acme/web", "#3", 3, "Colours", "open", created_at=at("01 00:00")), name="web")
    assert own.rows("SELECT x_key, commits.x_link, x_unlinked FROM commits JOIN issues ON issue_id = issues.id") == [
        ("acme/web #3", "closing keyword", None)
    ]


def test_a_revert_rolls_a_release_back_for_its_issue_alone(own: Source) -> None:
    own.land(*commit(1, "05 10:00", "#1"), *commit(2, "05 11:00", "#2"), *release("v1", "06 12:00", 1, 2))
    own.land(*commit(3, "07 10:00", "#1", reverts=sha(1)))
    assert own.rows(RELEASES) == [("v1", "#1", "rolled_back"), ("v1", "#2", "success")]
    rows = "SELECT updated_at > now() AT TIME ZONE 'UTC' - interval '1 hour' FROM deployment_pipelines ORDER BY x_key"
    assert own.rows(rows) == [(True,), (False,)]
    own.land(*release("v2", "08 12:00", 3))
    assert own.rows(RELEASES)[2:] == [("v2", "#1", "success")]
    assert own.row("SELECT closed_at FROM issues WHERE number = 1") == (naive("06 12:00"),)
    assert own.again() == 0


def test_what_is_reverted_before_its_release_was_never_released(own: Source) -> None:
    own.land(
        *commit(1, "05 10:00", "#1"), *commit(2, "05 11:00", "#1", reverts=sha(1)), *release("v1", "06 12:00", 1, 2)
    )
    assert own.rows(RELEASES) == [("v1", "#1", "success")]


def deployed(name: str, when: str, of: int | None, status: str = "success") -> Record:
    moment = at(when)
    return Deployment(CLI, "prod", name, status, moment, moment, moment, 60, sha(of) if of else None)


def test_without_a_list_a_deployment_carries_what_came_since_the_success_before(own: Source) -> None:
    own.land(
        *commit(1, "05 10:00", "#1"), *commit(2, "06 10:00", "#2"), *commit(3, "07 10:00", "#3"),
        deployed("d1", "05 12:00", 1), deployed("d2", "06 12:00", 2, "failure"), deployed("d3", "06 13:00", 2),
        deployed("d4", "07 12:00", None), deployed("d5", "07 13:00", 1),
    )  # fmt: skip
    expected = [
        ("d1", "#1", "success"), ("d2", "#2", "failure"), ("d3", "#2", "success"), ("d4", "#3", "success"),
        ("d5", None, "success"),
    ]  # fmt: skip
    assert own.rows(RELEASES) == expected
    # Step by step it comes to the same, and what is late finds its deployment.
    own.land(*commit(4, "06 09:00", "#4"))
    assert own.rows(RELEASES) == [
        *expected[:2],
        ("d2", "#4", "failure"),
        expected[2],
        ("d3", "#4", "success"),
        *expected[3:],
    ]
    assert own.row("SELECT x_link, x_unlinked FROM deployment_pipelines WHERE release_id = 'd5'") == (
        None, "carries no commit",
    )  # fmt: skip
    assert own.again() == 0


def test_a_pull_request_is_deployed_when_it_was_merged_before(own: Source) -> None:
    """Its commits were made before the deployment that does not carry them."""
    own.land(
        *commit(1, "04 10:00"), *commit(2, "05 10:00"), *commit(9, "06 10:00", "#12"), deployed("d1", "05 12:00", 2),
        deployed("d2", "06 12:00", 9), pull(12, "04 09:00", "06 10:00", 9), PullRequestCommit(CLI, 12, sha(1)),
        pull(13, "04 09:00", head_branch="open"),
    )  # fmt: skip
    assert own.rows(RELEASES) == [("d1", "release:d1", "success"), ("d2", "#12", "success")]
    assert own.rows(LINKS) == [
        ("1", "#12", "pull request"),
        ("2", "release:d1", "release"),
        ("9", "#12", "pull request"),
    ]


def test_a_row_that_is_gone_at_its_origin_leaves(own: Source) -> None:
    own.land(*commit(1, "05 10:00", "#1"), *commit(2, "05 11:00"), *release("v1", "06 12:00", 1, 2))
    accounts = own.land(*commit(1, "05 10:00", "#1"), listed=(Deployment, Commit))
    assert (accounts["deployment_pipelines"].deleted, accounts["commits"].deleted) == (2, 1)
    assert own.rows("SELECT state, deleted_at IS NULL FROM issues ORDER BY number") == [
        ("open", True),
        ("closed", False),
    ]


def test_reviews_worktrees_and_labels_stand_on_the_issue(own: Source) -> None:
    own.land(
        Issue(CLI, "#7", 7, "It fails", "open", created_at=at("04 08:00")),
        pull(12, "04 09:00", head_branch="fix"), PullRequestIssue(CLI, 12, "#7", "linked"),
        Review(CLI, 12, "r1", "bob", "changes_requested", at("04 10:00")),
        Review(CLI, 12, "r2", "bob", "approved", at("04 12:00")), Review(CLI, 12, "r3", "bob", "commented", at("04 13:00")),
        Review(CLI, 12, "r4", "eve", "changes_requested", at("04 11:00")),
        Review(CLI, 12, "r5", "dan", "approved", at("04 11:00")), Review(CLI, 12, "r6", "dan", "dismissed", at("04 11:30")),
        Label(CLI, "#7", "bug", at("04 08:00")), Label(CLI, "#8", "docs", at("04 08:00")),
    )  # fmt: skip
    assert own.row("SELECT review_score, created_at FROM review_results") == (Decimal("0.50"), naive("04 13:00"))
    assert own.row("SELECT worktree_path, status, cleaned_up_at FROM worktree_states") == (
        "acme/cli:fix",
        "active",
        None,
    )
    assert own.rows("SELECT label_name, removed_at FROM label_history") == [("bug", None)]
    own.land(
        pull(12, "04 09:00", "05 10:00", 1, head_branch="fix"), Label(CLI, "#7", "bug", at("04 08:00"), at("05 08:00")),
        Issue(CLI, "#8", 8, "More", "open", created_at=at("04 08:00")),
    )  # fmt: skip
    assert own.row("SELECT status, cleaned_up_at FROM worktree_states") == ("merged", naive("05 10:00"))
    assert own.rows("SELECT label_name, removed_at FROM label_history ORDER BY 1") == [
        ("bug", naive("05 08:00")), ("docs", None),
    ]  # fmt: skip
    assert own.again() == 0
    accounts = own.land(Review(CLI, 12, "r3", "bob", "commented", at("04 13:00")), listed=(Review, Label))
    assert (accounts["review_results"].updated, accounts["label_history"].deleted) == (1, 2)
    assert own.row("SELECT review_score FROM review_results") == (None,)


@pytest.mark.parametrize("zone", ["Asia/Tokyo"])
def test_moments_are_in_the_sources_zone(own: Source, zone: str) -> None:
    own.settings = own.settings.model_copy(update={"source_timezone": zone})
    own.land(*commit(1, "05 10:00", "#7"))
    assert own.row("SELECT committed_at FROM commits") == (naive("05 19:00"),)
