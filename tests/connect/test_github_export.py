"""An export's folder of GitHub's answers: every shape of file, what is broken in it, and the sample's own numbers."""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from connect.github_server import Json, at, commit, event, issue, sha_of
from connect.sampled import sample
from connect.sinks import read
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.connect.github import GitHub, export_files
from miyabi_dw.connect.records import (
    Commit,
    CommitIssue,
    Deployment,
    Issue,
    Label,
    PullRequest,
    PullRequestCommit,
    PullRequestIssue,
    Record,
    Review,
)


def export(folder: Path, **more: object) -> GitHub:
    return GitHub.model_validate({"name": "cli", "repository": "acme/cli", "export": str(folder), **more})


def test_the_sample_has_the_numbers_that_were_counted_by_hand() -> None:
    """Counted over the files with repeated numbers left out: 42 issues and 50 pull requests in them are 26 and 49."""
    found = read(export(sample("github")))
    counts: dict[type[Record], int] = {kind: len(rows) for kind, rows in found.records.items()}
    assert counts == {
        Issue: 26, Label: 11, PullRequest: 49, Commit: 90, PullRequestCommit: 90, CommitIssue: 1, Review: 30, Deployment: 7,
    }  # fmt: skip
    assert Counter(one.state for one in found.records[PullRequest]) == {"merged": 26, "closed": 19, "open": 4}
    assert Counter(one.state for one in found.records[Review]) == {"commented": 27, "changes_requested": 3}
    assert [(one.issue_key, one.link) for one in found.records[CommitIssue]] == [("#7", "subject")]
    assert (found.skipped, found.quarantined) == ([], [])


def test_of_the_samples_deployments_all_succeeded_and_six_were_followed() -> None:
    found = read(export(sample("github"))).records[Deployment]
    assert {(one.environment, one.status) for one in found} == {("github-pages", "success")}
    # Of these only `inactive` is left; they succeeded before it, and when is lost.
    assert sum(one.duration_seconds is None for one in found) == 4
    assert all(one.deployed_at and one.created_at and one.deployed_at >= one.created_at for one in found)


def test_the_samples_runs_are_deployments_where_a_workflow_is_chosen() -> None:
    found = read(export(sample("github"), deploys="workflow CodeQL")).records[Deployment]
    assert Counter(one.status for one in found) == {"success": 11, "in_progress": 1}
    assert export(sample("github")).discover().figures == {
        "issues": 26, "pull requests": 50, "deployments": 7, "releases": 0, "workflows": 3,
    }  # fmt: skip


