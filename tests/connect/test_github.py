"""A connection to GitHub over real HTTP: what it reads, in how many requests, and how it goes on after a break."""

import dataclasses
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connect.github_server import (
    Fault,
    GitHubServer,
    Repository,
    add_deployment,
    add_pull,
    at,
    commit,
    event,
    issue,
    serving,
    sha_of,
    small,
)
from connect.sinks import Collected, read
from miyabi_dw.common.errors import BadRequest, OriginFailed
from miyabi_dw.connect.github import GitHub, deploying, position
from miyabi_dw.connect.github.limits import Clock
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
    Review,
)

REPOSITORY = "acme/cli"


class Time:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 4, 1, tzinfo=UTC)
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time()
    monkeypatch.setattr(GitHub, "clock", Clock(lambda: clock.moment, clock.sleep))
    return clock


@pytest.fixture
def known() -> Repository:
    return Repository()


@pytest.fixture
def github(known: Repository) -> Iterator[GitHubServer]:
    with serving(known) as answering:
        yield answering


def connection(github: GitHubServer, **more: object) -> GitHub:
    return GitHub.model_validate({"name": "cli", "repository": "Acme/cli", "api_url": github.url, **more})


def moment(minutes: float) -> datetime:
    return datetime.fromisoformat(at(minutes))


def test_issues_pull_requests_and_deployments_become_records(github: GitHubServer, known: Repository) -> None:
    small(known)
    found = read(connection(github)).records
    first, second = sorted(found[Issue], key=lambda one: one.key)
    assert first == Issue(
        REPOSITORY, "#1", 1, "Issue 1", "closed", "bug", "P1", "ada", moment(0), moment(30), moment(30)
    )
    assert (second.key, second.state, second.issue_type) == ("#2", "open", None)
    assert {(one.number, one.state, one.head_branch, one.merge_commit_sha) for one in found[PullRequest]} == {
        (3, "merged", "work-3", sha_of(3)), (4, "open", "issue-2-flags", None)
    }  # fmt: skip
    assert {(one.number, one.issue_key, one.link) for one in found[PullRequestIssue]} == {
        (3, "#1", "closing keyword"), (4, "#2", "branch")
    }  # fmt: skip
    assert {(one.number, one.author, one.state) for one in found[Review]} == {
        (3, "bob", "approved"),
        (4, "bob", "approved"),
    }
    assert len(found[Commit]) == len(found[PullRequestCommit]) == 4
    assert {(one.author, one.branch) for one in found[Commit] if one.pr_number == 3} == {("Ada", "work-3")}


def test_a_draft_is_ready_when_it_was_last_marked_so(github: GitHubServer, known: Repository) -> None:
    ready = [event("ready_for_review", 5), event("convert_to_draft", 8), event("ready_for_review", 20)]
    known.events = {3: ready, 4: ready}
    add_pull(known, 3, 30, draft=False)
    add_pull(known, 4, 31, merged=False, draft=True)
    add_pull(known, 5, 32, draft=False)
    found = read(connection(github)).records[PullRequest]
    assert {one.number: one.ready_at for one in found} == {3: moment(20), 4: None, 5: None}


def test_labels_have_their_times(github: GitHubServer, known: Repository) -> None:
    small(known)
    labels = {one.name: (one.applied_at, one.removed_at) for one in read(connection(github)).records[Label]}
    assert labels == {"bug": (moment(1), None), "P1": (moment(2), None), "triage": (moment(3), moment(9))}


def test_a_commit_gets_its_pull_requests_issues(github: GitHubServer, known: Repository) -> None:
    small(known)
    known.commits[4] = [commit("dd", 28, "Add flags\n\nRefs: ABC-7\nCo-authored-by: Claude <planted@mail.test>")]
    found = read(connection(github)).records
    links = {(one.sha[-4:], one.issue_key, one.link) for one in found[CommitIssue]}
    assert links == {
        ("c001", "#1", "closing keyword"), ("c002", "#1", "closing keyword"), (sha_of(3)[-4:], "#1", "closing keyword"),
        ("dd", "#2", "merged branch"), ("dd", "ABC-7", "trailer"),
    }  # fmt: skip
    [own] = [one for one in found[Commit] if one.sha == "dd"]
    assert own.trailers == ("Refs: ABC-7", "Co-authored-by: Claude")


