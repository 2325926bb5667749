"""Issues, commits and releases as commits, trackers and pull requests tell of them."""

from miyabi_dw.connect.records import (
    Commit,
    CommitIssue,
    Issue,
    Label,
    PullRequest,
    PullRequestCommit,
    PullRequestIssue,
    Review,
)

from connect.conforming import CLI, Source, at, commit, release, sha

LINKS = "SELECT left(commit_sha, 0) || right(commit_sha, 2), issues.x_key, commits.x_link FROM commits LEFT JOIN issues ON issue_id = issues.id ORDER BY 1"
RELEASES = "SELECT release_id, issues.x_key, deployment_status, p.x_link FROM deployment_pipelines p LEFT JOIN issues ON issue_id = issues.id ORDER BY 1, 2"


def test_git_alone_tells_issues_that_a_release_closes(own: Source) -> None:
    own.land(
        *commit(1, "05 10:00", "#7"), *commit(2, "05 09:00", "ABC-12", link="trailer"), *commit(3, "05 11:00"),
        *commit(4, "06 08:00", "branch:new-look", link="merged branch"), *release("v1", "06 12:00", 1, 2, 3),
    )  # fmt: skip
    assert own.rows(
        "SELECT x_key, number, title, state, created_at, closed_at, updated_at FROM issues ORDER BY x_key"
    ) == [
        ("acme/cli #7", 7, "#7", "closed", *map(naive, ("05 10:00", "06 12:00", "06 12:00"))),
        ("acme/cli ABC-12", 12, "ABC-12", "closed", *map(naive, ("05 09:00", "06 12:00", "06 12:00"))),
        ("acme/cli branch:new-look", None, "new-look", "open", naive("06 08:00"), None, naive("06 08:00")),
        ("acme/cli release:v1", None, "release v1, commits that name no issue", "closed",
         *map(naive, ("05 11:00", "06 12:00", "06 12:00"))),
    ]  # fmt: skip
    assert own.rows(RELEASES) == [
        ("v1", "acme/cli #7", "success", "release"),
        ("v1", "acme/cli ABC-12", "success", "release"),
        ("v1", "acme/cli release:v1", "success", "release"),
    ]
    assert own.row("SELECT x_link, x_unlinked FROM commits WHERE commit_sha = %s", sha(3)) == (
        "release", "names no issue",
    )  # fmt: skip
    assert own.again() == 0


def naive(text: str):  # noqa: ANN201
    return at(text).replace(tzinfo=None)
