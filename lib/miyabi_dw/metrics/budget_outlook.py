"""What a budget's month will have cost: what was spent, and the forecast of the weeks for the days that are left.

Imports what forecasts need only for a budget with a past that is long enough.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import takewhile

from miyabi_dw.common.timeframe import Month
from miyabi_dw.db.connection import Connection
from miyabi_dw.metrics.answer import Figure, figures
from miyabi_dw.metrics.budget import COST, Budget, Mark, Outlook, Use, uses, with_outlook
from miyabi_dw.metrics.definitions import load
from miyabi_dw.metrics.periods import Grain
from miyabi_dw.metrics.question import ask

WEEK = timedelta(days=7)
# Weeks of the past: enough to test methods on, and too few for the one that looks a year back.
LEAST_WEEKS, MOST_WEEKS = 12, 23


def uses_with_outlook(connection: Connection, today: date, *, of_all: bool = False) -> list[Use]:
    """The budgets of today's month with an outlook: where nothing else is to be told, or of all."""
    return [
        with_outlook(use, outlook(connection, use.budget, use.month, today)) if of_all or use.mark is Mark.KEPT else use
        for use in uses(connection, today)
    ]


def outlook(connection: Connection, budget: Budget, month: Month, today: date) -> Outlook | None:
    """None where the month is over, nothing was spent in it, or too few whole weeks are known without a gap."""
    known = budget.last_day
    if known is None or known >= month.last or not budget.spent_usd:
        return None
    # The last Sunday up to the last day that is known: with it a whole week ended.
    last = known - timedelta(days=known.isoweekday() % 7)
    question = ask(
        load(COST), Grain("week"), last - MOST_WEEKS * WEEK + timedelta(days=1), last, today, (), budget.where
    )
    values = _whole(figures(connection, question))
    if len(values) < LEAST_WEEKS:
        return None
    return added(budget.spent_usd, values, weights(last, known, month.last))


def _whole(weeks: Sequence[Figure]) -> list[float]:
    """The last weeks that are loaded from beginning to end, up to the last one."""
    stretch = takewhile(lambda figure: figure.state == "complete", reversed(weeks))
    return [float(figure.value or 0) for figure in stretch][::-1]


def weights(last: date, known: date, end: date) -> list[float]:
    """For each week after `last`: which part of it lies after the known days and before the end of the month."""
    weeks = range(-(-(end - last).days // 7))
    starts = [last + timedelta(days=1) + number * WEEK for number in weeks]
    parts = [(min(start + WEEK - timedelta(days=1), end) - max(start, known + timedelta(days=1))) for start in starts]
    return [max(part.days + 1, 0) / 7 for part in parts]


def added(spent: Decimal, values: Sequence[float], parts: Sequence[float]) -> Outlook:
    """What was spent and, of the weeks after those of `values`, these parts."""
    from miyabi_dw.metrics.forecast import ahead

    found = ahead(values, len(parts))

    def at_end(weeks: Sequence[float]) -> Decimal:
        rest = sum(week * part for week, part in zip(weeks, parts, strict=True))
        return spent + Decimal(str(round(rest, 4)))

    return Outlook(at_end(found.expected.tolist()), at_end(found.low.tolist()), at_end(found.high.tolist()))