def test_what_a_machine_pastes_links_nothing(github: GitHubServer, known: Repository) -> None:
    """Its branch and its title are its own; the text is the notes of another project."""
    bot = {"login": "dependabot[bot]"}
    add_pull(known, 3, 0, user=bot, body="Changelog: fixes #1, closes #2", title="Bump tool for ABC-7")
    known.commits[3] = [commit("aa", 0, "Bump tool\n\nfixes #5", name="dependabot[bot]")]
    found = read(connection(github)).records
    assert [one.issue_key for one in found[PullRequestIssue]] == ["ABC-7"]
    assert {one.issue_key for one in found[CommitIssue]} == {"ABC-7"}


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("Co-authored-by: Claude <planted@mail.test>", ("Co-authored-by: Claude",)),
        ("Fixes: the PLANTED crash of #12 and ABC-3", ("Fixes: #12, ABC-3",)),
        ("Session-Id: 0190-aa", ("Session-Id: 0190-aa",)),
        ("Session-Id: PLANTED words", ()),
        ("Note: PLANTED", ()),
    ],
)
def test_of_trailers_people_ids_and_keys_are_kept(
    github: GitHubServer, known: Repository, line: str, kept: tuple[str, ...]
) -> None:
    add_pull(known, 3, 0)
    known.commits[3] = [commit("aa", 0, f"Subject\n\nPLANTED text\n\n{line}\n")]
    assert [one.trailers for one in read(connection(github)).records[Commit]] == [kept]


def test_a_deployment_ends_as_its_statuses_say_and_inactive_is_no_end(github: GitHubServer, known: Repository) -> None:
    small(known)
    add_deployment(known, 72, 60, "success", "failure", environment="staging")
    add_deployment(known, 73, 61, "in_progress", environment="staging")
    add_deployment(known, 74, 62, environment="staging")
    add_deployment(known, 75, 63, "in_progress", "inactive", environment="staging")
    found = read(connection(github)).records
    ends = {one.release_id: (one.status, one.deployed_at, one.duration_seconds) for one in found[Deployment]}
    assert ends == {
        "70": ("success", moment(42), 120), "71": ("success", moment(53), 180), "72": ("failure", moment(62), 120),
        "73": ("in_progress", None, None), "74": ("pending", None, None), "75": ("inactive", None, None),
    }  # fmt: skip
    assert [(one.environment, one.release_id, one.sha) for one in found[DeploymentCommit]] == [
        ("production", "71", "aa"), ("production", "71", "bb")
    ]  # fmt: skip


def test_nothing_planted_reaches_a_record(github: GitHubServer, known: Repository) -> None:
    small(known)
    known.issues[0]["user"] = {"login": "planted@mail.test"}
    known.commits[3][0] = commit("ee", 28, "Subject PLANTED\n\nNote: PLANTED", name="planted@mail.test")
    sink = read(connection(github))
    told = " ".join(str(dataclasses.astuple(row)) for rows in sink.records.values() for row in rows)
    assert "PLANTED" not in told
    assert "planted@" not in told
    assert "PLANTED" not in f"{sink.cursors} {sink.skipped} {sink.quarantined}"


def test_a_second_read_without_news_makes_three_requests(github: GitHubServer, known: Repository) -> None:
    small(known)
    first = read(connection(github))
    for _ in range(2):
        github.forget()
        again = read(connection(github), first.cursor)
        assert github.count() == 3, github.asked
        assert not again.rows
        assert again.cursor["issues"]["since"] == first.cursor["issues"]["since"]
    read(connection(github), again.cursor)
    assert github.statuses[-3:] == [304, 304, 304]


def test_what_changed_is_read_and_nothing_else(github: GitHubServer, known: Repository) -> None:
    small(known)
    first = read(connection(github))
    known.issues[1].update(title="Renamed", updated_at=at(90))
    known.statuses[71].insert(0, {"state": "failure", "created_at": at(91)})
    known.deployments[0]["updated_at"] = at(91)
    github.forget()
    again = read(connection(github), first.cursor).records
    assert [(one.key, one.title) for one in again[Issue]] == [("#2", "Renamed")]
    assert [(one.release_id, one.status) for one in again[Deployment]] == [("71", "failure")]
    assert github.count() == 5, github.asked


