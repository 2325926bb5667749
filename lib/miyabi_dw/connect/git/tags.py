"""Which tags are releases, and when each was made."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from miyabi_dw.connect.git.log import moment
from miyabi_dw.connect.git_command import answer, answer_or_none

# v1.2.3, 1.2.3, name-1.2.3, @team/name@1.2.3, release/1.2; two to four numbers, with what a build adds.
_VERSION = re.compile(r"(?:.+[-_/@])?[vV]?\d+(?:\.\d+){1,3}(?:\.post\d+)?(?:\+[\w.-]+)?")
# rc-1.2.3, nightly/2.0.1
_UNFINISHED = re.compile(r"(?:^|[-_/.@\d])(?:alpha|beta|rc|preview|nightly|snapshot|canary)(?![a-z])", re.IGNORECASE)
# Packages of one publication get their tags one after the other.
_ONE_PUBLICATION = timedelta(hours=1)
_FORMAT = "%00".join((
    "%(refname:strip=2)", "%(objecttype)", "%(objectname)", "%(*objecttype)", "%(*objectname)",
    "%(creatordate:unix)", "%(*committerdate:unix)",
))  # fmt: skip

Matches = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Release:
    """A tag on a commit. `at` is when the tag was made, or its commit where the tag does not tell."""

    tag: str
    sha: str
    at: datetime | None


def matches(pattern: str) -> Matches:
    """What takes the tags of a pattern: several with `*` and `?`, apart by spaces; without one, finished versions."""
    patterns = pattern.split()
    if patterns:
        return lambda tag: any(fnmatchcase(tag, each) for each in patterns)
    return lambda tag: _VERSION.fullmatch(tag) is not None and not _UNFINISHED.search(tag)


def tag_names(folder: Path) -> list[tuple[str, str]]:
    """Every tag and the object that it names; quick, for no object is opened."""
    lines = answer(folder, "for-each-ref", "--format=%(objectname) %(refname:strip=2)", "refs/tags").splitlines()
    return [(tag, sha) for sha, _, tag in (line.partition(" ") for line in lines)]


def find_releases(folder: Path, is_release: Matches, skip: Callable[[str, str], None]) -> list[Release]:
    """The tags that match, one of each publication; one that is on no commit is passed over."""
    listed = (
        line.split("\0") for line in answer(folder, "for-each-ref", f"--format={_FORMAT}", "refs/tags").splitlines()
    )
    found = []
    for tag, *facts in listed:
        if is_release(tag):
            sha = _commit(folder, tag, *facts[:4])
            if sha:
                found.append(Release(tag, sha, moment(facts[4]) or moment(facts[5])))
            else:
                skip("a tag that is on no commit", tag)
    return _publications(found)


def _commit(folder: Path, tag: str, kind: str, sha: str, kind_below: str, sha_below: str) -> str | None:
    if kind == "commit":
        return sha
    if kind_below == "commit":
        return sha_below
    # A tag of a tag.
    return answer_or_none(folder, "rev-parse", "--verify", "--quiet", f"refs/tags/{tag}^{{commit}}") or None


def _publications(found: Iterable[Release]) -> list[Release]:
    """Of tags on one commit that were made within the hour, the first by name."""
    ordered = sorted(found, key=lambda each: (each.sha, each.at is None, each.at or 0, each.tag))
    kept: list[Release] = []
    for release in ordered:
        if not (kept and kept[-1].sha == release.sha and _is_together(kept[-1], release)):
            kept.append(release)
    return kept


def _is_together(first: Release, other: Release) -> bool:
    return first.at is None or other.at is None or other.at - first.at < _ONE_PUBLICATION
