"""Connections start from a source that has nothing in it."""

from collections.abc import Iterator

import pytest

from connect.conforming import Source
from miyabi_dw.common.settings import Settings
from miyabi_dw.connect.own_source import prepare_source
from miyabi_dw.db.connection import Database


@pytest.fixture
def starting_source() -> str:
    return "template0"


@pytest.fixture
def own(database: Database, settings: Settings) -> Iterator[Source]:
    """An empty source of our own."""
    prepare_source(database)
    with database.connect("source_owner") as connection:
        yield Source(connection, settings)
