"""What counts as a deployment, four ways: deployments with their statuses, releases, tags, runs of a workflow."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from miyabi_dw.connect.github.answers import Item, moment, needed_number, needed_text, text
from miyabi_dw.connect.records import Deployment

PRODUCTION = "production"
PRERELEASE = "prerelease"
# A status that tells how a deployment ended. `inactive` does not: GitHub sets it by itself when a later one succeeds.
ENDS = ("success", "failure", "error")
FIRST = datetime.min.replace(tzinfo=UTC)
# Runs of these look at what is proposed; nothing is deployed yet.
PROPOSALS = ("pull_request", "pull_request_target", "merge_group")


@dataclass(frozen=True, slots=True)
class Way:
    """`deploys` of a declaration: a word, and for tags a pattern, for workflows a name or the name of its file."""

    word: str
    pattern: str = ""

    @classmethod
    def of(cls, deploys: str) -> "Way":
        word, _, pattern = deploys.strip().partition(" ")
        return cls(word, pattern.strip())

    def takes_tag(self, name: str) -> bool:
        return fnmatchcase(name, self.pattern)

    def takes_workflow(self, *names: str | None) -> bool:
        """Of a workflow's names: what it is called, its path or its file."""
        return any(name and self.pattern in (name, name.rpartition("/")[2]) for name in names)


@dataclass(frozen=True, slots=True)
class Status:
    state: str
    at: datetime | None


def of_deployment(repository: str, found: Item, statuses: Iterable[Status]) -> Deployment:
    """A deployment as REST tells it, its end by its statuses."""
    return ended(
        Deployment(
            repository,
            needed_text(found, "environment"),
            str(needed_number(found, "id")),
            status="",
            created_at=moment(found, "created_at"),
            updated_at=moment(found, "updated_at"),
            commit_sha=text(found, "sha"),
        ),
        list(statuses),
    )


def status_of(found: Item) -> Status | None:
    state = text(found, "state")
    return Status(state.lower(), moment(found, "created_at") or moment(found, "updated_at")) if state else None


def ended(deployment: Deployment, statuses: list[Status]) -> Deployment:
    """With the last end among its statuses; else the newest status, and `pending` where there is none.

    Of one moment the one that is listed first counts as the newer, as GitHub lists them.
    """
    latest = sorted(statuses, key=lambda status: status.at or FIRST, reverse=True)
    end = next((status for status in latest if status.state in ENDS), None)
    state = end.state if end else latest[0].state if latest else "pending"
    begin, at = deployment.created_at, end.at if end else None
    seconds = int((at - begin).total_seconds()) if at and begin else None
    return replace(
        deployment, status=state, deployed_at=at, duration_seconds=seconds if seconds and seconds >= 0 else None
    )


def of_release(repository: str, found: Item, sha: str | None) -> Deployment | None:
    """A published release; None for a draft. Its `created_at` is its commit's, and no begin."""
    published = moment(found, "published_at")
    if found.get("draft") is True or not published:
        return None
    return Deployment(
        repository,
        PRERELEASE if found.get("prerelease") is True else PRODUCTION,
        needed_text(found, "tag_name"),
        "success",
        created_at=published,
        deployed_at=published,
        updated_at=moment(found, "updated_at") or published,
        commit_sha=sha,
    )


def of_tag(repository: str, name: str, sha: str, at: datetime | None) -> Deployment:
    return Deployment(
        repository, PRODUCTION, name, "success", created_at=at, deployed_at=at, updated_at=at, commit_sha=sha
    )


def of_run(repository: str, found: Item) -> Deployment | None:
    """A run of a workflow with its last attempt's conclusion; None for a run that only looks at a proposal."""
    if text(found, "event") in PROPOSALS:
        return None
    conclusion = (text(found, "conclusion") or "").lower()
    begin = moment(found, "run_started_at") or moment(found, "created_at")
    end = moment(found, "updated_at") if conclusion else None
    seconds = int((end - begin).total_seconds()) if end and begin else None
    return Deployment(
        repository,
        PRODUCTION,
        str(needed_number(found, "id")),
        conclusion or needed_text(found, "status").lower(),
        created_at=begin,
        deployed_at=end,
        updated_at=moment(found, "updated_at"),
        duration_seconds=seconds if seconds and seconds >= 0 else None,
        commit_sha=text(found, "head_sha"),
    )
