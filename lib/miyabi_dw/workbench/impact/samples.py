"""What a group's changes measured, its middle or rate, and how that would vary had other changes come by chance."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kind = Literal["median", "share", "ratio"]
DRAWS = 2_000
# A ratio draws every change again for each draw; so many at a time are in memory.
RATIO_DRAWS = 500
CELLS = 1_000_000


@dataclass(frozen=True)
class Sample:
    """One value a change; of a share 0 or 1, of a ratio what is divided by its `weights`, which are above 0."""

    kind: Kind
    values: Floats
    weights: Floats

    def __len__(self) -> int:
        return len(self.values)

    @property
    def figure(self) -> float:
        """The median, the share or the ratio of the sums; not a number without a change."""
        if not len(self):
            return float("nan")
        if self.kind == "median":
            return float(np.median(self.values))
        return float(self.values.sum() / self.weights.sum())

    def draws(self, random: np.random.Generator, count: int) -> Floats:
        """The figure of so many samples drawn from this one with replacement, each as large as it is."""
        drawn = {"median": _medians, "share": _shares, "ratio": _ratios}[self.kind]
        return drawn(self, random, count)


def draws_of(kind: Kind) -> int:
    return RATIO_DRAWS if kind == "ratio" else DRAWS


def _medians(sample: Sample, random: np.random.Generator, count: int) -> Floats:
    """Drawn by their places: of n values drawn with replacement the k-th is known by the k-th of n uniform numbers.

    That one follows a beta distribution, so memory and time do not grow with the sample.
    """
    ordered, size = np.sort(sample.values), len(sample)
    lower = (size + 1) // 2
    place = random.beta(lower, size - lower + 1, count)
    if size % 2:
        return _at(ordered, place)
    return (_at(ordered, place) + _at(ordered, place + (1 - place) * random.beta(1, size - lower, count))) / 2


def _at(ordered: Floats, place: Floats) -> Floats:
    return ordered[np.minimum((place * len(ordered)).astype(np.intp), len(ordered) - 1)]


def _shares(sample: Sample, random: np.random.Generator, count: int) -> Floats:
    """With one more of either outcome: a side that had none so far would else be taken for one that never has any."""
    size = len(sample) + 2
    return random.binomial(size, (sample.values.sum() + 1) / size, count) / size


def _ratios(sample: Sample, random: np.random.Generator, count: int) -> Floats:
    size = len(sample)
    at_once = max(1, CELLS // size)
    parts = []
    for done in range(0, count, at_once):
        drawn = random.integers(0, size, (min(at_once, count - done), size), dtype=np.int32)
        parts.append(sample.values[drawn].sum(axis=1) / sample.weights[drawn].sum(axis=1))
    return np.concatenate(parts)
