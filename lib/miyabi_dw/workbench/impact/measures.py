"""What is compared, change by change, and which changes are alike: of a size, a kind, a repository, a month."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from miyabi_dw.metrics.definition import Definition
from miyabi_dw.metrics.definitions import load
from miyabi_dw.workbench.impact.differences import Pair
from miyabi_dw.workbench.impact.samples import Kind, Sample

if TYPE_CHECKING:
    import pandas

UNKNOWN = "(unknown)"
SIZES = 8
# What changes are alike in, and how that is said of two of them.
ALIKE = {
    "size": "of the same size", "kind": "of the same kind", "repository": "in the same repository",
    "month": "of the same month",
}  # fmt: skip


@dataclass(frozen=True)
class Measure:
    """A metric of single changes: `column` has a value for each that tells it, `weight` what a ratio divides it by."""

    metric: Definition
    family: str
    kind: Kind
    column: str
    weight: str = ""

    def pair(self, changes: "pandas.DataFrame") -> Pair:
        """Those with an agent and those without; the unknown ones are on neither side."""
        return Pair(self.sample(changes, "yes"), self.sample(changes, "no"))

    def sample(self, changes: "pandas.DataFrame", word: str) -> Sample:
        """Those of one group, by its word in made_with_agent."""
        part = changes[changes["made_with_agent"] == word]
        values = part[self.column].to_numpy(dtype=np.float64)
        return Sample(
            self.kind, values, part[self.weight].to_numpy(dtype=np.float64) if self.weight else np.ones(len(values))
        )

    @property
    def is_compared(self) -> bool:
        """A change without an agent has no cost of one."""
        return self.family != "cost"

    def told(self, changes: "pandas.DataFrame") -> "pandas.DataFrame":
        """Those changes that have a value."""
        known = changes[self.column].notna()
        return changes[known & (changes[self.weight] > 0) if self.weight else known]


# Metric, family, kind, column, and what a ratio divides it by.
MEASURES: tuple[tuple[str, str, Kind, str, str], ...] = (
    ("change_size", "flow", "median", "size_lines", ""),
    ("time_to_first_review", "flow", "median", "first_review_hours", ""),
    ("review_time", "flow", "median", "review_hours", ""),
    ("time_to_merge", "flow", "median", "merge_hours", ""),
    ("merged_without_review", "flow", "share", "is_merged_without_review", ""),
    ("change_lead_time", "delivery", "median", "lead_time_hours", ""),
    ("change_failed", "delivery", "share", "is_failed", ""),
    ("reverted_within_14_days", "quality", "share", "is_reverted", ""),
    ("churn", "quality", "ratio", "settled_lines_churned", "settled_lines_added"),
    ("llm_cost_per_merged_change", "cost", "ratio", "cost_usd", ""),
    ("llm_cost_per_pull_request", "cost", "ratio", "pull_request_cost_usd", ""),
    ("llm_cost_per_surviving_line", "cost", "ratio", "line_cost_usd", "surviving_lines"),
)


def measures() -> tuple[Measure, ...]:
    return tuple(Measure(load(name), family, kind, column, weight) for name, family, kind, column, weight in MEASURES)


def alike(measure: Measure, changes: "pandas.DataFrame") -> "dict[str, pandas.Series[str]]":
    """By what the changes differ, each with the bucket of every change; a size is not compared within sizes."""
    labels = {name: changes[name] for name in ("kind", "repository", "month")}
    if measure.column != "size_lines":
        labels = {"size": sizes(changes["size_lines"])} | labels
    return {name: labels[name] for name in ALIKE if name in labels and labels[name].nunique() > 1}


def sizes(lines: "pandas.Series[float]") -> "pandas.Series[str]":
    """Eight buckets with about as many changes each, named by their ends."""
    import pandas

    if lines.notna().sum() < SIZES:
        return pandas.Series(UNKNOWN, index=lines.index)
    bucket = pandas.qcut(lines.astype("float64"), SIZES, labels=False, duplicates="drop")
    ends = lines.astype("float64").groupby(bucket).agg(["min", "max"])
    names = {at: f"{int(low):,} to {int(high):,} lines" for at, low, high in ends.itertuples()}
    return bucket.map(names).fillna(UNKNOWN)


def by_bucket(pair: Pair, changes: "pandas.DataFrame", labels: "pandas.Series[str]") -> list[Pair]:
    """The pair in parts, one a bucket that both sides have; `changes` are those that it was made of."""
    import pandas

    codes, _ = pandas.factorize(labels)
    words = changes["made_with_agent"].to_numpy()
    yes, no = codes[words == "yes"], codes[words == "no"]
    both = np.intersect1d(yes, no)
    sides = zip(_parts(pair.with_agent, yes, both), _parts(pair.without, no, both), strict=True)
    return [Pair(*each) for each in sides]


def _parts(sample: Sample, codes: NDArray[np.intp], wanted: NDArray[np.intp]) -> list[Sample]:
    order = np.argsort(codes, kind="stable")
    starts, ends = (np.searchsorted(codes[order], wanted, side) for side in ("left", "right"))
    rows = [order[first:last] for first, last in zip(starts, ends, strict=True)]
    return [Sample(sample.kind, sample.values[row], sample.weights[row]) for row in rows]
