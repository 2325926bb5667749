"""What executions cost after the price list changed, what it has no price for, and which reports are far from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import check_order, time_key
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.locks import PUBLISH, lock_transaction
from miyabi_dw.db.statements import rows_as, run, values_as
from miyabi_dw.etl.publish import first_open_month, mart_names, publish_marts

RESTATED = ["fact_agent_execution", "fact_issue_processing", "staging"]
LAST_DAY = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Repriced:
    """Executions of one model whose cost is another by the price list of today; US dollars."""

    llm_provider: str | None
    llm_model: str | None
    executions: int
    before_usd: Decimal
    after_usd: Decimal


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Tokens of one model that have no list price."""

    llm_provider: str | None
    llm_model: str | None
    executions: int
    tokens_input: int
    tokens_output: int
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Suspect:
    """One reported cost far from the price list: `times` what the nearer end of the list makes of its tokens."""

    execution_id: int
    agent_id: str
    llm_model: str | None
    day: date
    tokens_input: int | None
    tokens_output: int | None
    reported_usd: Decimal
    list_low_usd: Decimal | None
    list_high_usd: Decimal | None
    times: Decimal | None


@dataclass(frozen=True, slots=True)
class Repricing:
    """What pricing again did or would do, and the months (yyyymm) that keep their costs because they are archived."""

    models: list[Repriced]
    archived_months: list[int]


def reprice(
    database: Database, settings: Settings, first: date, until: date | None, as_of: datetime, *, dry_run: bool = False
) -> Repricing:
    """Prices the executions of these business days by today's list, with all that adds them up, in one transaction."""
    last = until or LAST_DAY
    check_order(first, last)
    days = {"first_key": time_key(first), "last_key": time_key(last), "business_timezone": settings.business_timezone}
    with database.connect("etl", application_name="miyabi-dw:costs reprice") as warehouse:
        run(warehouse, "etl/publish/prepare_session")
        run(warehouse, "load/lock_targets", {"targets": RESTATED})
        run(warehouse, "etl/costs/prices", days)
        run(warehouse, "etl/costs/reprice", days)
        models = rows_as(Repriced, warehouse, "etl/costs/repriced")
        archived = values_as(int, warehouse, "etl/costs/archived_months", days)
        if models and not dry_run:
            _restate(warehouse, days)
            _publish(warehouse, settings, as_of)
    return Repricing(models, archived)


def _restate(warehouse: Connection, days: Mapping[str, Any]) -> None:
    run(warehouse, "etl/costs/restate_executions", days)
    run(warehouse, "etl/costs/restate_issues", days)
    run(warehouse, "etl/costs/mark_dirty")


def _publish(warehouse: Connection, settings: Settings, as_of: datetime) -> None:
    lock_transaction(warehouse, PUBLISH)
    publish_marts(warehouse, mart_names(warehouse), first_open_month(settings, as_of))


def unpriced(database: Database, settings: Settings) -> list[Unpriced]:
    """Models whose tokens have no price on their day, those with most tokens first."""
    with database.connect("analyst", application_name="miyabi-dw:costs unpriced") as warehouse:
        zone = {"business_timezone": settings.business_timezone}
        return rows_as(Unpriced, warehouse, "etl/costs/unpriced", zone)


def suspects(database: Database) -> list[Suspect]:
    """Executions with a suspect report, the dearest first."""
    with database.connect("analyst", application_name="miyabi-dw:costs suspects") as warehouse:
        return rows_as(Suspect, warehouse, "etl/costs/suspects")
