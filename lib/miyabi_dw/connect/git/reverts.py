"""Which commit a revert takes back, where its message does not name it in full.

What is emitted: `reverts` of the reverting commit, the full sha of the commit that is taken back (a squash, or a merge
with all that it brought), no matter whether either is released. Whether a release's deployment counts as rolled back
for the issue of the reverted commit is for `conform` to say, which sees releases and issues together.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from miyabi_dw.connect.git.merges import merge_of
from miyabi_dw.connect.git_command import answer_or_none, stream
from miyabi_dw.connect.keys import squashed_number
from miyabi_dw.connect.records import Commit

_FULL = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Reverts:
    """Keeps the reverts whose commit has to be looked up, which are few."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbered: list[tuple[int, Commit]] = []

    def noted(self, commit: Commit, reverts: str | int | None) -> Commit:
        """The commit with what it reverts, as far as that is known at once."""
        if isinstance(reverts, int):
            self._numbered.append((reverts, commit))
            return commit
        return replace(commit, reverts=self._full(reverts)) if reverts else commit

    def found(self, revisions: Iterable[str]) -> Iterator[Commit]:
        """The commits that revert a pull request, again and now with the commit that brought it."""
        numbers = sorted({number for number, _ in self._numbered})
        brought = self._brought(numbers, revisions) if numbers else {}
        for number, commit in self._numbered:
            if brought.get(number, commit.sha) != commit.sha:
                yield replace(commit, reverts=brought[number])

    def _full(self, sha: str) -> str | None:
        if _FULL.fullmatch(sha):
            return sha
        return answer_or_none(self._folder, "rev-parse", "--verify", "--quiet", f"{sha}^{{commit}}") or None

    def _brought(self, numbers: Sequence[int], revisions: Iterable[str]) -> dict[int, str]:
        """The oldest commit that brought each pull request; a later one is its copy on another branch."""
        any_of = "|".join(map(str, numbers))
        wanted = rf"\(#({any_of})\)$|^(Merge|Pull|Auto|Merged) .*#({any_of})|!({any_of})$"
        arguments = ("log", "--extended-regexp", f"--grep={wanted}", "--format=%H%x00%B%x00", "--stdin")
        with stream(self._folder, *arguments, lines=revisions) as output:
            pieces = output.read().decode(errors="replace").split("\0")
        found: dict[int, str] = {}
        for sha, message in zip(pieces[::2], pieces[1::2], strict=False):
            number = _number(message)
            if number is not None and number in numbers:
                found[number] = sha.strip()
        return found


def _number(message: str) -> int | None:
    merge = merge_of(message)
    return merge.number if merge else squashed_number(message.partition("\n")[0])
