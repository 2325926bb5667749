"""What the monitor and the morning report find in the metrics: budgets that are used up, unusual days."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from miyabi_dw.db.connection import Connection
from miyabi_dw.metrics.anomaly import look
from miyabi_dw.metrics.budget import TOTAL, Mark, uses
from miyabi_dw.metrics.definitions import load_all
from miyabi_dw.monitor import budget_alarm
from miyabi_dw.monitor.findings import Finding, Level


def budgets(connection: Connection, today: date) -> Iterator[Finding]:
    """A finding a budget of the month; none without one.

    What only a forecast can tell is as the last run has told it: a forecast takes longer than a look should.
    """
    incidents = budget_alarm.told(connection)
    for use in uses(connection, today):
        name = "budget" if use.budget.name == TOTAL else f"budget of {use.budget.name}"
        told = incidents.get(use.place) if use.mark is Mark.KEPT else None
        ahead = told if told and told.mark is Mark.WILL_PASS else None
        level: Level = ahead.mark.level if ahead else use.mark.level
        remedy = "" if level == "ok" else use.remedy
        sentence = ahead.sentence if ahead else use.sentence
        yield Finding(name, level, sentence, round(100 * use.budget.share, 1), "%", remedy)


def unusual(connection: Connection, today: date) -> Iterator[Finding]:
    """A finding for each metric that was unusual on its last loaded day; one that says so where none was."""
    looked = [found for each in load_all() if each.usual and (found := look(connection, each, today))]
    anomalies = [each.anomaly for each in looked if each.anomaly]
    for each in anomalies:
        value = Decimal(str(each.found.day.value))
        yield Finding(
            each.metric.name, "warning", each.sentence, value, each.metric.unit_word, f"miyabi-dw {each.rows_behind}"
        )
    if looked and not anomalies:
        yield Finding("unusual", "ok", f"No metric was unusual on {max(each.day for each in looked)}.")
