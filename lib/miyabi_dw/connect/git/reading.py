"""What is new in a repository since a cursor, as records."""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from miyabi_dw.connect.git.code_lines import read_code_lines
from miyabi_dw.connect.git.commits import CommitReader
from miyabi_dw.connect.git.releases import carried
from miyabi_dw.connect.git.repository import Repository
from miyabi_dw.connect.git.tags import Matches, Release, find_releases, tag_names
from miyabi_dw.connect.git_command import GitFailed, answer
from miyabi_dw.connect.origin import Cursor, Sink
from miyabi_dw.connect.records import Commit, CommitIssue, CommitLines, Deployment, DeploymentCommit

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read: all that `tips` reach. `tags` and `missing` are digests of what they are called for.

    `missing` is what a shallow or partial clone lacks, `manner` how commits were read: when one of them is another,
    everything is read again.
    """

    repository: str = ""
    head: str | None = None
    tips: tuple[str, ...] = ()
    tags: str = ""
    missing: str = ""
    manner: str = ""

    def goes_on_as(self, now: "Seen") -> bool:
        return bool(self.tips) and (self.missing, self.manner) == (now.missing, now.manner)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is read of a repository, and for which environment its releases are."""

    is_release: Matches
    environment: str
    manner: str


def read_news(repository: Repository, wanted: Wanted, cursor: Cursor, sink: Sink) -> None:
    """Hands what is new to the sink, and the cursor behind it. Without news, git is asked for its references only."""
    seen = _seen(cursor)
    now = _now(repository, wanted)
    if now == replace(seen, tips=()):
        sink.checkpoint(cursor)
        return
    if seen.repository not in {"", now.repository}:
        logger.info("the repository %s is called %s now", seen.repository, now.repository)
        _forget(seen.repository, sink)
        seen = Seen()
    found = find_releases(repository.folder, wanted.is_release, sink.skip)
    reached = _reached(repository, found)
    is_whole = not (seen.goes_on_as(now) and _reaches(repository, reached, seen.tips))
    if is_whole or (seen.head, seen.tags) != (now.head, now.tags):
        old = () if is_whole else seen.tips
        _read_commits(repository, reached, old, sink)
        read_code_lines(repository, old, sink)
    if is_whole or seen.tags != now.tags:
        _read_releases(repository, found, wanted.environment, sink)
    sink.checkpoint(asdict(replace(now, tips=_tips(repository, found))))


def _seen(cursor: Cursor) -> Seen:
    if not cursor:
        return Seen()
    tips = cursor.get("tips")
    return Seen(
        str(cursor.get("repository", "")),
        str(cursor["head"]) if cursor.get("head") else None,
        tuple(map(str, tips)) if isinstance(tips, list | tuple) else (),
        str(cursor.get("tags", "")),
        str(cursor.get("missing", "")),
        str(cursor.get("manner", "")),
    )


def _now(repository: Repository, wanted: Wanted) -> Seen:
    tags = sorted(f"{tag} {sha}" for tag, sha in tag_names(repository.folder) if wanted.is_release(tag))
    missing = [*sorted(repository.cut), *(["contents"] if repository.is_partial else [])]
    tagged = _digest([wanted.environment, *tags])
    return Seen(repository.name, repository.head, (), tagged, _digest(missing), wanted.manner)


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode(errors="replace")).hexdigest()[:32]


def _reached(repository: Repository, found: Sequence[Release]) -> list[str]:
    return sorted({*(release.sha for release in found), *([repository.head] if repository.head else [])})


def _tips(repository: Repository, found: Sequence[Release]) -> tuple[str, ...]:
    """The head, and the releases of other branches: what they reach together, in few words."""
    if repository.head is None:
        return tuple(_reached(repository, found))
    listed = ("for-each-ref", "--format=%(refname:strip=2)", f"--no-merged={repository.head}", "refs/tags")
    aside = set(answer(repository.folder, *listed).splitlines())
    return tuple(dict.fromkeys([repository.head, *(release.sha for release in found if release.tag in aside)]))


def _reaches(repository: Repository, reached: Sequence[str], old: Sequence[str]) -> bool:
    """Whether all that was read is still part of the history; not when it was rewritten or a tag was moved off."""
    without = [f"^{sha}" for sha in reached]
    try:
        return answer(repository.folder, "rev-list", "--max-count=1", "--stdin", lines=[*old, *without]) == ""
    except GitFailed:
        # An old commit is gone altogether.
        return False


def _forget(repository: str, sink: Sink) -> None:
    """The same connection goes on under the new name; all rows of the old one are gone."""
    for kind in (Commit, CommitLines, CommitIssue, Deployment, DeploymentCommit):
        sink.list_all(kind, repository)


def _read_commits(repository: Repository, reached: Sequence[str], old: Sequence[str], sink: Sink) -> None:
    # What a shallow clone does not show was cut off, not taken back.
    if not old and not repository.cut:
        sink.list_all(Commit, repository.name)
        sink.list_all(CommitIssue, repository.name)
    if reached:
        CommitReader(repository, sink).read(reached, old)


def _read_releases(repository: Repository, found: Sequence[Release], environment: str, sink: Sink) -> None:
    if not repository.cut:
        sink.list_all(Deployment, repository.name)
        sink.list_all(DeploymentCommit, repository.name)
    for release in found:
        sink.add(_deployment(repository.name, environment, release))
    for release, sha in carried(repository.folder, found):
        sink.add(DeploymentCommit(repository.name, environment, release.tag, sha))


def _deployment(repository: str, environment: str, release: Release) -> Deployment:
    return Deployment(
        repository,
        environment,
        release.tag,
        "success",
        created_at=release.at,
        deployed_at=release.at,
        commit_sha=release.sha,
    )
