"""A warehouse loaded from a small source, and runs without their notebooks."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from miyabi_dw.database import Connection, execute
from miyabi_dw.runner.results import RunResult
from miyabi_dw.settings import Settings
from pipeline.kit import DAILY, HOURLY, Warehouse

AS_OF = datetime(2025, 4, 10, 3, tzinfo=UTC)


@pytest.fixture
def small_source(source: Connection) -> Connection:
    """Three months in which every day has one issue with all that belongs to it."""
    execute(source, (Path(__file__).parent / "small_source.sql").read_text(encoding="utf-8"))
    return source


@pytest.fixture
def loaded(small_source: Connection, settings: Settings) -> Warehouse:
    from datetime import date

    warehouse = Warehouse(settings).prepare()
    warehouse.days(date(2025, 1, 1), date(2025, 4, 9))
    return warehouse


@pytest.fixture
def make_run(settings: Settings) -> Any:
    """What pipelines.run does, by the stages' own functions."""

    def run(name: str, *, interval: Any = None, as_of: datetime, **_: object) -> RunResult:
        from miyabi_dw.timeframe import hour

        warehouse = Warehouse(settings)
        span = interval or hour(as_of.replace(hour=as_of.hour - 1))
        stage = warehouse.run(span, name if name in (DAILY, HOURLY) else DAILY)
        return RunResult(stage.run_id, name, span, "succeeded")

    return run
