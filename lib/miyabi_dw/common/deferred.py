"""Imports that wait until somebody uses what they bring: for large libraries of which a process needs a part.

A deferred module is in `sys.modules` and empty. The first use of a name of its own, or the import of a module below it,
runs its code, as if it had been imported now. A hollow package lets modules below it be imported without that.
"""

import importlib.abc
import importlib.machinery
import sys
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

_loading = threading.RLock()


class Deferred(ModuleType):
    """A module that has not been run."""

    def __getattr__(self, name: str) -> Any:
        # Python itself looks at names such as __file__ of every module there is; nobody wants to use it then.
        if name.startswith("__") and name.endswith("__") and name != "__path__":
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        with _loading:
            if isinstance(self, Deferred):  # else another thread has run it meanwhile
                self.__class__ = ModuleType  # type: ignore[assignment]
                self.__loader__.run(self)  # type: ignore[union-attr]
        return getattr(self, name)


class _Later(importlib.abc.Loader):
    """Puts off what `loader` does."""

    def __init__(self, loader: importlib.abc.Loader, *, is_hollow: bool) -> None:
        self._loader, self._is_hollow = loader, is_hollow

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        """A plain module, as ever."""

    def exec_module(self, module: ModuleType) -> None:
        if not self._is_hollow:
            vars(module).pop("__path__", None)
        module.__class__ = Deferred

    def run(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if (spec := module.__spec__) is not None:
            spec.loader = self._loader
            if spec.submodule_search_locations is not None:
                module.__path__ = spec.submodule_search_locations
        self._loader.exec_module(module)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, names: Collection[str], hollow: Collection[str]) -> None:
        self._names, self._hollow = names, hollow

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._names and fullname not in self._hollow:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Later(spec.loader, is_hollow=fullname in self._hollow)
        return spec


@contextmanager
def deferred(*names: str, hollow: Collection[str] = ()) -> Iterator[None]:
    """Within the block these modules are deferred when they are imported; those that are there already stay."""
    finder = _Finder(names, hollow)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
