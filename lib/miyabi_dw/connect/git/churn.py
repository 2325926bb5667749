"""How many lines each commit brought to the main branch, and how many of them were changed or removed within 14 days.

A line that was moved keeps its origin and is no new line; neither is white space, nor a line of a file that people do
not write.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from miyabi_dw.connect.git.moves import NOBODY, Moves
from miyabi_dw.connect.git.patches import Change, Hunk, Patch
from miyabi_dw.connect.git.surviving import Surviving, runs_of

SECONDS = 14 * 24 * 3600
_SETTLE_EVERY = 200


@dataclass(slots=True)
class Lines:
    """What became of the lines that a commit brought."""

    sha: str
    seconds: int
    added: int = 0
    churned: int = 0


class Churn:
    """Follows the lines of a history, one commit after the other, the oldest first."""

    def __init__(self, counts: Callable[[bytes], bool]) -> None:
        """`counts` says of a path whether people write the file."""
        self._counts = counts
        self._surviving = Surviving()
        self._open: dict[int, Lines] = {}
        self._number = NOBODY

    def follow(self, history: Iterable[Patch]) -> Iterator[Lines]:
        """Each commit's lines, as soon as no later commit can change them."""
        for patch in history:
            self._number += 1
            self._open[self._number] = Lines(patch.sha, patch.seconds)
            self._take(patch)
            if self._number % _SETTLE_EVERY == 0:
                yield from self._settled(patch.seconds)
        yield from self._open.values()

    def _settled(self, now: int) -> Iterator[Lines]:
        """Clocks are not in order: a commit is settled when all before it are."""
        for number, lines in list(self._open.items()):
            if now - lines.seconds <= SECONDS:
                break
            yield self._open.pop(number)
        self._surviving.forget(next(iter(self._open), self._number + 1))

    def _take(self, patch: Patch) -> None:
        changes = [change for change in patch.changes if self._is_counted(change)]
        moves = Moves(changes, self._surviving)
        for change in changes:
            brought = [run for hunk in change.hunks for run in runs_of(self._placed(hunk, moves))]
            self._surviving.apply(change, brought)
        for origin, count in moves.left().items():
            lines = self._open.get(origin)
            if lines and patch.seconds - lines.seconds <= SECONDS:
                lines.churned += count

    def _is_counted(self, change: Change) -> bool:
        return all(self._counts(path) for path in (change.before, change.after) if path)

    def _placed(self, hunk: Hunk, moves: Moves) -> Iterator[tuple[int, int]]:
        """The added lines that have an origin, each at its place in the file."""
        moved = moves.origins(hunk)
        for place, text in enumerate(hunk.added):
            origin = moved.get(place, self._number) if text else NOBODY
            if origin == self._number:
                self._open[origin].added += 1
            if origin != NOBODY:
                yield hunk.placed + place, origin