def test_pages_are_followed_and_a_change_meanwhile_hides_nothing(github: GitHubServer, known: Repository) -> None:
    """The first issue of a page changes while the page is read: the others move up, and none is passed over."""
    github.most_per_page = 20
    known.issues += [issue(number, number) for number in range(1, 51)]
    changed = iter([at(400)])

    def change(path: str) -> None:
        if github.count(r"/issues\?") == 1 and (moved := next(changed, None)):
            known.issues[0]["updated_at"] = moved

    github.on_request = change
    found = read(connection(github)).records[Issue]
    assert {one.number for one in found} == set(range(1, 51))
    assert [one.updated_at for one in found if one.number == 1] == [moment(400)]


def test_more_issues_of_one_moment_than_a_page_holds_are_paged_by_number(
    github: GitHubServer, known: Repository
) -> None:
    github.most_per_page = 10
    known.issues += [issue(number, 0) for number in range(1, 33)]
    assert len(read(connection(github)).records[Issue]) == 32


def test_a_limit_in_the_middle_loses_nothing_and_the_next_read_goes_on(
    github: GitHubServer, known: Repository, time: Time
) -> None:
    for number in range(1, 31):
        add_pull(known, number, number)
    reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.moment.timestamp()) + 3000)}
    github.faults = [Fault(r"/pulls/20/reviews", 403, reset)]
    sink = Collected()
    with pytest.raises(OriginFailed, match=r"limit of requests an hour.* again from 2026-04-01 00:50:01 UTC") as error:
        connection(github).read({}, sink)
    assert (error.value.code, error.value.is_transient, time.slept) == ("origin-limited", True, [])
    assert {one.number for one in sink.records[PullRequest]} == set(range(1, 20))
    github.forget()
    rest = read(connection(github), sink.cursor)
    assert {one.number for one in rest.records[PullRequest]} == set(range(20, 31))
    assert github.count("/pulls/19") == 0
    assert github.count(r"/pulls/20$") == 1


def test_a_killed_read_is_taken_up_at_its_last_checkpoint(github: GitHubServer, known: Repository) -> None:
    for number in range(1, 41):
        add_pull(known, number, number)

    def kill(path: str) -> None:
        if path.endswith("/pulls/38/commits"):
            github.faults = [Fault("", 404, times=1000)]

    sink = Collected()
    github.on_request = kill
    with pytest.raises(OriginFailed):
        connection(github).read({}, sink)
    kept = next(cursor for cursor in sink.cursors if cursor["issues"]["since"])
    github.on_request, github.faults = (lambda path: None), []
    rest = read(connection(github), kept)
    assert {one.number for one in rest.records[PullRequest]} == set(range(26, 41))


@pytest.mark.parametrize("interrupted", [r"/deployments/195/statuses", r"page=2", r"/deployments/215/statuses"])
def test_deployments_that_broke_off_are_gone_on_with(github: GitHubServer, known: Repository, interrupted: str) -> None:
    github.most_per_page = 20
    for key in range(190, 220):
        add_deployment(known, key, key, "success")
        known.compared[f"{sha_of(key - 1)}...{sha_of(key)}"] = [f"c{key}"]
    github.faults = [Fault(interrupted, 401)]
    sink = Collected()
    with pytest.raises(OriginFailed):
        connection(github).read({}, sink)
    add_deployment(known, 220, 220, "success")
    known.compared[f"{sha_of(219)}...{sha_of(220)}"] = ["c220"]
    connection(github).read(sink.cursor, sink)
    assert {one.release_id for one in sink.records[Deployment]} == {str(key) for key in range(190, 221)}
    assert {one.sha for one in sink.records[DeploymentCommit]} == {f"c{key}" for key in range(191, 221)}
    # Once each, and again the interrupted one, that which a new one moved to the next page, and the last two minutes.
    assert 31 <= github.count(r"/deployments/\d+/statuses") <= 36


