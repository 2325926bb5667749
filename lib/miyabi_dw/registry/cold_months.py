"""Months in cold storage that a run reaches into: its facts stay as they are there, which must be said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from miyabi_dw.common.settings import Settings
from miyabi_dw.common.text import listed
from miyabi_dw.common.timeframe import Interval, Month, local_day
from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import rows_as

MONTHS_TOLD = 3


@dataclass(frozen=True, slots=True)
class ColdMonth:
    """A month (yyyymm), and the facts that keep theirs as they are."""

    month_key: int
    facts: list[str]


def reached(connection: Connection, settings: Settings, targets: Sequence[str], interval: Interval) -> list[ColdMonth]:
    """Those of the interval's months, in order."""
    zone = settings.business_zone
    first, last = local_day(interval.start, zone), local_day(interval.end - timedelta(microseconds=1), zone)
    values = {"targets": list(targets), "first_month": Month.of(first).key, "last_month": Month.of(last).key}
    return rows_as(ColdMonth, connection, "orchestration/runner/cold_months", values)


def told(found: Sequence[ColdMonth]) -> str:
    """What a person has to know of them, in one sentence without its point; nothing for none."""
    if not found:
        return ""
    facts = sorted({fact for month in found for fact in month.facts})
    months = [str(Month.from_key(month.month_key)) for month in found]
    which = listed(months, MONTHS_TOLD)
    command = f"miyabi-dw cold restore {found[0].facts[0]} {months[0]}"
    return f"in cold storage, and as before: {which} of {listed(facts)}; {command} brings the first back"
