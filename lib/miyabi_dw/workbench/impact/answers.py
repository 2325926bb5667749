"""Does working with agents help? In a sentence, with what one must know to believe it, and what was not compared."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from miyabi_dw.common.display import Tone
from miyabi_dw.common.text import UNKNOWN, counted, listed
from miyabi_dw.workbench import written
from miyabi_dw.workbench.impact.differences import LEAST
from miyabi_dw.workbench.impact.groups import counts
from miyabi_dw.workbench.impact.measures import measures
from miyabi_dw.workbench.impact.verdicts import Comparison, compare
from miyabi_dw.workbench.panels import Answer

if TYPE_CHECKING:
    import pandas

MOST = 50_000
NO_MEANS = (
    "No repository here has anything that would tell: no session of an agent is connected, and no commit names one. "
    "Connect them with miyabi-dw connect add claude-code, or have agents sign their commits with a trailer."
)
BY_CHANCE = "A 95 % range leaves out zero once in 20 times by chance alone, so of many measures one may."
NOT_COMPARED = (
    "Not compared: who made a change and how hard it was, which nobody records; work that was never merged; and the "
    "cost of people's time, which is not here. A change of which nothing is known is on neither side."
)


def comparisons(changes: "pandas.DataFrame") -> tuple[Comparison, ...]:
    return tuple(compare(measure, changes) for measure in measures() if measure.is_compared)


def answer(changes: "pandas.DataFrame", found: Sequence[Comparison]) -> Answer:
    """By the measures that differ with an agent and keep doing so among changes that are alike."""
    groups = counts(changes)
    cut = f"Only the latest {MOST:,} changes are looked at; choose a shorter period." * (len(changes) >= MOST)
    counted_as = (
        f"Of {counted(len(changes), 'merged change')}, {groups['yes']:,} were made with an agent and "
        f"{groups['no']:,} without; of {groups['unknown']:,} it is unknown."
    )
    if not groups["yes"] + groups["no"]:
        why = f"of {counted(len(changes), 'merged change')} none is known to be made with or without one"
        return Answer(f"Whether working with agents helps cannot be told: {why}.", (NO_MEANS, cut))
    if min(groups["yes"], groups["no"]) < LEAST:
        said = f"Whether working with agents helps cannot be told: it takes {LEAST} changes on each side."
        return Answer(said, (counted_as, cut))
    told = [each for each in found if each.verdict == "different"]
    doubts = [f"{each.measure.metric.label}: {each.sentence}" for each in found if each in told or each.because]
    return Answer(_sentence(told, len(found)), (counted_as, *doubts, BY_CHANCE * bool(told), cut), _tone(told))


def _sentence(told: Sequence[Comparison], of: int) -> str:
    if not told:
        return (
            f"Whether working with agents helps cannot be told: none of {of} measures shows a difference that "
            "stays among changes that are alike."
        )
    said = {"better": True, "worse": False, "neither better nor worse": None}
    parts = [
        f"{word}: {_named(told, kind)}" for word, kind in said.items() if any(each.is_better is kind for each in told)
    ]
    differ = f"Of {of} measures {len(told)} {'differs' if len(told) == 1 else 'differ'} with an agent."
    return f"{differ} {_opened('; '.join(parts))}. Of the others none can be told."


def _opened(text: str) -> str:
    return text[:1].upper() + text[1:]


def _named(told: Sequence[Comparison], kind: bool | None) -> str:
    return listed([f"{each.measure.metric.label.lower()} ({each.against})" for each in told if each.is_better is kind])


def _tone(told: Sequence[Comparison]) -> Tone:
    if any(each.is_better is False for each in told):
        return "warn"
    return "good" if told else "idle"


def verdicts(found: Sequence[Comparison]) -> "pandas.DataFrame":
    """A row a measure: both sides, the difference as it is and among changes that are alike, and what it says."""
    import pandas

    return pandas.DataFrame([_row(each) for each in found])


def _row(found: Comparison) -> dict[str, object]:
    metric, pair = found.measure.metric, found.pair
    tell = written.teller(metric.name)
    sides = {"with_an_agent": pair.with_agent, "without": pair.without}
    row: dict[str, object] = {"measure": metric.label}
    for name, side in sides.items():
        row |= {name: tell(side.figure) if len(side) else UNKNOWN, f"changes_{name}": len(side)}
    return {**row, "what_it_says": found.sentence, "why_it_counts": metric.description}


def inside(found: Sequence[Comparison]) -> "pandas.DataFrame":
    """The difference of each measure among all changes and among those that are alike, with its range."""
    import pandas

    return pandas.DataFrame([row for each in found for row in each.ranges()])
