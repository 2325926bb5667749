"""Connections start from a source that has nothing in it."""

from collections.abc import Iterator

import pytest

from connect.conforming import Source
from miyabi_dw import cli
from miyabi_dw.common.settings import Settings
from miyabi_dw.connect.own_source import prepare_source
from miyabi_dw.db.connection import Database
from orchestration.kit import Command


@pytest.fixture
def starting_source() -> str:
    return "template0"


@pytest.fixture
def own(database: Database, settings: Settings) -> Iterator[Source]:
    """An empty source of our own."""
    prepare_source(database)
    with database.connect("source_owner") as connection:
        yield Source(connection, settings)


@pytest.fixture
def command(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line of this test's home, called in this process."""

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main(list(words))
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run
