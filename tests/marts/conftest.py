"""Warehouses whose facts are written by hand."""

from collections.abc import Iterator

import pytest

from marts.star import Star
from miyabi_dw.db.connection import Connection
from servers import TestServer


@pytest.fixture(scope="module")
def shared_warehouse(server: TestServer, migrated_template: str) -> Iterator[Connection]:
    name = server.create("marts", migrated_template)
    with server.connect(name) as connection:
        connection.autocommit = False
        yield connection
    server.drop(name)


@pytest.fixture
def star(shared_warehouse: Connection) -> Iterator[Star]:
    """The warehouse of the module in one transaction, which is undone; a concurrent refresh may run in it."""
    yield Star(shared_warehouse)
    shared_warehouse.rollback()


@pytest.fixture
def published(warehouse: Connection) -> Star:
    """A warehouse of the test's own, for what others are to see."""
    return Star(warehouse)
