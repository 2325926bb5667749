"""Money: what each agent costs per deployed change, what other prices would have made of it, what a month cost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from miyabi_dw.common.text import counted
from miyabi_dw.common.timeframe import Month
from miyabi_dw.workbench.panels import Answer
from miyabi_dw.workbench.trends import Trend, over, trend
from miyabi_dw.workbench.written import usd, usd_range

if TYPE_CHECKING:
    import pandas

    from miyabi_dw.common.display import Tone

# With fewer deployed changes the cost of one is an anecdote.
LEAST_CHANGES, FEW_CHANGES = 5, 20
MILLION = 1_000_000
GETTING = {
    "falling": "It is getting better",
    "rising": "It is getting worse",
    "cannot be told": "Whether it is getting better cannot be told",
}


@dataclass(frozen=True)
class Costliest:
    """`agent` is null when no agent can be named."""

    sentence: str
    doubts: tuple[str, ...] = ()
    agent: str | None = None
    usd: Decimal | None = None
    trend: Trend | None = None

    def answer(self, of_costs: Sequence[str]) -> Answer:
        """In words, with what there is to say `of_costs` as a whole."""
        tone: Tone = "idle"
        if self.trend and self.trend.direction != "cannot be told":
            tone = "good" if self.trend.direction == "falling" else "warn"
        return Answer(self.sentence, (*self.doubts, *of_costs), tone)


def costliest(per_change: "pandas.DataFrame", last_day: date) -> Costliest:
    """Which agent costs most per deployed change, and is it getting better? By whole months, suspect costs left out."""
    known = per_change[per_change["cost_usd"].notna()]
    agents = [_account(str(name), part, last_day) for name, part in known.groupby("agent_name")]
    judged = [agent for agent in agents if agent.changes >= LEAST_CHANGES]
    if not judged:
        return Costliest(
            f"Which agent costs most per deployed change cannot be told: none with a known cost has {LEAST_CHANGES} "
            "deployed changes in this period."
        )
    worst = max(judged, key=lambda agent: agent.rate)
    found = trend(worst.monthly, usd)
    left_out = per_change["agent_name"].nunique() - len(judged)
    rate = usd_range(worst.rate, worst.high_rate)
    better = GETTING[found.direction]
    sentence = f"{worst.name} costs most per deployed change: {rate}, over {worst.changes:,.0f} changes. {better}."
    few = "So few changes are an anecdote: one more or less moves the figure." if worst.changes < FEW_CHANGES else ""
    doubts = (f"{better}: {found.why}.", few, _compared(len(judged), left_out), *_suspect(per_change))
    return Costliest(sentence, doubts, worst.name, worst.rate, found)


@dataclass(frozen=True)
class _Account:
    name: str
    usd: Decimal
    high_usd: Decimal
    changes: Decimal
    monthly: list[float]

    @property
    def rate(self) -> Decimal:
        return self.usd / self.changes

    @property
    def high_rate(self) -> Decimal:
        return self.high_usd / self.changes


def _account(name: str, months: "pandas.DataFrame", last_day: date) -> _Account:
    rates = over(months, last_day).sort_values("month")["usd_per_deployed_change"].dropna()
    usd, high, changes = (
        total(months[column]) or Decimal() for column in ("cost_usd", "cost_high_usd", "deployed_changes")
    )
    return _Account(name, usd, high, changes, [float(rate) for rate in rates])


def _suspect(per_change: "pandas.DataFrame") -> list[str]:
    left_out = total(per_change["suspect_usd"])
    return [f"Suspect costs of {usd(left_out)} are left out."] if left_out else []


def _compared(judged: int, left_out: int) -> str:
    if not left_out:
        return f"{judged} agents were compared." if judged > 1 else "It is the only agent."
    others = f"{left_out} with fewer than {LEAST_CHANGES} deployed changes or no known cost"
    return f"{counted(judged, 'agent was', 'agents were')} compared; {others} could not be."


def by_agent(by_month: "pandas.DataFrame") -> "pandas.DataFrame":
    """One row a month and agent; the duration is weighted by the executions of each model."""
    weighted = by_month["mean_duration_s"].astype("float64") * by_month["executions"]
    timed = by_month["executions"].where(weighted.notna(), 0)
    frame = by_month.assign(weighted=weighted, timed=timed)
    columns = ["executions", "successes", "failures", "weighted", "timed"]
    agents = frame.groupby(["month", "agent_name"])[columns].sum().astype("float64").reset_index()
    judged, timed = agents["successes"] + agents["failures"], agents["timed"]
    agents["success_percent"] = (100 * agents["successes"] / judged.where(judged > 0)).round(1)
    agents["mean_duration_s"] = (agents["weighted"] / timed.where(timed > 0)).round(2)
    return agents.drop(columns=["weighted", "timed"])


@dataclass(frozen=True)
class Spending:
    """What deployments cost in all, of those whose cost is known."""

    deployments: int
    deployments_with_cost: int
    usd: Decimal | None

    @classmethod
    def of(cls, by_month: "pandas.DataFrame") -> "Spending":
        return cls(
            int(by_month["deployments"].sum()),
            int(by_month["deployments_with_cost"].sum()),
            total(by_month["cost_usd"]),
        )

    @property
    def sentence(self) -> str:
        if self.usd is None:
            return (
                f"The source logged no cost for any of {self.deployments:,} deployments: what they cost is not known. "
                "Below are the deployments themselves, and what an hourly price would make of them."
            )
        unknown = self.deployments - self.deployments_with_cost
        each = usd(self.usd / self.deployments_with_cost)
        deployments = counted(self.deployments_with_cost, "deployment")
        return f"{deployments} cost {usd(self.usd)}, {each} each. Of {unknown:,} more the cost is not known."

    def answer(self, moved: str) -> Answer:
        """In words, with whether a deployment gets dearer."""
        sentence, _, unknown = self.sentence.partition(". ")
        return Answer(f"{sentence.removesuffix('.')}.", (moved, unknown), "idle" if self.usd else "warn")


def per_deployment(by_month: "pandas.DataFrame") -> "pandas.DataFrame":
    """One row a month with what a deployment of known cost cost."""
    months = by_month.groupby("month")[["deployments_with_cost", "cost_usd"]].agg(total).reset_index()
    known = months[months["deployments_with_cost"] > 0]
    return known.assign(usd_per_deployment=known["cost_usd"] / known["deployments_with_cost"])


def dearer(each: "pandas.DataFrame", last_day: date) -> str:
    """Does a deployment get dearer? By whole months."""
    found = trend([float(value) for value in over(each, last_day)["usd_per_deployment"]], usd)
    moved = {"falling": "A deployment gets cheaper", "rising": "A deployment gets dearer"}
    return f"{moved.get(found.direction, 'Whether a deployment gets dearer cannot be told')}: {found.why}."


def at_hourly_price(by_month: "pandas.DataFrame", hourly_usd: Decimal) -> "pandas.DataFrame":
    """Hours of known duration at a price; empty when none is known."""
    timed = by_month[by_month["deployments_with_duration"] > 0]
    columns = ["deployments", "deployments_with_duration", "hours", "cost_usd"]
    summed = timed.groupby(["environment", "repository"])[columns].agg(total).reset_index()
    return summed.assign(what_if_usd=[hours * hourly_usd for hours in summed["hours"]])


def what_if(by_month: "pandas.DataFrame", input_usd: Decimal, output_usd: Decimal) -> "pandas.DataFrame":
    """Each agent's tokens at these prices per million beside what they cost; null where a count is not known."""
    columns = ["executions", "executions_with_cost", "input_tokens", "output_tokens", "cost_usd"]
    agents = by_month.groupby("agent_name")[columns].agg(total).reset_index()
    agents["what_if_usd"] = [
        None if tokens_in is None or tokens_out is None else (tokens_in * input_usd + tokens_out * output_usd) / MILLION
        for tokens_in, tokens_out in zip(agents["input_tokens"], agents["output_tokens"], strict=True)
    ]
    agents["difference_usd"] = [
        None if new is None or old is None else new - old
        for new, old in zip(agents["what_if_usd"], agents["cost_usd"], strict=True)
    ]
    return agents.sort_values("what_if_usd", key=lambda column: column.astype("float64"), ascending=False)


def monthly(frame: "pandas.DataFrame", column: str) -> tuple[list[date], list[float | None]]:
    """The sum of each month; 0 in a month between without rows, null in one whose rows are all unknown."""
    rows = frame[["month", column]].to_dict("list")
    parts: dict[date, list[Decimal | None]] = {}
    for month, value in zip(rows["month"], rows[column], strict=True):
        parts.setdefault(month, []).append(value)
    sums = {month: total(part) for month, part in parts.items()}
    months = _from_to(min(sums), max(sums)) if sums else []
    known = [sums.get(month, Decimal()) for month in months]
    return months, [None if value is None else float(value) for value in known]


def total(values: Iterable[Decimal | int | None]) -> Decimal | None:
    """The exact sum of what is known; null when nothing is."""
    known = [Decimal(value) for value in values if value is not None and value == value]
    return sum(known, Decimal()) if known else None


def _from_to(first: date, last: date) -> list[date]:
    return [month.first for month in Month.of(first).to(Month.of(last))]
