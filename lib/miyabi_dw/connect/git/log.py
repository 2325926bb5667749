"""The history as `git log` tells it: one commit after the other, children before their parents, in constant memory."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from miyabi_dw.connect.git_command import stream

# No text of a commit can hold a NUL.
_FIELDS = "%H%x00%P%x00%ct%x00%an%x00%B%x00"
_PIECE = 1 << 18
# Of a longer message only the beginning and the end are looked at.
_LONGEST_FIELD = 1 << 20
_LONGEST_NAME = 200
_ADDED = re.compile(rb"(\d+) insertion")
_DELETED = re.compile(rb"(\d+) deletion")


@dataclass(frozen=True, slots=True)
class Logged:
    """A commit of the log. `lines` is added and deleted, None where they were not asked for."""

    sha: str
    parents: tuple[str, ...]
    committed_at: datetime | None
    author: str
    message: str
    lines: tuple[int, int] | None


def log(folder: Path, revisions: Iterable[str], *, with_lines: bool) -> Iterator[Logged]:
    """All commits that the revisions reach (`^revision`: without those that it reaches).

    A renamed file is no lines as long as it did not change; a submodule is none at all. A merge has no lines.
    """
    # Exact renames cost nothing; looking for similar files would cost more than all the rest.
    counting = (
        "--shortstat",
        "--find-renames=100%",
        "--ignore-submodules=all",
        "--no-ext-diff",
        "--no-textconv",
        "--no-color",
    )
    arguments = ("log", "--topo-order", "--encoding=UTF-8", f"--format={_FIELDS}", *(counting if with_lines else ()))
    with stream(folder, *arguments, "--stdin", lines=revisions) as output:
        yield from _logged(_pieces(output), with_lines)


def moment(seconds: str) -> datetime | None:
    """A time as git keeps it; None for one that no calendar has."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _pieces(output: IO[bytes]) -> Iterator[bytes]:
    """What stands between the NULs, and what follows the last one."""
    rest = b""
    while chunk := output.read(_PIECE):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
        rest = rest[:_LONGEST_FIELD]
    yield rest


def _logged(pieces: Iterator[bytes], with_lines: bool) -> Iterator[Logged]:
    sha = next(pieces)
    while sha:
        parents, seconds, author, message = (next(pieces).decode(errors="replace") for _ in range(4))
        # A commit's lines stand behind it, before the next one's sha.
        counted, _, following = next(pieces).rpartition(b"\n")
        shas = tuple(parents.split())
        lines = _lines(counted) if with_lines and len(shas) < 2 else None
        yield Logged(sha.decode(), shas, moment(seconds), author[:_LONGEST_NAME], message, lines)
        sha = following


def _lines(counted: bytes) -> tuple[int, int]:
    added, deleted = _ADDED.search(counted), _DELETED.search(counted)
    return int(added[1]) if added else 0, int(deleted[1]) if deleted else 0
