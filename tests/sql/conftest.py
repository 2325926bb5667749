"""One warehouse for all tests of a module: each runs in a transaction that is rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from miyabi_dw.db.connection import Connection
from servers import TestServer


@contextmanager
def lent(server: TestServer, template: str) -> Iterator[Connection]:
    name = server.create("shared", template)
    with server.connect(name) as connection:
        connection.autocommit = False
        yield connection
    server.drop(name)


@pytest.fixture(scope="module")
def shared_warehouse(server: TestServer, migrated_template: str) -> Iterator[Connection]:
    with lent(server, migrated_template) as connection:
        yield connection


@pytest.fixture(scope="module")
def shared_prepared(server: TestServer, prepared_template: str) -> Iterator[Connection]:
    with lent(server, prepared_template) as connection:
        yield connection


@pytest.fixture
def undone(shared_warehouse: Connection) -> Iterator[Connection]:
    """The shared warehouse, as migrated; whatever the test does to it is undone."""
    yield shared_warehouse
    shared_warehouse.rollback()


@pytest.fixture
def prepared(shared_prepared: Connection) -> Iterator[Connection]:
    """A shared warehouse with its catalogues and calendar; whatever the test does to it is undone."""
    yield shared_prepared
    shared_prepared.rollback()