def test_commits_of_a_deployment_are_paged_and_their_number_is_bounded(
    github: GitHubServer, known: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploying, "MOST_COMMITS", 45)
    monkeypatch.setattr(position, "MOST_WAITING", 2)
    github.most_per_page = 20
    for key, commits in ((70, 0), (71, 9), (72, 45), (73, 46)):
        add_deployment(known, key, key, "success")
        known.compared[f"{sha_of(key - 1)}...{sha_of(key)}"] = [f"{key}-{place}" for place in range(commits)]
    sink = read(connection(github))
    assert Counter(one.release_id for one in sink.records[DeploymentCommit]) == {"72": 45, "73": 45}
    assert {reason for reason, _ in sink.skipped} == {
        "the commits of older deployments are not asked for", "more than 45 commits of a deployment are not asked for"
    }  # fmt: skip


def test_a_deployed_commit_that_is_gone_and_a_passing_environment_have_no_commits(
    github: GitHubServer, known: Repository
) -> None:
    for key in (70, 71):
        add_deployment(known, key, key, "success")
        add_deployment(known, key + 10, key, "success", environment="preview")
        known.deployments[0]["transient_environment"] = True
    sink = read(connection(github))
    assert len(sink.records[Deployment]) == 4
    assert not sink.records[DeploymentCommit]
    assert [reason for reason, _ in sink.skipped] == ["a deployed commit is no longer in the repository"]
    assert github.count("/compare/") == 1


def test_what_goes_while_it_is_read_is_passed_over(github: GitHubServer, known: Repository) -> None:
    add_pull(known, 3, 0)
    known.pulls.clear()
    add_deployment(known, 70, 0, "success")
    github.faults = [Fault("/deployments/70/", 404)]
    sink = read(connection(github))
    assert sink.skipped == [
        ("a pull request is gone", "acme/cli#3"),
        ("a deployment is gone", f"GET {github.url}/repos/acme/cli/deployments/70/statuses"),
    ]
    assert not sink.rows


def test_a_pull_request_with_more_commits_than_github_lists_is_told(github: GitHubServer, known: Repository) -> None:
    add_pull(known, 3, 0, commits=251)
    assert [reason for reason, _ in read(connection(github)).skipped] == [
        "GitHub lists the first 250 commits of a pull request"
    ]


def test_releases_and_tags_that_match_count_as_deployments(github: GitHubServer, known: Repository) -> None:
    known.tags = [
        {"name": name, "commit": {"sha": sha_of(place)}} for place, name in enumerate(["v2", "v1", "demo"], 1)
    ]
    known.dates = {sha_of(1): at(90), sha_of(2): at(60)}
    known.compared[f"{sha_of(2)}...{sha_of(1)}"] = ["aa"]
    by_tags = read(connection(github, deploys="tags v*"))
    assert {(one.release_id, one.deployed_at) for one in by_tags.records[Deployment]} == {
        ("v1", moment(60)), ("v2", moment(90))
    }  # fmt: skip
    assert [(one.release_id, one.sha) for one in by_tags.records[DeploymentCommit]] == [("v2", "aa")]
    assert not read(connection(github, deploys="tags v*"), by_tags.cursor).rows
    known.tags[1]["commit"] = {"sha": sha_of(1)}
    moved = read(connection(github, deploys="tags v*"), by_tags.cursor).records[Deployment]
    assert [(one.release_id, one.commit_sha) for one in moved] == [("v1", sha_of(1))]
    known.releases = [
        {"id": 3, "tag_name": "v3", "draft": True, "published_at": None, "created_at": at(0)},
        {"id": 2, "tag_name": "v2", "prerelease": True, "published_at": at(91), "created_at": at(0)},
        {"id": 1, "tag_name": "v1", "published_at": at(61), "created_at": at(0)},
    ]
    by_releases = read(connection(github, deploys="releases"), by_tags.cursor).records[Deployment]
    assert {(one.environment, one.release_id, one.deployed_at, one.commit_sha) for one in by_releases} == {
        ("production", "v1", moment(61), sha_of(1)), ("prerelease", "v2", moment(91), sha_of(1))
    }  # fmt: skip


