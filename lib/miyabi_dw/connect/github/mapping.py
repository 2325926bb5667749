"""GitHub's issues, pull requests, commits and reviews as records. Unusable for an item that lacks what makes it one."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from miyabi_dw.connect.github.answers import Item, at, items, moment, needed_number, needed_text, number, person, text
from miyabi_dw.connect.github.labels import history, priority_of, type_of
from miyabi_dw.connect.github.links import Links, is_machine, of_commit, of_pull, reverted, trailers
from miyabi_dw.connect.records import (
    Commit,
    CommitIssue,
    Issue,
    PullRequest,
    PullRequestCommit,
    PullRequestIssue,
    Record,
    Review,
)

READY = "ready_for_review"
STATES_OF_REVIEWS = {"approved", "changes_requested", "commented", "dismissed"}


def is_pull(issue: Item) -> bool:
    """GitHub lists pull requests among the issues."""
    return at(issue, "pull_request") is not None


def issue_of(repository: str, found: Item, deleted_at: datetime | None = None) -> Issue:
    own = needed_number(found, "number")
    return Issue(
        repository,
        f"#{own}",
        number=own,
        title=text(found, "title"),
        state=text(found, "state"),
        issue_type=type_of(found),
        priority=priority_of(found),
        author=person(found, ("user", "login")),
        created_at=moment(found, "created_at"),
        updated_at=moment(found, "updated_at"),
        closed_at=moment(found, "closed_at"),
        deleted_at=deleted_at,
    )


def of_issue(repository: str, found: Item, events: Iterable[Item]) -> Iterator[Record]:
    """The issue, its labels, and the commits that closed it."""
    issue = issue_of(repository, found)
    yield issue
    kept = list(events)
    yield from history(repository, issue.key, found, kept)
    for event in kept:
        sha = text(event, "commit_id")
        if sha and text(event, "event") == "closed":
            yield CommitIssue(repository, sha, issue.key, "closing keyword")


def ready_at(found: Item, events: Iterable[Item]) -> datetime | None:
    """When a pull request that was a draft was last marked as ready; None for one that never was, or still is."""
    told = [at for event in events if text(event, "event") == READY and (at := moment(event, "created_at"))]
    return None if found.get("draft") is True else max(told, default=None)


def pull_of(repository: str, found: Item, events: Iterable[Item]) -> PullRequest:
    """`merge_commit_sha` of one that is not merged is a trial of GitHub's, and left out."""
    merged_at = moment(found, "merged_at")
    return PullRequest(
        repository,
        needed_number(found, "number"),
        state="merged" if merged_at else text(found, "state"),
        author=person(found, ("user", "login")),
        head_branch=text(found, "head", "ref"),
        base_branch=text(found, "base", "ref"),
        merge_commit_sha=text(found, "merge_commit_sha") if merged_at else None,
        created_at=moment(found, "created_at"),
        updated_at=moment(found, "updated_at"),
        merged_at=merged_at,
        closed_at=moment(found, "closed_at"),
        lines_added=number(found, "additions"),
        lines_deleted=number(found, "deletions"),
        changed_files=number(found, "changed_files"),
        labels=tuple(name for label in items(found.get("labels")) if (name := text(label, "name"))),
        ready_at=ready_at(found, events),
    )


def of_pull_request(
    repository: str, found: Item, events: Iterable[Item]
) -> tuple[PullRequest, Links, list[Record]]:  # fmt: skip
    """The pull request, the issues it works on, and the records of both; its merge carries its issues."""
    pull = pull_of(repository, found, events)
    links = of_pull(repository, pull.number, found)
    records: list[Record] = [pull]
    records += [PullRequestIssue(repository, pull.number, key, link) for key, link in links.items()]
    if pull.merge_commit_sha:
        records += of_commit(repository, pull.number, pull.merge_commit_sha, "", links)
    return pull, links, records


def of_pull_commit(repository: str, pull: int, branch: str | None, links: Links, found: Item) -> Iterator[Record]:
    """A commit of a pull request, and the issues that it or the pull request names."""
    sha, message = needed_text(found, "sha"), text(found, "commit", "message") or ""
    author = person(found, ("commit", "author", "name"), ("author", "login"))
    parents = list(items(found.get("parents")))
    yield Commit(
        repository,
        sha,
        author=author,
        committed_at=moment(found, "commit", "committer", "date") or moment(found, "commit", "author", "date"),
        is_merge=len(parents) > 1 if parents else None,
        pr_number=pull,
        branch=branch,
        reverts=reverted(message),
        trailers=trailers(message),
    )
    yield PullRequestCommit(repository, pull, sha)
    yield from of_commit(repository, pull, sha, "" if is_machine(author) else message, links)


def review_of(repository: str, pull: int, found: Item) -> Review | None:
    """None for one that is still being written."""
    state = (text(found, "state") or "").lower()
    if state not in STATES_OF_REVIEWS:
        return None
    return Review(
        repository,
        pull,
        str(needed_number(found, "id")),
        author=person(found, ("user", "login")),
        state=state,
        submitted_at=moment(found, "submitted_at"),
        is_bot=is_bot(found),
    )


def is_bot(found: Item) -> bool | None:
    """Whether GitHub calls the account a bot's; None where it does not say."""
    kind = text(found, "user", "type")
    return kind == "Bot" if kind else None
