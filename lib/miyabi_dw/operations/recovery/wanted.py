"""Which months of a fact a recovery makes again, written down before anything is done, and which it cannot make."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Month, local_day, time_key
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.statements import rows_as, run_count, values_as
from miyabi_dw.etl.tables import step_of
from miyabi_dw.operations.cold_storage import restore_month

NAME = "miyabi-dw:recover"


@dataclass(frozen=True, slots=True)
class ColdMonth:
    """A month that cannot be made from the source; `state` is that of the fact's own file, null without one."""

    month_key: int
    state: str | None
    is_here: bool


def want(connection: Connection, settings: Settings, fact: str, months: Sequence[int], as_of: datetime) -> None:
    """Asks the loads of these months, and of no others, to replace their rows, as far as their days are over."""
    run_count(connection, "operations/recovery/room")
    run_count(connection, "operations/recovery/want_no_more", {"fact": fact})
    yesterday = local_day(as_of, settings.business_zone) - timedelta(days=1)
    spans = {key: (month.first, min(month.last, yesterday)) for key in months for month in [Month.from_key(key)]}
    over = {key: span for key, span in spans.items() if span[0] <= span[1]}
    values = {
        "fact": fact,
        "months": list(over),
        "first_keys": [time_key(first) for first, _ in over.values()],
        "last_keys": [time_key(last) for _, last in over.values()],
    }
    run_count(connection, "operations/recovery/want", values)
    if step_of(fact) == "carried" and any(month.last > yesterday for month in map(Month.from_key, months)):
        run_count(connection, "operations/recovery/forget_today", {"last_key": time_key(yesterday)})


def want_no_more(connection: Connection, fact: str) -> None:
    """Lets go of the old rows: both sides are equal."""
    for name in values_as(str, connection, "operations/recovery/waiting", {"prefix": f"{fact}_"}):
        run_count(connection, "operations/recovery/drop_table", table=f"recovery.{name}")
    run_count(connection, "operations/recovery/want_no_more", {"fact": fact})


def cold_months(connection: Connection, fact: str) -> Mapping[int, ColdMonth]:
    """The months that the source cannot bring back, by their keys."""
    found = rows_as(ColdMonth, connection, "operations/recovery/cold_months", {"fact": fact})
    return {month.month_key: month for month in found}


def refuse_unmakable(fact: str, months: Iterable[ColdMonth]) -> None:
    """BadRequest when rows are lost whose own way to cold storage had not ended, and whose executions are there."""
    for month in months:
        if month.state in ("copying", "copied"):
            named = Month.from_key(month.month_key)
            raise BadRequest(
                f"{fact} of {named} cannot be made again: its executions are in cold storage",
                "nothing was done",
                f"miyabi-dw cold restore fact_agent_execution {named}, then recover again",
            )


def bring_back(database: Database, settings: Settings, fact: str, months: Iterable[ColdMonth]) -> None:
    """A month that had been restored and is lost comes from its file again."""
    for month in months:
        if month.state == "restored" and not month.is_here:
            restore_month(database, settings, fact, month.month_key)
