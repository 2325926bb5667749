"""Homes with a server of their own; whatever a test leaves running is stopped."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from homes import end_everything
from miyabi_dw.settings import Settings


@pytest.fixture
def make_home() -> Iterator[Callable[..., Settings]]:
    """Settings for a new home below a short path; `name` is its last folder."""
    made: list[Settings] = []
    with tempfile.TemporaryDirectory(prefix="mdw") as parent:

        def make(name: str = "home", **changes: object) -> Settings:
            made.append(Settings(home=Path(parent) / name, server_durable=False, **changes))
            return made[-1]

        yield make
        for settings in made:
            end_everything(settings)


@pytest.fixture
def home(make_home: Callable[..., Settings]) -> Settings:
    return make_home()
