"""The history as `git log` tells it: one commit after the other, children before their parents, in constant memory."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NamedTuple

from miyabi_dw.connect.git_command import stream

# No text of a commit can hold a NUL.
_FIELDS = "%H%x00%P%x00%ct%x00%an%x00%B%x00"
_PIECE = 1 << 18
# Of a longer message only the beginning and the end are looked at.
_LONGEST_FIELD = 1 << 20
_LONGEST_NAME = 200


class Logged(NamedTuple):
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


def _pieces(output: IO[bytes]) -> Iterator[str]:
    """What stands between the NULs, and what follows the last one."""
    rest = b""
    while chunk := output.read(_PIECE):
        whole, nul, rest = (rest + chunk).rpartition(b"\0")
        if nul:
            yield from whole.decode(errors="replace").split("\0")
        rest = rest[:_LONGEST_FIELD]
    yield rest.decode(errors="replace")


def _logged(pieces: Iterator[str], with_lines: bool) -> Iterator[Logged]:
    sha = next(pieces)
    while sha:
        parents, seconds, author, message = next(pieces), next(pieces), next(pieces), next(pieces)
        # A commit's lines stand behind it, before the next one's sha.
        counted, _, following = next(pieces).rpartition("\n")
        shas = tuple(parents.split())
        lines = _lines(counted) if with_lines and len(shas) < 2 else None
        yield Logged(sha, shas, moment(seconds), author[:_LONGEST_NAME], message, lines)
        sha = following


def _lines(counted: str) -> tuple[int, int]:
    return _number_before(counted, " insertion"), _number_before(counted, " deletion")


def _number_before(counted: str, word: str) -> int:
    """Of ` 2 files changed, 3 insertions(+), 1 deletion(-)`; what is not there is 0."""
    end = counted.find(word)
    return int(counted[counted.rfind(" ", 0, end) + 1 : end]) if end >= 0 else 0
