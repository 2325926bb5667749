"""Connections start from a source that has nothing in it."""

import pytest


@pytest.fixture
def starting_source() -> str:
    return "template0"
