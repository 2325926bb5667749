"""One colour for one name in every chart: each stands out from light paper and from dark, 3 to 1 at least."""

import zlib
from collections.abc import Iterable, Iterator

# Of charts whose series have no name that is met elsewhere.
SERIES = ("#3f74ad", "#b96f14", "#2f8259", "#a8506b", "#7564ad", "#7d7228", "#26808c", "#6d727b")
# Red is left out: it means failed.
OF_NAMES = (
    "#26808c", "#7d7228", "#9a6a4f", "#2f8259", "#7564ad", "#c25a8f", "#a8506b", "#6d727b", "#3f74ad", "#5a72d6",
    "#b96f14", "#a04fa8", "#bb5a3a", "#4f7f1f",
)  # fmt: skip
# With this one the agents of the catalogue and of the demonstration all differ.
SALT = 1805
GOOD, HIGH, FAIR, BAD, PLAIN, IDLE = "#2f8259", "#26808c", "#b96f14", "#c4473b", "#3f74ad", "#8a8f98"
OF_CLASSES = {"elite": GOOD, "high": HIGH, "medium": FAIR, "low": BAD}
# What means something has its colour everywhere.
OF_MEANINGS = {
    "passed": GOOD, "failed": BAD, "could not run": FAIR, "succeeded": GOOD, "lost": BAD, "cancelled": IDLE,
    "skipped": IDLE, "running": PLAIN, "critical": BAD, "warning": FAIR, "info": PLAIN, "inserted": GOOD,
    "updated": PLAIN, "unchanged": IDLE, "quarantined": BAD, "linked": GOOD, "not linked": FAIR, "(others)": IDLE,
    "(unknown)": IDLE, "unknown": IDLE, "with an agent": PLAIN, "without": FAIR,
}  # fmt: skip


def colour_of(name: str) -> str:
    """The colour of an agent, a model or whatever else has a name, the same wherever it appears."""
    return OF_MEANINGS.get(name) or OF_NAMES[zlib.crc32(name.encode(), SALT) % len(OF_NAMES)]


def told_apart(names: Iterable[str]) -> Iterator[tuple[str, str, bool]]:
    """Each name with its colour, and whether one before it has that too, so that more must tell them apart."""
    taken: set[str] = set()
    for name in names:
        colour = colour_of(name)
        yield name, colour, colour in taken
        taken.add(colour)
