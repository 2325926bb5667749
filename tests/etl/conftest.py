"""Warehouses with their catalogues, fed from one source."""

from collections.abc import Iterator

import pytest

from etl.kit import Warehouse
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from servers import TestServer, grant_warehouse


@pytest.fixture
def starting_warehouse(prepared_template: str) -> str:
    return prepared_template


@pytest.fixture
def miyabi(settings: Settings) -> Warehouse:
    """This test's warehouse, ready to be loaded."""
    return Warehouse(settings)


@pytest.fixture
def rebuilt(settings: Settings, server: TestServer, prepared_template: str) -> Iterator[Warehouse]:
    """A second, empty warehouse on the same source."""
    name = server.create("rebuilt", prepared_template)
    grant_warehouse(server, name)
    yield Warehouse(settings.model_copy(update={"warehouse_url": _secret(server.database_url(name))}))
    server.drop(name)


@pytest.fixture
def demo_source(database: Database) -> None:
    """The real history."""
    from miyabi_dw.demo import source

    source.load_source(database)


def _secret(url: str) -> object:
    from pydantic import SecretStr

    return SecretStr(url)
