"""What a comparison says: a difference, none that can be told, or one that goes away among changes that are alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from miyabi_dw.common.text import listed
from miyabi_dw.workbench import written
from miyabi_dw.workbench.impact.differences import LEAST, Difference, Pair, Within, pooled, within
from miyabi_dw.workbench.impact.measures import ALIKE, Measure, alike, by_bucket

if TYPE_CHECKING:
    import pandas

Verdict = Literal["different", "too few", "no difference", "explained", "apart", "thin"]
# A difference of which alike changes show less than this part belongs to what they are alike in.
REMAINS = 0.5
ORDER: tuple[Verdict, ...] = ("explained", "apart", "thin")


@dataclass(frozen=True)
class Comparison:
    """A measure with and without an agent. `difference` is null with too few on a side.

    `because` names what the changes are not alike in, where that stands against the agent.
    """

    measure: Measure
    pair: Pair
    verdict: Verdict
    difference: Difference | None = None
    inside: tuple[Within, ...] = ()
    because: tuple[str, ...] = ()

    @property
    def is_better(self) -> bool | None:
        """Null where none is told, or more is neither better nor worse."""
        if self.verdict != "different" or self.difference is None or self.measure.metric.better == "neither":
            return None
        return (self.difference.value < 0) == (self.measure.metric.better == "lower")

    @property
    def sentence(self) -> str:
        return SENTENCES[self.verdict](self)

    @property
    def against(self) -> str:
        """Both figures, the one with an agent first."""
        tell = written.teller(self.measure.metric.name)
        return f"{tell(self.pair.with_agent.figure)} against {tell(self.pair.without.figure)}"

    def ranges(self) -> list[dict[str, object]]:
        """A row for all changes and one for each thing that changes can be alike in."""
        if self.difference is None:
            return []
        rows = [("all together", self.difference, self.pair.smaller, 1.0)]
        among = [
            (_alike(each.name), each.difference, sum(b.smaller for b in each.buckets), each.covered)
            for each in self.inside
        ]
        return [self._range(*row) for row in (*rows, *among)]

    def _range(self, name: str, found: Difference | None, smaller: int, covered: float) -> dict[str, object]:
        ends = {"difference": found.value, "low": found.low, "high": found.high} if found else {}
        told = {key: signed(self.measure, value) for key, value in ends.items()}
        nothing = dict.fromkeys(("difference", "low", "high"), "too few alike")
        label = {"measure": self.measure.metric.label, "changes": name}
        return {**label, **(told or nothing), "on_the_smaller_side": smaller, "covered_share": covered}


def compare(measure: Measure, changes: "pandas.DataFrame") -> Comparison:
    """All changes that tell it, then those that are alike; an agent is credited only where both say the same."""
    told = measure.told(changes[changes["made_with_agent"] != "unknown"])
    pair = measure.pair(told)
    if pair.smaller < LEAST:
        return Comparison(measure, pair, "too few")
    labels = alike(measure, told)
    inside = tuple(within(name, pair, by_bucket(pair, told, of)) for name, of in labels.items())
    return judged(measure, pair, (*inside, *_together(told, pair, labels)))


def judged(measure: Measure, pair: Pair, inside: tuple[Within, ...]) -> Comparison:
    difference = pooled(pair)
    if not difference.is_told:
        return Comparison(measure, pair, "no difference", difference, inside)
    found = {each.name: _objection(difference, each) for each in inside}
    verdict: Verdict = next((word for word in ORDER if word in found.values()), "different")
    because = tuple(name for name, word in found.items() if word == verdict)
    return Comparison(measure, pair, verdict, difference, inside, because)


def _together(changes: "pandas.DataFrame", pair: Pair, labels: "dict[str, pandas.Series[str]]") -> list[Within]:
    """Alike in all of it, where enough changes are."""
    if len(labels) < 2:
        return []
    cross = changes.groupby(list(labels.values()), sort=False).ngroup().astype(str)
    found = within(" and ".join(labels), pair, by_bucket(pair, changes, cross))
    return [found] if found.difference else []


def _objection(all_of_them: Difference, among: Within) -> Verdict | None:
    """Why a difference is not the agent's, seen by what the changes are alike in; None where it stays."""
    found = among.difference
    if found is None:
        return "apart"
    if found.value / all_of_them.value >= REMAINS:
        return None if found.is_told else "thin"
    # Few changes that are alike may show less of it by chance.
    return "thin" if found.low <= all_of_them.value <= found.high else "explained"


def _figures(found: Comparison) -> str:
    tell = written.teller(found.measure.metric.name)
    sides = ((found.pair.with_agent, "with an agent"), (found.pair.without, "without"))
    return ", ".join(f"{tell(side.figure)} {how} ({len(side):,})" for side, how in sides)


def _range(found: Comparison) -> str:
    """95 of 100 draws lie in it."""
    assert found.difference is not None
    low, high = (signed(found.measure, end) for end in (found.difference.low, found.difference.high))
    return f"the difference lies between {low} and {high} (95 % sure)"


def _different(found: Comparison) -> str:
    assert found.difference is not None
    way = "higher" if found.difference.value > 0 else "lower"
    return f"It is {way} with an agent: {_figures(found)}; {_range(found)}{_also(found)}."


def _also(found: Comparison) -> str:
    alike_in = [_alike(each.name) for each in found.inside]
    return f", and the same among changes {listed(alike_in)}" if alike_in else ""


def _too_few(found: Comparison) -> str:
    sides = f"{len(found.pair.with_agent):,} with an agent and {len(found.pair.without):,} without tell it"
    return f"It cannot be told: {sides}, and it takes {LEAST} on each side."


def _no_difference(found: Comparison) -> str:
    return f"No difference can be told: {_figures(found)}; {_range(found)}, which may be none."


def _explained(found: Comparison) -> str:
    assert found.difference is not None
    remains = {each.name: each.difference for each in found.inside if each.name in found.because and each.difference}
    told = [f"{_alike(name)} {signed(found.measure, left.value)}" for name, left in remains.items()]
    whole = signed(found.measure, found.difference.value)
    return (
        f"It is the {listed(found.because)}, not the agent, as far as can be told: {_figures(found)}, "
        f"a difference of {whole} in all; among changes {listed(told)}."
    )


def signed(measure: Measure, value: float) -> str:
    """A difference with its sign; of shares in percentage points."""
    unit = measure.metric.unit
    told = f"{value * 100:+,.1f} points" if unit == "ratio" else written.teller(measure.metric.name)(value)
    return told if value <= 0 or told.startswith("+") else f"+{told}"


def _apart(found: Comparison) -> str:
    return (
        f"It cannot be told from the {listed(found.because)} of the changes: {_figures(found)}, but too few of those "
        f"with an agent have others {listed([_alike(name) for name in found.because])} beside them."
    )


def _thin(found: Comparison) -> str:
    among = listed([_alike(name) for name in found.because])
    return f"It cannot be told: {_figures(found)}; among changes {among} the range of the difference holds zero."


def _alike(name: str) -> str:
    return ALIKE.get(name) or f"alike in {listed(name.split(' and '))}"


SENTENCES: dict[Verdict, Callable[[Comparison], str]] = {
    "different": _different, "too few": _too_few, "no difference": _no_difference, "explained": _explained,
    "apart": _apart, "thin": _thin,
}  # fmt: skip
