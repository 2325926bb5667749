"""The connection to a git repository: what it declares, what lies there, and what is new."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import Field, field_validator

from miyabi_dw.common.text import counted
from miyabi_dw.connect.git.reading import Wanted, read_news
from miyabi_dw.connect.git.repository import Repository, open_repository, refusal
from miyabi_dw.connect.git.tags import Release, find_releases, matches, tag_names
from miyabi_dw.connect.git_command import GitFailed, answer
from miyabi_dw.connect.origin import Cursor, Discovery, Origin, Sink
from miyabi_dw.connect.repositories import common_folder

# Goes up when a commit is read in another way than before: then every history is read again.
_READER = "reader 2"


class Git(Origin):
    """A repository on this machine: a clone, a bare one, a worktree, or a folder inside of one. Read, never written."""

    kind: ClassVar[str] = "git"

    path: Path
    # Which tags are releases: patterns with `*` and `?`, apart by spaces. Without one: v1.2.3, 1.2.3, name-1.2.3 and
    # name@1.2.3, and no pre-releases, since what is tried out is not yet delivered.
    releases: str = ""
    # Without one: what the remote calls its default, else main or master, else what is checked out.
    branch: str = ""
    environment: str = Field("production", min_length=1)

    @field_validator("path")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        try:
            return path.expanduser().resolve()
        except RuntimeError as error:
            raise ValueError(f"{path}: there is no such user") from error

    @property
    def origin(self) -> str:
        """The repository's own folder: its worktrees and the folders inside are the same origin."""
        return f"git {common_folder(self.path) or self.path}"

    def discover(self) -> Discovery:
        try:
            return self._discover()
        except GitFailed as failure:
            raise refusal(self.path, failure) from failure

    def read(self, cursor: Cursor, sink: Sink) -> None:
        try:
            repository = open_repository(self.path, self.branch)
            read_news(repository, self._wanted(), cursor, sink)
        except GitFailed as failure:
            raise refusal(self.path, failure) from failure

    def _wanted(self) -> Wanted:
        # Names that were kept before somebody had them hidden are replaced by reading all again.
        manner = f"{_READER}, authors hidden" if self.hash_authors else _READER
        return Wanted(matches(self.releases), self.environment, manner)

    def _discover(self) -> Discovery:
        repository = open_repository(self.path, self.branch)
        if repository.head is None:
            return Discovery(f"{repository.name} has no commits yet", {"commits": 0, "releases": 0, "tags": 0})
        ignored: list[str] = []
        found = find_releases(self.path, matches(self.releases), lambda _, tag: ignored.append(tag))
        tags = [tag for tag, _ in tag_names(self.path)]
        reached = sorted({repository.head, *(release.sha for release in found)})
        commits = int(answer(self.path, "rev-list", "--count", "--stdin", lines=reached))
        sentence = f"{repository.name} on {repository.short_branch}: {counted(commits, 'commit')}, {_told(found)}"
        figures = {"commits": commits, "releases": len(found), "tags": len(tags)}
        return Discovery(sentence, figures, (*_notices(repository), *self._notices(tags, found)))

    def _notices(self, tags: Sequence[str], found: Sequence[Release]) -> Iterator[str]:
        if not found:
            yield _no_release(tags, self.releases)
            return
        is_release = matches(self.releases)
        others = [tag for tag in tags if not is_release(tag)]
        if others:
            yield f"not a release: {counted(len(others), 'other tag')}, such as {others[-1]}; a pattern takes them"
        joined = len(tags) - len(others) - len(found)
        if joined > 0:
            yield f"not a release of its own: {counted(joined, 'tag')} on the commit of another release, or on none"


def _told(found: Sequence[Release]) -> str:
    dated = [(release.at, release.tag) for release in found if release.at]
    last = f", the last one {max(dated)[1]} on {max(dated)[0]:%Y-%m-%d}" if dated else ""
    return f"{counted(len(found), 'release')}{last}"


def _no_release(tags: Sequence[str], pattern: str) -> str:
    advice = 'choose the tags that are, with releases = "deploy-*" for example; until then nothing counts as deployed'
    if not tags:
        return f"there are no tags, so there are no releases; tag what you deliver, or {advice}"
    looked_for = f"the pattern {pattern}" if pattern else "a version such as v1.2.3"
    return f"of {counted(len(tags), 'tag')} ({tags[-1]}) none is {looked_for}: {advice}"


def _notices(repository: Repository) -> Iterator[str]:
    if repository.cut:
        yield "the clone is shallow: older commits and releases are missing until git fetch --unshallow"
    if repository.is_partial:
        yield "the clone is partial: its commits have no lines, since counting them would fetch every file"
