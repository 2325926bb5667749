"""Which release carried a commit: the earliest one that contains it, found in one walk over the history."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from miyabi_dw.connect.git.tags import Release
from miyabi_dw.connect.git_command import stream

_NO_DATE = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a release stands in the order: by date, but before every release that contains it, whatever its date says.

    `before` counts the releases of the same moment that it has to precede.
    """

    release: Release
    at: datetime
    before: int = 0

    @property
    def order(self) -> tuple[datetime, int, str]:
        return self.at, -self.before, self.release.tag


def carried(folder: Path, releases: Sequence[Release]) -> Iterator[tuple[Release, str]]:
    """Each commit that a release contains, with the earliest such release.

    v1.9.5, made after v2.0.0, carries only what v2.0.0 does not have. Commits that await their turn are in memory, no
    others.
    """
    yield from assigned(_graph(folder, releases), releases)


def assigned(
    graph: Iterable[tuple[str, Sequence[str]]], releases: Iterable[Release]
) -> Iterator[tuple[Release, str]]:  # fmt: skip
    """The same for commits with their parents, each after all its children."""
    tagged = _by_commit(releases)
    announced: dict[str, _Place] = {}
    for sha, parents in graph:
        place = announced.pop(sha, None)
        if sha in tagged:
            place = _placed(tagged[sha], place)
        if place is not None:
            yield place.release, sha
            for parent in parents:
                known = announced.get(parent, place)
                announced[parent] = min(known, place, key=lambda each: each.order)


def _by_commit(releases: Iterable[Release]) -> Mapping[str, Release]:
    """The first release on each commit; a later one on the same commit carries nothing new."""
    first: dict[str, Release] = {}
    for release in releases:
        known = first.setdefault(release.sha, release)
        if (release.at or _NO_DATE) < (known.at or _NO_DATE):
            first[release.sha] = release
    return first


def _placed(release: Release, container: _Place | None) -> _Place:
    own = release.at or _NO_DATE
    if container is None or own < container.at:
        return _Place(release, own)
    return _Place(release, container.at, container.before + 1)


def _graph(folder: Path, releases: Sequence[Release]) -> Iterator[tuple[str, Sequence[str]]]:
    revisions = sorted({release.sha for release in releases})
    with stream(folder, "rev-list", "--topo-order", "--parents", "--stdin", lines=revisions) as output:
        for line in output:
            sha, *parents = line.decode("ascii").split()
            yield sha, parents
