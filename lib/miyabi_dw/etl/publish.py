"""Brings the marts up to the facts: finishes old months, restates what changed, refreshes the views that need it."""

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Month, local_day
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.locks import PUBLISH, lock_transaction
from miyabi_dw.db.statements import run
from miyabi_dw.etl.batch import StageContext

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Published:
    """What publishing did to one mart; months are yyyymm."""

    mart: str
    refreshed: bool
    months_closed: list[int]
    months_restated: list[int]
    months_left: list[int]
    rows_written: int
    seconds: float


def publish(stage: StageContext) -> "pandas.DataFrame":
    """Makes the pipeline's marts current, all in one transaction; a mart of which nothing changed is not touched.

    `months_left` changed after their facts were archived and keep their rows until they are restored.
    """
    zone = stage.settings.business_zone
    loaded_day = local_day(min(stage.interval.end, stage.as_of) - timedelta(microseconds=1), zone)
    open_from = first_open_month(stage.settings, stage.as_of)
    with stage.warehouse() as warehouse:
        _begin(warehouse)
        done = publish_marts(warehouse, stage.pipeline.marts, open_from, loaded_day)
    return _framed(done)


def rebuild(database: Database, settings: Settings, as_of: datetime) -> "pandas.DataFrame":
    """Computes every mart again from the facts, but for months whose facts are archived."""
    with database.connect("etl", application_name="miyabi-dw:rebuild marts") as warehouse:
        _begin(warehouse)
        marts = mart_names(warehouse)
        for mart in marts:
            run(warehouse, "etl/publish/reset_mart", {"mart": mart})
        done = publish_marts(warehouse, marts, first_open_month(settings, as_of))
    return _framed(done)


def publish_all(database: Database, settings: Settings, as_of: datetime) -> "pandas.DataFrame":
    """Brings every mart up to the facts, whoever changed these; a mart of which nothing changed is not touched."""
    with database.connect("etl", application_name="miyabi-dw:publish") as warehouse:
        _begin(warehouse)
        done = publish_marts(warehouse, mart_names(warehouse), first_open_month(settings, as_of))
    return _framed(done)


def publish_marts(
    warehouse: Connection, marts: Iterable[str], open_from: int, loaded_day: date | None = None
) -> list[Published]:
    """The same in the caller's transaction: months before `open_from` are finished, `loaded_day` was loaded last."""
    run(warehouse, "etl/publish/take_fact_marks")
    return [_publish(warehouse, mart, open_from, loaded_day) for mart in marts]


def refresh(connection: Connection, marts: Iterable[str] | None = None) -> list[str]:
    """Refreshes these marts, or all, without holding up readers. It restates no finished month, publish does."""
    known = mart_names(connection)
    wanted = known if marts is None else list(marts)
    for mart in wanted:
        if mart not in known:
            raise BadRequest(f"there is no mart {mart!r}", remedy=f"choose from {', '.join(known)}")
        run(connection, "etl/publish/refresh", mart=mart)
    return wanted


def mart_names(connection: Connection) -> list[str]:
    """The materialized views that publish knows."""
    return [row["mart"] for row in run(connection, "etl/publish/marts")]


def first_open_month(settings: Settings, as_of: datetime) -> int:
    """Month (yyyymm) of the oldest day that a run at `as_of` looks back to; earlier months are finished."""
    day = local_day(as_of, settings.business_zone) - timedelta(days=settings.lookback_days)
    return Month.of(day).key


def _begin(warehouse: Connection) -> None:
    run(warehouse, "etl/publish/prepare_session")
    lock_transaction(warehouse, PUBLISH)


def _publish(warehouse: Connection, mart: str, open_from: int, loaded_day: date | None) -> Published:
    began = time.monotonic()
    values = {"mart": mart, "open_from": open_from, "loaded_day": loaded_day}
    found = run(warehouse, "etl/publish/publish_mart", values)[0]
    needs_refresh = found.pop("needs_refresh")
    if needs_refresh:
        run(warehouse, "etl/publish/refresh", mart=mart)
    return Published(mart, refreshed=needs_refresh, **found, seconds=round(time.monotonic() - began, 3))


def _framed(done: list[Published]) -> "pandas.DataFrame":
    import pandas

    return pandas.DataFrame([asdict(published) for published in done], columns=list(Published.__annotations__))