@pytest.mark.parametrize("name", ["Deploy", "deploy.yml", ".github/workflows/deploy.yml"])
def test_runs_of_a_workflow_count_as_deployments(github: GitHubServer, known: Repository, name: str) -> None:
    known.workflows = [{"id": 8, "name": "Lint", "path": ".github/workflows/lint.yml"},
                       {"id": 9, "name": "Deploy", "path": ".github/workflows/deploy.yml"}]  # fmt: skip
    run = {"head_sha": "aa", "event": "push", "created_at": at(0), "run_started_at": at(10), "updated_at": at(15)}
    known.runs[9] = [
        {**run, "id": 4, "status": "in_progress", "conclusion": None},
        {**run, "id": 3, "status": "completed", "conclusion": "failure", "run_attempt": 2},
        {**run, "id": 2, "status": "completed", "conclusion": "success", "event": "pull_request"},
        {**run, "id": 1, "status": "completed", "conclusion": "success"},
    ]
    found = read(connection(github, deploys=f"workflow {name}")).records[Deployment]
    assert {(one.release_id, one.status, one.deployed_at, one.duration_seconds) for one in found} == {
        ("4", "in_progress", None, None), ("3", "failure", moment(15), 300), ("1", "success", moment(15), 300)
    }  # fmt: skip


def test_a_workflow_that_is_not_there_is_told_with_those_that_are(github: GitHubServer, known: Repository) -> None:
    known.workflows = [{"id": 8, "name": "Lint"}]
    with pytest.raises(BadRequest, match="no workflow Deploy .*there are Lint"):
        read(connection(github, deploys="workflow Deploy"))


def test_a_renamed_repository_is_read_under_its_new_name(github: GitHubServer, known: Repository) -> None:
    known.issues.append(issue(1, 0))
    first = read(connection(github))
    github.moved = {"/repos/acme/cli": "/repositories/5"}
    known.full_name = "Acme/tool"
    github.moved = {"/repos/acme/cli": "/repos/acme/tool"}
    second = read(connection(github), first.cursor)
    assert [(one.repository, one.key) for one in second.records[Issue]] == [("acme/tool", "#1")]
    assert (Issue, "acme/cli") in second.listed
    assert second.skipped == [("the repository is called acme/tool now", "Acme/cli")]
    third = read(connection(github), second.cursor)
    assert not third.rows
    assert not third.listed


def test_another_repository_in_the_same_connection_takes_the_place_of_the_first(
    github: GitHubServer, known: Repository
) -> None:
    known.issues.append(issue(1, 0))
    first = read(connection(github))
    known.full_name = "acme/web"
    second = read(connection(github, repository="acme/web"), first.cursor)
    assert [(one.repository, one.key) for one in second.records[Issue]] == [("acme/web", "#1")]
    assert (Issue, "acme/cli") in second.listed


def test_what_did_not_change_since_a_day_is_not_read(github: GitHubServer, known: Repository, time: Time) -> None:
    day = 24 * 60
    known.issues += [issue(1, 0), issue(2, 3 * day)]
    add_pull(known, 3, day)
    add_pull(known, 4, 4 * day)
    for key, minutes in ((70, 0), (71, 3 * day)):
        add_deployment(known, key, minutes, "success")
    late = connection(github, since="2026-03-03")
    first = read(late)
    assert {one.key for one in first.records[Issue]} == {"#2"}
    assert {one.number for one in first.records[PullRequest]} == {4}
    assert {one.release_id for one in first.records[Deployment]} == {"71"}
    time.moment += timedelta(days=8)
    assert {one.key for one in read(late, first.cursor).records[Issue]} == {"#2"}
    assert {one.key for one in read(connection(github), first.cursor).records[Issue]} == {"#1", "#2"}


def test_a_page_that_is_no_longer_known_is_walked_to_from_the_beginning(
    github: GitHubServer, known: Repository
) -> None:
    github.most_per_page = 2
    for key in range(70, 76):
        add_deployment(known, key, key, "success")
    github.faults = [Fault("/deployments/72/", 401)]
    sink = Collected()
    with pytest.raises(OriginFailed):
        connection(github).read({}, sink)
    github.faults = [Fault(r"/deployments\?.*page=2", 422)]
    connection(github).read(sink.cursor, sink)
    assert {one.release_id for one in sink.records[Deployment]} == {str(key) for key in range(70, 76)}


