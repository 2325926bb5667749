"""A deferred module runs when somebody uses it, once, and then is as if it had been imported ever since."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from miyabi_dw.common.deferred import Deferred, deferred


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package `late_rooms` with a module `late_rooms.hall`."""
    folder = tmp_path / "late_rooms"
    folder.mkdir()
    (folder / "__init__.py").write_text("from late_rooms import hall\nsize = 3\nhall.entered += 1\n")
    (folder / "hall.py").write_text("entered = 0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "late_rooms"
    for name in [name for name in sys.modules if name.startswith("late_rooms")]:
        del sys.modules[name]


def test_a_deferred_module_runs_at_the_first_use_of_its_names(package: str) -> None:
    with deferred(package):
        module = importlib.import_module(package)
    assert isinstance(module, Deferred)
    assert (module.__file__ or "").endswith("__init__.py")
    assert getattr(module, "__wrapped__", None) is None
    assert "late_rooms.hall" not in sys.modules
    assert module.size == 3
    assert not isinstance(module, Deferred)
    assert (module.size, module.hall.entered, importlib.import_module(package)) == (3, 1, module)
    with pytest.raises(AttributeError, match="no_such_name"):
        module.no_such_name  # noqa: B018


def test_a_module_below_a_deferred_package_runs_the_package_first(package: str) -> None:
    with deferred(package):
        importlib.import_module(package)
    importlib.import_module("late_rooms.hall")
    assert not isinstance(sys.modules[package], Deferred)


def test_a_module_below_a_hollow_package_leaves_the_package_alone(package: str) -> None:
    with deferred(hollow=[package]):
        hall = importlib.import_module("late_rooms.hall")
    assert isinstance(sys.modules[package], Deferred)
    assert hall.entered == 0
    assert sys.modules[package].size == 3
    assert hall.entered == 1


def test_what_is_there_already_stays(package: str) -> None:
    there = importlib.import_module(package)
    with deferred(package):
        assert importlib.import_module(package) is there
    assert not isinstance(there, Deferred)
