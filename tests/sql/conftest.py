"""One warehouse for all tests of a module: each runs in a transaction that is rolled back."""

from collections.abc import Iterator

import pytest

from miyabi_dw.db.connection import Connection
from servers import TestServer, grant_warehouse


@pytest.fixture(scope="module")
def shared_warehouse(server: TestServer, migrated_template: str) -> Iterator[Connection]:
    name = server.create("shared", migrated_template)
    grant_warehouse(server, name)
    with server.connect(name) as connection:
        connection.autocommit = False
        yield connection
    server.drop(name)


@pytest.fixture
def undone(shared_warehouse: Connection) -> Iterator[Connection]:
    """The shared warehouse, as migrated; whatever the test does to it is undone."""
    yield shared_warehouse
    shared_warehouse.rollback()
