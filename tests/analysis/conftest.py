"""Warehouses to look at through the notebooks: more than a year, one day, none; each made once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from analysis.reading import Reading, read
from etl.kit import Warehouse
from miyabi_dw import registry
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import execute
from miyabi_dw.etl import gates
from miyabi_dw.etl.batch import StageContext
from miyabi_dw.etl.publish import publish
from servers import TestServer
from support import synthetic

FIRST, LAST, ONE_DAY = date(2025, 1, 1), date(2026, 3, 10), date(2025, 6, 11)
HOSTILE_TITLE, HOSTILE_AGENT = "<script>alert(1)</script>", "<img src=x onerror=alert(1)>"
REMEMBERED: dict[tuple[str, str, tuple[tuple[str, str], ...]], Reading] = {}


@contextmanager
def fresh(
    server: TestServer, template: str, source: str, folder: Path, zone: str = "Asia/Tokyo"
) -> Iterator[Warehouse]:
    names = server.create("analysis", template), server.create("analysis_source", source)
    urls = [server.database_url(name) for name in names]
    settings = Settings(
        home=folder / "home",
        reports_dir=folder / "reports",
        warehouse_url=urls[0],
        source_url=urls[1],
        source_owner_url=urls[1],
        business_timezone=zone,
    )
    yield Warehouse(settings)
    for name in names:
        server.drop(name)


def load(warehouse: Warehouse, first: date, last: date, *, gate: bool = True) -> StageContext:
    """One run and the marts."""
    stage = warehouse.days(first, last, gate=gate)
    publish(stage)
    with warehouse.database.connect("etl") as connection:
        registry.start_run(connection, stage.run_id)
        registry.finish_run(connection, stage.run_id, "succeeded")
    return stage


@pytest.fixture(scope="module")
def year(
    server: TestServer, migrated_template: str, empty_source_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """Fourteen months, with text that breaks careless programs; two runs of the daily pipeline."""
    with fresh(server, migrated_template, empty_source_template, tmp_path_factory.mktemp("year")) as warehouse:
        with warehouse.database.connect("source_owner") as source:
            synthetic.generate(
                source, n_issues=200, n_executions=1_000, first_day=FIRST, last_day=LAST, hostile_share=0.02
            )
            execute(source, "UPDATE issues SET title = %s WHERE id %% 7 = 0", (HOSTILE_TITLE,))
            execute(source, "UPDATE agent_execution_logs SET agent_id = %s WHERE id %% 50 = 0", (HOSTILE_AGENT,))
        load(warehouse.prepare(), FIRST, LAST - timedelta(days=1))
        gates.run_suites(load(warehouse, LAST, LAST), "facts")
        yield warehouse


@pytest.fixture(scope="module")
def one_day(
    server: TestServer, migrated_template: str, empty_source_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    with fresh(server, migrated_template, empty_source_template, tmp_path_factory.mktemp("day"), "UTC") as warehouse:
        with warehouse.database.connect("source_owner") as source:
            synthetic.generate(source, n_issues=300, n_executions=100, first_day=ONE_DAY, last_day=ONE_DAY)
        load(warehouse.prepare(), ONE_DAY, ONE_DAY, gate=False)
        yield warehouse


@pytest.fixture(scope="module")
def empty(
    server: TestServer, migrated_template: str, empty_source_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    with fresh(server, migrated_template, empty_source_template, tmp_path_factory.mktemp("empty")) as warehouse:
        yield warehouse


class Reader:
    """Opens notebooks the way an address with parameters does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def __call__(self, warehouse: Warehouse, name: str, **given: str) -> Reading:
        """What the notebook shows; opened once and then remembered, since the warehouse stays as it is."""
        key = (str(warehouse.settings.home), name, tuple(sorted(given.items())))
        if key not in REMEMBERED:
            REMEMBERED[key] = self.anew(warehouse, name, **given)
        return REMEMBERED[key]

    def anew(self, warehouse: Warehouse, name: str, **given: str) -> Reading:
        settings = warehouse.settings
        assert settings.warehouse_url
        self.monkeypatch.setenv("MIYABI_WAREHOUSE_URL", settings.warehouse_url.get_secret_value())
        self.monkeypatch.setenv("MIYABI_BUSINESS_TIMEZONE", settings.business_timezone)
        self.monkeypatch.setenv("MIYABI_HOME", str(settings.home))
        self.monkeypatch.setenv("MIYABI_REPORTS_DIR", str(settings.reports_dir))
        return read(name, given)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Reader:
    return Reader(monkeypatch)
