"""How fast and how safely changes reach production, in words; and what DORA's metrics are called."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from miyabi_dw.common.text import counted, written_day
from miyabi_dw.metrics.definitions import load
from miyabi_dw.workbench import written
from miyabi_dw.workbench.completeness import reservations
from miyabi_dw.workbench.panels import Answer

if TYPE_CHECKING:
    import pandas

# With fewer deployments in a period one more or less changes its figures.
FEW = 5
COMPARED = 4


def label(metric: str) -> str:
    """What a metric of DORA's is called on every page."""
    return load(metric).label


def answer(periods: "pandas.DataFrame", kind: str, untold: str) -> Answer:
    """By the last period that is over and was loaded whole; `untold` is what the source never tells about failures."""
    first, last = (written_day(day) for day in (periods["period_start"].min(), periods["period_start"].max()))
    doubts = (*reservations(periods), untold)
    whole = periods[(periods["completeness"] == "complete") & (periods["deployments"] > 0)]
    if whole.empty:
        return Answer(
            f"No {kind} from {first} to {last} is known whole and has a deployment to production.", doubts, "warn"
        )
    latest, before = whole.iloc[-1], whole.iloc[:-1].tail(COMPARED)
    deployments = int(latest["deployments"])
    few = f"Only {counted(deployments, 'deployment')}: one more or less changes these figures." * (deployments < FEW)
    return Answer(_sentence(latest, kind), (few, _before(before, kind), *doubts), _tone(latest))


def _sentence(period: "pandas.Series[Any]", kind: str) -> str:
    when = written.month(period["period_start"]) if kind == "month" else written_day(period["period_start"])
    reached = f"{counted(int(period['deployments']), 'deployment')} reached production"
    hours, share = period["lead_time_median_hours"], period["change_failure_rate_by_status"]
    fast = f", half of their changes within {load('lead_time').told(hours)} of the commit" if _known(hours) else ""
    part = (
        f"{load('change_failure_rate').told(share)} of the deployments" if _known(share) and share else "none of them"
    )
    safe = f", and {part} failed" if _known(share) else ""
    return f"In {'' if kind == 'month' else f'the {kind} of '}{when}, {reached}{fast}{safe}."


def _before(periods: "pandas.DataFrame", kind: str) -> str:
    hours = [Decimal(value) for value in periods["lead_time_median_hours"] if _known(value)]
    if not hours:
        return ""
    range_of = f"{load('lead_time').number(min(hours))} to {load('lead_time').told(max(hours))}"
    fewest, most = (int(periods["deployments"].astype(int).agg(end)) for end in ("min", "max"))
    return (
        f"In the {counted(len(periods), kind)} before: {fewest:,} to {counted(most, 'deployment')}, "
        f"the median from commit to production {range_of}."
    )


def _tone(period: "pandas.Series[Any]") -> Any:
    share = period["change_failure_rate_by_status"]
    return "idle" if not _known(share) else "warn" if share > 0 else "good"


def _known(value: object) -> bool:
    return value is not None and value == value
