"""The history along the first parents as hunks, oldest commit first: which lines each commit took out and put in.

Lines are told by a hash of their text without the white space around it; 0 is a line of white space alone. White space
that changed is no hunk. In memory lies one commit.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from miyabi_dw.connect.git_command import stream

_MARK = b"\0"
_NOWHERE = b"/dev/null"
# With -w a line whose white space changed is the same line; a file is found again when it was renamed and changed.
_ARGUMENTS = (
    "log", "--first-parent", "-m", "--reverse", "--topo-order", "--format=%x00%H %ct", "--patch", "--unified=0",
    "--inter-hunk-context=0", "-w", "--find-renames", "--no-prefix", "--ignore-submodules=all", "--no-ext-diff",
    "--no-textconv", "--no-color",
)  # fmt: skip


@dataclass(slots=True)
class Hunk:
    """From `start` on (counted from 1, as before the commit) `removed` became `added`, which begins at `placed`."""

    start: int
    placed: int
    removed: "array[int]" = field(default_factory=lambda: array("q"))
    added: "array[int]" = field(default_factory=lambda: array("q"))


@dataclass(slots=True)
class Change:
    """What a commit did to one file. `before` is None for a new one, `after` for one that is gone."""

    before: bytes | None
    after: bytes | None
    hunks: list[Hunk] = field(default_factory=list)


@dataclass(slots=True)
class Patch:
    """A commit of the main line, the second of its time, and its changes against its first parent."""

    sha: str
    seconds: int
    changes: list[Change] = field(default_factory=list)


def patches(folder: Path, revisions: Iterable[str]) -> Iterator[Patch]:
    """The commits that the revisions reach along first parents (`^revision`: without those that it reaches)."""
    with stream(folder, *_ARGUMENTS, "--stdin", lines=revisions) as output:
        yield from _patches(output)


def _patches(output: IO[bytes]) -> Iterator[Patch]:
    patch: Patch | None = None
    for line in output:
        if line.startswith(_MARK):
            if patch:
                yield patch
            sha, _, seconds = line[1:].decode().partition(" ")
            patch = Patch(sha, int(seconds))
        elif patch:
            _take(patch, line, output)
    if patch:
        yield patch


def _take(patch: Patch, line: bytes, output: IO[bytes]) -> None:
    """One line of a file's head, or a hunk with all that follows."""
    if line.startswith(b"diff --git "):
        patch.changes.append(Change(None, None))
    elif line.startswith(b"@@ "):
        patch.changes[-1].hunks.append(_hunk(line, output))
    elif line.startswith((b"rename from ", b"--- ")):
        patch.changes[-1].before = _path(line)
    elif line.startswith((b"rename to ", b"+++ ")):
        patch.changes[-1].after = _path(line)


def _path(line: bytes) -> bytes | None:
    """A name with spaces ends with a tab."""
    name = line[line.index(b" ", 4 if line.startswith(b"rename") else 0) :]
    name = name.removeprefix(b" from").removeprefix(b" to").strip(b" \t\r\n")
    return None if name == _NOWHERE else name


def _hunk(head: bytes, output: IO[bytes]) -> Hunk:
    """Of `@@ -5,2 +7 @@`; as many lines follow as it says, whatever they look like."""
    _, old, new, _ = head.split(b" ", 3)
    start, removing = _span(old)
    placed, adding = _span(new)
    hunk = Hunk(start, placed)
    while removing or adding:
        line = output.readline()
        if line.startswith(b"-"):
            hunk.removed.append(_text(line))
            removing -= 1
        elif line.startswith(b"+"):
            hunk.added.append(_text(line))
            adding -= 1
        elif not line:
            break
    return hunk


def _span(told: bytes) -> tuple[int, int]:
    start, _, count = told[1:].partition(b",")
    return int(start), int(count) if count else 1


def _text(line: bytes) -> int:
    text = line[1:].strip()
    return hash(text) or 1 if text else 0