def test_issues_that_are_gone_are_noticed_by_a_listing_now_and_then(
    github: GitHubServer, known: Repository, time: Time
) -> None:
    known.issues += [issue(1, 0), issue(2, 1)]
    first = read(connection(github))
    del known.issues[0]
    assert not read(connection(github), first.cursor).listed
    time.moment += timedelta(days=8)
    later = read(connection(github), first.cursor)
    assert later.listed == [(Issue, REPOSITORY)]
    assert [one.key for one in later.records[Issue]] == ["#2"]
    github.faults = [Fault("sort=created", 404)]
    broken = Collected()
    with pytest.raises(OriginFailed):
        connection(github).read(first.cursor, broken)
    assert broken.cursor["listed_at"] == first.cursor["listed_at"]


@pytest.mark.parametrize("status", [404, 410, 301])
def test_an_issue_that_goes_while_it_is_read_is_deleted(
    github: GitHubServer, known: Repository, time: Time, status: int
) -> None:
    known.issues += [issue(1, 0, updated_at=at(1)), issue(2, 1)]
    github.faults = [Fault("/issues/1/events", status, {"Location": "/repositories/9/issues/4"})]
    found = {one.key: one.deleted_at for one in read(connection(github)).records[Issue]}
    assert found == {"#1": time.moment, "#2": None}


def test_without_issues_the_pull_requests_are_read_all_the_same(github: GitHubServer, known: Repository) -> None:
    known.has_issues, github.most_per_page = False, 10
    for number in range(1, 26):
        add_pull(known, number, number)
    first = read(connection(github))
    assert {one.number for one in first.records[PullRequest]} == set(range(1, 26))
    assert first.skipped == [("issues are disabled in this repository", REPOSITORY)]
    known.pulls[5].update(title="Later", updated_at=at(500))
    github.forget()
    again = read(connection(github), first.cursor)
    assert [one.number for one in again.records[PullRequest]] == [5]
    assert github.count() <= 8, github.asked


def test_an_item_that_lacks_what_makes_it_one_is_quarantined(github: GitHubServer, known: Repository) -> None:
    known.issues += [issue(1, 0), issue(2, 1, number=None), issue(3, 2)]
    add_deployment(known, 70, 40, "success", environment="")
    sink = read(connection(github))
    assert {one.key for one in sink.records[Issue]} == {"#1", "#3"}
    assert [reason for _, _, reason in sink.quarantined] == ["it has no number", "it has no environment"]


def test_discover_counts_and_proposes_what_tells_of_deployments(github: GitHubServer, known: Repository) -> None:
    small(known)
    found = connection(github).discover()
    assert found.figures == {"open issues": 1, "closed issues": 1, "pull requests": 2, "deployments": 2}
    assert github.count() == 5
    github.faults = [Fault("search", 422)]
    assert connection(github).discover().figures == {"closed issues": 1, "pull requests": 2, "deployments": 2}
    known.deployments, known.tags = [], [{"name": "v1"}, {"name": "v2"}]
    found = connection(github).discover()
    assert found.sentence == "Acme/cli has 1 open issue, 1 closed issue, 2 pull requests, 2 tags"
    assert found.notices == ('no deployments are recorded here: deploys = "tags *" counts tags as such',)


def test_github_enterprise_answers_below_a_path_of_its_own(github: GitHubServer, known: Repository) -> None:
    github.most_per_page = 1
    small(known)
    found = read(connection(github, api_url=f"{github.url}/api/v3/")).records
    assert (len(found[Issue]), len(found[PullRequest]), len(found[Deployment])) == (2, 2, 2)
    assert github.count() == github.count("^/api/v3/repos/acme/cli")


def test_the_token_comes_from_its_file_or_the_variable(
    github: GitHubServer, known: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("from-the-file\n")
    monkeypatch.setenv("MIYABI_GITHUB_TOKEN", "from-the-variable")
    read(connection(github))
    assert set(github.tokens) == {"Bearer from-the-variable"}
    github.forget()
    read(connection(github, token_file=str(tmp_path / "token")))
    assert set(github.tokens) == {"Bearer from-the-file"}
