"""Warehouses with their catalogues, fed from one source."""

from collections.abc import Iterator

import pytest

from etl.kit import Warehouse
from miyabi_dw.common.settings import Settings
from servers import TestServer


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
    yield Warehouse(settings.model_copy(update={"warehouse_url": _secret(server.database_url(name))}))
    server.drop(name)


@pytest.fixture
def starting_source(request: pytest.FixtureRequest) -> str:
    is_real = "demo_source" in request.fixturenames
    return str(request.getfixturevalue("demo_source_template" if is_real else "empty_source_template"))


@pytest.fixture
def demo_source(settings: Settings) -> None:
    """This test's source is the real history."""


def _secret(url: str) -> object:
    from pydantic import SecretStr

    return SecretStr(url)
