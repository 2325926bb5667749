"""How far the periods of a chart are known: what is running, what was never loaded, what waits in quarantine."""

from datetime import date
from typing import TYPE_CHECKING

from miyabi_dw.common.text import counted, written_day

if TYPE_CHECKING:
    import pandas

# Of each kind of period so many are named, the latest.
NAMED = 3
SENTENCES = {
    "running": "Still running, so that its figures will change: {}.",
    "partly loaded": "Not all days were loaded, so that figures may be too low: {}.",
    "not loaded": "Never loaded, which is no zero: {}.",
}


def reservations(periods: "pandas.DataFrame", rows: str = "period_start") -> tuple[str, ...]:
    """What to bear in mind about rows of mart_dora, a sentence each; none when all were loaded whole."""
    said = [
        sentence.format(_named(list(periods.loc[periods["completeness"] == state, rows])))
        for state, sentence in SENTENCES.items()
        if (periods["completeness"] == state).any()
    ]
    deployments, incidents = (int(periods[f"quarantined_{what}"].sum()) for what in ("deployments", "incidents"))
    if deployments or incidents:
        waiting = f"{counted(deployments, 'deployment')} and {counted(incidents, 'incident')}"
        said.append(f"In quarantine and not counted: {waiting}.")
    return tuple(said)


def _named(starts: list[date]) -> str:
    named = [written_day(start) for start in sorted(starts)]
    more = [f"{len(named) - NAMED} before"] * (len(named) > NAMED)
    return ", ".join(named[-NAMED:] + more)
