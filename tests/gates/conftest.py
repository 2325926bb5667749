"""Batches and warehouses for the gates: empty, with catalogues, or loaded."""

from collections.abc import Callable

import pytest

from gates.kit import Bench, make_bench
from gates.wednesday import HOSTILE_MESSAGE, ROWS, WEDNESDAY, loaded, stage_of
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import connection as db
from servers import TestServer


@pytest.fixture
def bench(settings: Settings) -> Bench:
    """The daily pipeline's batch, empty."""
    return make_bench(settings)


@pytest.fixture
def make(settings: Settings) -> Callable[..., Bench]:
    return lambda *given: make_bench(settings, *given)


@pytest.fixture(scope="session")
def wednesday_source(server: TestServer, empty_source_template: str) -> str:
    name = server.create("wednesday_source", empty_source_template)
    with server.connect(name) as connection:
        for table, rows in ROWS.items():
            db.execute(connection, f"INSERT INTO {table} {rows}")
        db.execute(connection, HOSTILE_MESSAGE)
    return name


@pytest.fixture(scope="session")
def wednesday_warehouse(
    server: TestServer, prepared_template: str, wednesday_source: str, tmp_path_factory: pytest.TempPathFactory
) -> str:
    name = server.create("wednesday", prepared_template)
    folder = tmp_path_factory.mktemp("wednesday")
    urls = {"warehouse_url": server.database_url(name), "source_url": server.database_url(wednesday_source)}
    loaded(Settings(home=folder, reports_dir=folder, **urls), WEDNESDAY)
    return name


@pytest.fixture
def starting_warehouse(request: pytest.FixtureRequest) -> str:
    """Loaded for who asks for `run`, with its catalogues for who asks for `catalogued`, else empty."""
    if "run" in request.fixturenames:
        return str(request.getfixturevalue("wednesday_warehouse"))
    return str(
        request.getfixturevalue("prepared_template" if "catalogued" in request.fixturenames else "migrated_template")
    )


@pytest.fixture
def starting_source(request: pytest.FixtureRequest) -> str:
    return str(
        request.getfixturevalue("wednesday_source" if "run" in request.fixturenames else "empty_source_template")
    )


@pytest.fixture
def catalogued(settings: Settings) -> None:
    """This test's warehouse begins with its catalogues and calendar."""


@pytest.fixture
def run(settings: Settings) -> Bench:
    """The Wednesday, loaded."""
    return Bench(stage_of(settings, WEDNESDAY))
