"""Four days with a fault each; `make soak` plays thirty."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from servers import quick_place
from soak.home import Home
from soak.play import Play


@pytest.fixture
def home() -> Iterator[Home]:
    with TemporaryDirectory(prefix="miyabi-soak-", dir=quick_place(), ignore_cleanup_errors=True) as folder:
        home = Home(Path(folder))
        try:
            yield home
        finally:
            home.end()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_few_days_with_faults_end_as_they_must(home: Home) -> None:
    faults = ("the scheduler's process is killed", "the server is killed", "the server's disk is full")
    assert Play(home, seed=1, days=4, faults=faults).go() == []
