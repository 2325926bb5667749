"""Homes with a server of their own; whatever a test leaves running is stopped."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from homes import end_everything
from miyabi_dw.common.settings import Settings
from servers import quick_place


@pytest.fixture
def make_home() -> Iterator[Callable[..., Settings]]:
    """Settings for a new home below a short path; `name` is its last folder."""
    made: list[Settings] = []
    with tempfile.TemporaryDirectory(prefix="mdw", dir=quick_place()) as parent:

        def make(name: str = "home", **changes: object) -> Settings:
            made.append(Settings(home=Path(parent) / name, server_durable=False, **changes))
            return made[-1]

        yield make
        for settings in made:
            end_everything(settings)


@pytest.fixture
def home(make_home: Callable[..., Settings]) -> Settings:
    return make_home()


@pytest.fixture(scope="module")
def used_home() -> Iterator[Settings]:
    """A home that was set up before; each test finds its server as the one before left it, running or not."""
    with tempfile.TemporaryDirectory(prefix="mdw", dir=quick_place()) as parent:
        settings = Settings(home=Path(parent) / "home", server_durable=False)
        yield settings
        end_everything(settings)
