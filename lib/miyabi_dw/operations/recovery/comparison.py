"""Compares a recovered fact with the source, month by month."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import hour
from miyabi_dw.db.connection import Database
from miyabi_dw.db.statements import run
from miyabi_dw.etl.batch import StageContext
from miyabi_dw.etl.tables import step_of
from miyabi_dw.etl.windows import month_window
from miyabi_dw.registry.declarations import load_declarations


class Line(NamedTuple):
    """Rows and the sum of a measure, as the source's rows make them and as the fact holds them."""

    month_key: int
    source_rows: int
    fact_rows: int
    source_amount: Decimal
    fact_amount: Decimal

    @property
    def is_equal(self) -> bool:
        return self.source_rows == self.fact_rows and self.source_amount == self.fact_amount


def compare(database: Database, settings: Settings, fact: str, months: Sequence[int], as_of: datetime) -> list[Line]:
    """A line a month. Days that no run has loaded yet are the fault of nobody and left out."""
    if step_of(fact) == "carried":
        return list(_carried(database, settings, fact, months, as_of))
    values = {"months": list(months), "business_timezone": settings.business_timezone}
    name = fact.removeprefix("fact_")
    with database.connect("etl", application_name="miyabi-dw:recover") as connection:
        rows = run(connection, f"operations/recovery/expected_{name}", values)
    return [
        Line(row["month_key"], row["source_rows"], row["fact_rows"], row["source_amount"], row["fact_amount"])
        for row in rows
    ]


def _carried(
    database: Database, settings: Settings, fact: str, months: Sequence[int], as_of: datetime
) -> Iterator[Line]:  # fmt: skip
    """A large table is nowhere but in its fact, so that the source itself is asked."""
    zone = {"business_timezone": settings.business_timezone}
    with (
        database.connect("source", application_name="miyabi-dw:recover") as source,
        database.connect("etl", application_name="miyabi-dw:recover") as warehouse,
    ):
        for month in months:
            window = month_window(_clocks(database, settings, as_of), month)
            # What was completed in the hour that is not over waits for its run.
            until = min(window.end, hour(as_of).start.astimezone(settings.source_zone).replace(tzinfo=None))
            asked = {"window_start": window.start, "window_end": until}
            there = run(source, f"operations/recovery/source_{fact}", asked)[0]
            values = zone | {"month_key": month, "until": until.replace(tzinfo=settings.source_zone)}
            here = run(warehouse, f"operations/recovery/known_{fact}", values)[0]
            yield Line(month, there["rows"], here["rows"], there["amount"], here["amount"])


def _clocks(database: Database, settings: Settings, as_of: datetime) -> StageContext:
    """The two clocks that windows are computed with; no run belongs to it."""
    pipeline = next(found for found in load_declarations().values() if found.kind == "etl")
    return StageContext(settings, database, pipeline, hour(as_of), "", 0, as_of, "")
