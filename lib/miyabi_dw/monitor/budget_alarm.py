"""What the alerts are told of budgets: one incident a budget and month, from the first mark to its end."""

from dataclasses import dataclass
from datetime import date

from miyabi_dw import alerts
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection
from miyabi_dw.metrics.budget import Mark, uses
from miyabi_dw.metrics.budget_outlook import uses_with_outlook

# Whoever loads this fact may have loaded what is spent of a budget.
WATCHED = "fact_agent_execution"
TYPE, WHAT = "budget", "language models cost nearly what they may, or more"
MOST_INCIDENTS = 10_000


@dataclass(frozen=True, slots=True)
class Told:
    """What was told last of a budget in a month."""

    mark: Mark
    sentence: str


def report(connection: Connection, settings: Settings, today: date, *, looks_ahead: bool) -> None:
    """Opens the incident of each budget of the month that has reached a mark, tells each higher mark, and ends others.

    Those that end: of months that are over, and of budgets that were raised or removed. What only a forecast can tell
    stays as it was told last unless this `looks_ahead`, which takes seconds.
    """
    found = uses_with_outlook(connection, today) if looks_ahead else uses(connection, today)
    marked = [use for use in found if use.mark]
    stays = {use.place for use in marked}
    for place, incident in told(connection).items():
        is_asked = looks_ahead or incident.mark is not Mark.WILL_PASS or all(use.place != place for use in found)
        if place not in stays and is_asked:
            alerts.report_recovery(connection, settings, alerts.Cause(TYPE, WHAT, place))
    for use in marked:
        severity = "critical" if use.mark is Mark.PASSED else "warning"
        cause = alerts.Cause(TYPE, WHAT, use.place, remedy=use.remedy, rank=int(use.mark))
        alerts.report_failure(
            connection, settings, run_id=None, pipeline=None, title=use.sentence, cause=cause, severity=severity
        )


def told(connection: Connection) -> dict[str, Told]:
    """The open incidents of budgets, by their place."""
    found = alerts.incidents(connection, open_only=True, limit=MOST_INCIDENTS)
    return {
        str(each.detail["where"]): Told(Mark(each.detail["rank"]), each.title)
        for each in found
        if each.detail.get("type") == TYPE
    }
