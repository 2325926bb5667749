"""With an agent less without one: as they are, and among changes that are alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from miyabi_dw.workbench.impact.samples import Sample, draws_of

SEED = 20260101
# Fewer on a side tell nothing.
LEAST = 30
# A bucket with fewer on a side is left out.
LEAST_IN_BUCKET = 5
SURE = (2.5, 97.5)
# Buckets with a smaller part of the changes with an agent say nothing of them.
COVERED = 0.5


@dataclass(frozen=True)
class Pair:
    """The changes of a measure with an agent and without, those of one bucket or all."""

    with_agent: Sample
    without: Sample

    @property
    def smaller(self) -> int:
        return min(len(self.with_agent), len(self.without))

    @property
    def difference(self) -> float:
        return self.with_agent.figure - self.without.figure


@dataclass(frozen=True)
class Difference:
    """With an agent less without, and between which ends it lies in 95 of 100 draws."""

    value: float
    low: float
    high: float

    @property
    def is_told(self) -> bool:
        """Whether the range leaves out zero, and with it that there is none."""
        return not self.low <= 0 <= self.high


@dataclass(frozen=True)
class Within:
    """The difference among changes that are alike in `name`, which each bucket enters by its smaller side.

    `covered` is the share of the changes with an agent that lie in these buckets. `difference` is null where it is too
    small.
    """

    name: str
    buckets: tuple[Pair, ...]
    covered: float
    difference: Difference | None


def pooled(pair: Pair) -> Difference:
    """All changes of a side together."""
    return _difference((pair,))


def within(name: str, pair: Pair, buckets: Sequence[Pair]) -> Within:
    """Among changes of the same bucket; those of buckets with too few on a side are left out."""
    usable = tuple(each for each in buckets if each.smaller >= LEAST_IN_BUCKET)
    covered = sum(len(each.with_agent) for each in usable) / len(pair.with_agent)
    is_enough = covered >= COVERED and sum(each.smaller for each in usable) >= LEAST
    return Within(name, usable, covered, _difference(usable) if is_enough else None)


def _difference(pairs: Sequence[Pair]) -> Difference:
    """The mean of their differences, each weighed by its smaller side."""
    random = np.random.default_rng(SEED)
    whole = sum(each.smaller for each in pairs)
    drawn = np.zeros(draws_of(pairs[0].with_agent.kind))
    for each in pairs:
        count = len(drawn)
        drawn += (each.with_agent.draws(random, count) - each.without.draws(random, count)) * each.smaller / whole
    low, high = np.percentile(drawn, SURE)
    value = sum(each.difference * each.smaller for each in pairs) / whole
    return Difference(float(value), float(low), float(high))
