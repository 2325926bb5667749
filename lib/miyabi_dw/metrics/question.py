"""A question about a metric: checked when it is made, so that whoever has one can ask it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.metrics.definition import Definition
from miyabi_dw.metrics.definitions import choose
from miyabi_dw.metrics.periods import Grain, Period, periods

# DORA's classes are known for these, by repository and for all together.
CLASSED = ("day", "week", "month")


@dataclass(frozen=True, slots=True)
class Question:
    """`by` splits the number by dimensions, `where` keeps some of their values; `today` is the business day now."""

    metric: Definition
    grain: Grain
    periods: tuple[Period, ...]
    today: date
    by: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Whether the transaction that it is asked in has the months in cold storage, too, under the names of the session.
    has_cold_months: bool = False

    @property
    def asks_class(self) -> bool:
        """Whether its figures have a class of DORA's."""
        is_whole = {*self.by, *self.where} <= {"repository"} and len(self.where.get("repository", ())) <= 1
        return self.metric.dora_class is not None and self.grain.kind in CLASSED and is_whole

    @property
    def span(self) -> tuple[date, date]:
        """The first and the last day that anything is counted of."""
        return min(period.counted_from for period in self.periods), self.periods[-1].ends


def ask(
    metric: Definition,
    grain: Grain,
    first: date,
    last: date,
    today: date,
    by: Sequence[str] = (),
    where: Mapping[str, Sequence[str]] | None = None,
) -> Question:
    """The question; BadRequest for a range that ends before it starts, or a dimension that the metric does not have.

    It is split by the dimension whose values overlap, unless it keeps one of them: their sum would mean nothing.
    """
    kept = {name: tuple(values) for name, values in (where or {}).items()}
    for name in (*by, *kept):
        choose("dimension", name, metric.dimensions)
    if len(set(by)) < len(by):
        raise BadRequest("a dimension is named twice", ", ".join(by), "name each once")
    split = (*_apart(metric, by, kept), *by)
    return Question(metric, grain, tuple(periods(metric, grain, first, last)), today, split, kept)


def _apart(metric: Definition, by: Sequence[str], where: Mapping[str, Sequence[str]]) -> list[str]:
    """The dimension whose values overlap, where the question neither splits by it nor keeps one of them."""
    name = metric.non_additive_dimension
    return [name] if name and name not in by and len(where.get(name, ())) != 1 else []
