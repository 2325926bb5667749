"""Where the lines of the last days lie now: for each file the runs of lines that one commit brought.

Only runs of commits that still count are kept, so memory grows with the lines of these days, not with the history.
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from miyabi_dw.connect.git.patches import Change, Hunk


class Run(NamedTuple):
    """The lines from `start` to before `end` (counted from 1) that the commit of the number `origin` brought."""

    start: int
    end: int
    origin: int


class Surviving:
    """The runs of all files, as after the last commit that was applied."""

    def __init__(self) -> None:
        self._files: dict[bytes, list[Run]] = {}

    def origins(self, change: Change, hunk: Hunk) -> Iterator[tuple[int, int]]:
        """The place among the hunk's removed lines, and the origin, of those that a known commit brought."""
        runs = self._files.get(change.before or b"", [])
        last = hunk.start + len(hunk.removed)
        for at in range(max(bisect_right(runs, hunk.start, key=_start) - 1, 0), len(runs)):
            start, end, origin = runs[at]
            if start >= last:
                break
            for line in range(max(start, hunk.start), min(end, last)):
                yield line - hunk.start, origin

    def apply(self, change: Change, brought: list[Run]) -> None:
        """The file after its change: `brought` are runs of added lines, at their places after it."""
        known = self._files.pop(change.before, []) if change.before else []
        left = [*_left(known, change.hunks), *brought]
        if change.after and left:
            self._files[change.after] = sorted(left)

    def forget(self, before: int) -> None:
        """Leaves out the runs of commits with smaller numbers."""
        kept = {path: [run for run in runs if run.origin >= before] for path, runs in self._files.items()}
        self._files = {path: runs for path, runs in kept.items() if runs}


def _start(run: Run) -> int:
    return run.start


class _Gap(NamedTuple):
    """What a hunk takes out, and by how many lines it moves what follows."""

    start: int
    end: int
    shift: int


def _gap(hunk: Hunk) -> _Gap:
    """A hunk that only adds stands behind the line it names."""
    start = hunk.start if hunk.removed else hunk.start + 1
    return _Gap(start, start + len(hunk.removed), len(hunk.added) - len(hunk.removed))


def _left(runs: list[Run], hunks: list[Hunk]) -> Iterator[Run]:
    """What the hunks leave of the runs, at its places after them. Both are in the order of the file."""
    gaps = [_gap(hunk) for hunk in hunks]
    passed = shift = 0
    for start, end, origin in runs:
        while passed < len(gaps) and gaps[passed].end <= start:
            shift += gaps[passed].shift
            passed += 1
        while passed < len(gaps) and gaps[passed].start < end:
            gap = gaps[passed]
            if gap.start > start:
                yield Run(start + shift, gap.start + shift, origin)
            start = gap.end
            if gap.end > end:
                break
            shift += gap.shift
            passed += 1
        if start < end:
            yield Run(start + shift, end + shift, origin)


def runs_of(placed: Iterator[tuple[int, int]]) -> Iterator[Run]:
    """Neighbouring lines of one origin, in ascending order, as runs."""
    start, end, origin = 0, 0, -1
    for line, brought_by in placed:
        if line == end and brought_by == origin:
            end += 1
            continue
        if end:
            yield Run(start, end, origin)
        start, end, origin = line, line + 1, brought_by
    if end:
        yield Run(start, end, origin)
