"""A warehouse whose facts are written by hand."""

from collections.abc import Iterator

import pytest

from marts.star import Star
from miyabi_dw.database import Connection, Database


@pytest.fixture
def star(warehouse: Connection) -> Star:
    return Star(warehouse)


@pytest.fixture
def etl(database: Database) -> Iterator[Connection]:
    with database.connect("etl", application_name="miyabi-dw:test") as connection:
        yield connection