ISSUES = [issue(1, 0, labels=[{"name": "P2"}]), issue(2, 1, body='PLANTED [{"number": 9}], "quoted'), issue(3, 2)]
SHAPES = {
    "an array": json.dumps(ISSUES),
    "an indented array": "\ufeff" + json.dumps(ISSUES, indent=2),
    "an array of pages": json.dumps([ISSUES[:2], ISSUES[2:]]),
    "an object with a page": json.dumps({"total_count": 3, "workflow_runs": ISSUES}),
    "lines": "\n".join(json.dumps(one) for one in ISSUES),
    "lines of pages": json.dumps(ISSUES[:2]) + "\r\n" + json.dumps(ISSUES[2:]) + "\n",
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("piece", [7, 1 << 20])
def test_every_shape_of_file_is_read(tmp_path: Path, shape: str, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_files, "PIECE", piece)
    (tmp_path / "issues.json").write_text(SHAPES[shape], encoding="utf-8")
    sink = read(export(tmp_path))
    assert {one.key for one in sink.records[Issue]} == {"#1", "#2", "#3"}
    assert (sink.skipped, sink.quarantined) == ([], [])
    assert "PLANTED" not in str(sink.rows)


@pytest.mark.parametrize(
    ("text", "keys", "skipped"),
    [
        ('{"number": 1, "updated_at": 0}\n{"number": 2,, }\n{"number": 3}\n', {"#1", "#3"}, 1),
        ('{"number": 1}\n{"number": 2, "title": "brok', {"#1"}, 1),
        ('[{"number": 1}, 7, "text", null, {"number": 3}]', {"#1", "#3"}, 3),
        ("[]", set(), 0),
        ("", set(), 0),
        ("<html>", set(), 1),
    ],
)
def test_what_is_broken_is_counted_and_the_rest_is_read(
    tmp_path: Path, text: str, keys: set[str], skipped: int
) -> None:
    (tmp_path / "issues.json").write_text(text)
    sink = read(export(tmp_path))
    assert {one.key for one in sink.records[Issue]} == keys
    assert len(sink.skipped) == skipped


def test_an_item_that_lacks_what_makes_it_one_is_quarantined(tmp_path: Path) -> None:
    written: dict[str, list[Json]] = {
        "issues.json": [{"title": "PLANTED"}, issue(1, 0)],
        "pull_commits.json": [commit(sha_of(1), 0)],
        "deployments.json": [{"id": 7, "environment": "production"}],
    }
    for name, rows in written.items():
        (tmp_path / name).write_text(json.dumps(rows))
    sink = read(export(tmp_path))
    assert [reason for _, _, reason in sink.quarantined] == [
        "it has no number", "it has no pull_number", "it has no statuses"
    ]  # fmt: skip
    assert [what for what, _, _ in sink.quarantined][1:] == [f"commit {sha_of(1)}", "deployment 7"]


def test_events_commits_and_reviews_find_their_issue_and_pull_request(tmp_path: Path) -> None:
    pull = {"number": 5, "title": "Change", "body": "Closes acme/cli#1, other/tool#2", "state": "closed", "created_at": at(0),
            "merged_at": at(9), "merge_commit_sha": "ff", "head": {"ref": "ABC-12-cache"}}  # fmt: skip
    deployment = {"id": 7, "environment": "prod-eu", "sha": "ff", "created_at": at(10),
                  "statuses": [{"state": "inactive", "created_at": at(20)}, {"state": "error", "created_at": at(12)}]}  # fmt: skip
    written: dict[str, list[Json]] = {
        "issues.json": [issue(1, 0, labels=["incident"], updated_at=at(5))],
        "issue_events.json": [{"id": 8, "issue": {"number": 1}, **event("labeled", 3, "incident")}] * 2
        + [{"id": 9, "issue": {"number": 5}, **event("ready_for_review", 4)}],
        "pulls.json": [pull],
        "pull_commits.json": [{"pull_number": 5, **commit("aa", 0)}],
        "pull_reviews.json": [
            {"pull_number": 5, "id": 3, "state": "APPROVED", "user": None},
            {"pull_number": 5, "id": 4, "state": "PENDING", "user": None},
        ],
        "deployments.json": [deployment],
    }
    for name, rows in written.items():
        (tmp_path / name).write_text(json.dumps(rows))
    found = read(export(tmp_path)).records
    assert [(one.name, one.removed_at) for one in found[Label]] == [("incident", None)]
    assert [one.issue_type for one in found[Issue]] == ["incident"]
    assert [one.ready_at for one in found[PullRequest]] == [datetime.fromisoformat(at(4))]
    assert {(one.issue_key, one.link) for one in found[PullRequestIssue]} == {
        ("#1", "closing keyword"), ("other/tool#2", "closing keyword"), ("ABC-12", "branch")
    }  # fmt: skip
    assert {(one.sha, one.issue_key) for one in found[CommitIssue]} == {
        (sha, key) for sha in ("aa", "ff") for key in ("#1", "other/tool#2", "ABC-12")
    }
    assert [(one.external_id, one.author) for one in found[Review]] == [("3", None)]
    assert [(one.environment, one.status, one.duration_seconds) for one in found[Deployment]] == [
        ("prod-eu", "error", 120)
    ]


def test_an_export_is_read_again_when_a_file_has_changed(tmp_path: Path) -> None:
    (tmp_path / "issues.json").write_text(json.dumps(ISSUES))
    first = read(export(tmp_path))
    again = read(export(tmp_path), first.cursor)
    assert not again.rows
    assert again.cursor == first.cursor
    (tmp_path / "issues.json").write_text(json.dumps([*ISSUES, issue(4, 3)]))
    assert len(read(export(tmp_path), first.cursor).records[Issue]) == 4


def test_a_folder_without_such_files_is_refused(tmp_path: Path) -> None:
    for look in (export(tmp_path).discover, lambda: read(export(tmp_path))):
        with pytest.raises(BadRequest, match=rf"none of an export's files is here \({tmp_path}\)"):
            look()
