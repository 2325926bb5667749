"""A warehouse loaded from a small source, and runs without their notebooks."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from etl.kit import DAILY, HOURLY, Warehouse
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import hour
from miyabi_dw.db.connection import Database, execute
from miyabi_dw.operations import backup
from miyabi_dw.operations.backup.folder import backups_folder
from miyabi_dw.orchestration.runner.result import RunResult
from servers import TestServer

AS_OF = datetime(2025, 4, 10, 3, tzinfo=UTC)


@pytest.fixture(scope="session")
def small_source_template(server: TestServer, empty_source_template: str) -> str:
    """Three months in which every day has one issue with all that belongs to it."""
    name = server.create("small_source", empty_source_template)
    with server.connect(name) as connection:
        execute(connection, (Path(__file__).parent / "small_source.sql").read_text(encoding="utf-8"))
    return name


@pytest.fixture(scope="session")
def loaded_template(
    server: TestServer, prepared_template: str, small_source_template: str, tmp_path_factory: pytest.TempPathFactory
) -> str:
    name = server.create("loaded", prepared_template)
    folder = tmp_path_factory.mktemp("loaded")
    urls = {"warehouse_url": server.database_url(name), "source_url": server.database_url(small_source_template)}
    Warehouse(Settings(home=folder, reports_dir=folder, **urls)).days(date(2025, 1, 1), date(2025, 4, 9))
    return name


@pytest.fixture
def starting_source(small_source_template: str) -> str:
    return small_source_template


@pytest.fixture
def starting_warehouse(loaded_template: str) -> str:
    return loaded_template


@pytest.fixture
def loaded(settings: Settings) -> Warehouse:
    """The warehouse with those three months."""
    return Warehouse(settings)


@pytest.fixture(scope="session")
def backup_store(server: TestServer, loaded_template: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one good backup of that warehouse."""
    name = server.create("backed_up", loaded_template)
    settings = Settings(home=tmp_path_factory.mktemp("backups"), warehouse_url=server.database_url(name))
    backup.back_up(Database(settings), settings, AS_OF)
    server.drop(name)
    return backups_folder(settings)


@pytest.fixture
def backed_up(loaded: Warehouse, settings: Settings, backup_store: Path) -> Path:
    """The loaded warehouse has a good backup; its folder."""
    place = shutil.copytree(backup_store, backups_folder(settings))
    return next(folder for folder in place.iterdir() if folder.is_dir())


@pytest.fixture
def make_run(settings: Settings) -> Any:
    """What pipelines.run does, by the stages' own functions."""

    def run(name: str, *, interval: Any = None, as_of: datetime, **_: object) -> RunResult:
        warehouse = Warehouse(settings)
        span = interval or hour(as_of.replace(hour=as_of.hour - 1))
        stage = warehouse.run(span, name if name in (DAILY, HOURLY) else DAILY)
        return RunResult(stage.run_id, name, span, "succeeded")

    return run
