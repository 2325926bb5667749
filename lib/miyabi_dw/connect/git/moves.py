"""Lines that a commit took out in one place and put in at another: a move, which is neither churn nor new."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator

from miyabi_dw.connect.git.patches import Change, Hunk
from miyabi_dw.connect.git.surviving import Surviving

# So many lines in a row are a move; fewer are alike by chance.
SHORTEST = 3
NOBODY = 0


class Moves:
    """The lines that a commit took out, each with its origin, as far as they were not put in elsewhere."""

    def __init__(self, changes: Iterable[Change], surviving: Surviving) -> None:
        self._removed: dict[int, list[int]] = {}
        for change in changes:
            for hunk in change.hunks:
                self._take(hunk.removed, dict(surviving.origins(change, hunk)))

    def origins(self, hunk: Hunk) -> dict[int, int]:
        """By place among the hunk's added lines, the origin of those that were moved here; NOBODY's among them."""
        if not self._removed:
            return {}
        found: dict[int, int] = {}
        for first, last in self._alike(hunk.added):
            found |= {place: self._removed[hunk.added[place]].pop() for place in self._told(hunk.added, first, last)}
        return found

    def left(self) -> Counter[int]:
        """How many lines of each origin were changed or removed."""
        return Counter(origin for origins in self._removed.values() for origin in origins if origin != NOBODY)

    def _take(self, removed: "array[int]", origins: dict[int, int]) -> None:
        for place, text in enumerate(removed):
            if text:
                self._removed.setdefault(text, []).append(origins.get(place, NOBODY))

    def _alike(self, added: "array[int]") -> Iterator[tuple[int, int]]:
        """Stretches of added lines that were all taken out; white space between them belongs to the stretch."""
        first, told, used = 0, 0, Counter[int]()
        for place, text in enumerate(added):
            if not text or used[text] < len(self._removed.get(text, ())):
                told += bool(text)
                used[text] += bool(text)
                continue
            if told >= SHORTEST:
                yield first, place
                used = Counter()
            first, told = place + 1, 0
        if told >= SHORTEST:
            yield first, len(added)

    @staticmethod
    def _told(added: "array[int]", first: int, last: int) -> Iterator[int]:
        return (place for place in range(first, last) if added[place])
