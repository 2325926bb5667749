"""What kernels find imported already, and the check that a process may be forked."""

import contextlib
import gc
import importlib
import sys
import threading
import traceback
from collections.abc import Iterable
from pathlib import Path

from miyabi_dw.engine.imports import Import, Imports, is_missing, late_imports

PACKAGE = __name__.partition(".")[0]
KERNEL = (
    "miyabi_dw.engine.notebook_kernel",
    "ipykernel.kernelapp",
    "IPython.core.completerlib",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "tornado.queues",
    "miyabi_dw.engine.guard",
)
# What a notebook that imports more than Python's own modules shows its results with, whether its cells or what they
# call import it.
LIBRARIES = ("pandas", "plotly.graph_objects", "plotly.io")
# Packages that take seconds to import: no kernel without them waits for that.
SLOW = ("great_expectations",)


def preload_quick(imports: Imports) -> None:
    """What every kernel needs; the libraries and our modules too where a notebook imports more than Python's own.

    Where several kernels are to come, of a pipeline with gates, what plotly reads for the first chart is read once.

    Nothing else: what somebody else's module does when it is imported may depend on where and when that happens.
    """
    gc.disable()  # until settled: looking for garbage among what is imported takes a quarter of the time
    _import((name, "") for name in KERNEL)
    if any(_package(wanted) not in sys.stdlib_module_names for wanted in imports):
        _import((name, "") for name in LIBRARIES)
        _import(wanted for wanted in imports if _package(wanted) == PACKAGE)
    if slow(imports):
        _draw()


def slow(imports: Imports) -> Imports:
    """What is still to be imported for these: the slow packages, and what the cells' functions import when called."""
    direct = (wanted for wanted in imports if _package(wanted) in SLOW)
    late = (wanted for wanted in late_imports(imports) if _package(wanted) in (PACKAGE, *SLOW))
    return tuple(filter(is_missing, (*direct, *late)))


def preload_slow(imports: Imports) -> None:
    """All of it, in a process that has the quick ones."""
    gc.disable()
    _import(slow(imports))


def _draw() -> None:
    """Half a second that every kernel with a chart would spend again: plotly checks its templates when first used."""
    with contextlib.suppress(ImportError):
        import plotly.graph_objects as graph

        graph.Figure().add_bar(x=[1], y=[1]).update_layout(template="simple_white").to_json()


def _package(wanted: Import) -> str:
    return wanted[0].partition(".")[0]


def _import(imports: Iterable[Import]) -> None:
    """Imports what is there; what is missing or broken is left for the notebook to trip over, where it is shown."""
    for module, name in imports:
        try:
            importlib.import_module(module)
            if is_missing((module, name)):
                with contextlib.suppress(ModuleNotFoundError):
                    importlib.import_module(f"{module}.{name}")
        except Exception as error:  # noqa: BLE001 - see above
            if not isinstance(error, ModuleNotFoundError):
                traceback.print_exc(file=sys.stderr)


def threads() -> list[str]:
    """Names of this process's threads; Linux also tells of native ones."""
    tasks = Path("/proc/self/task")
    if tasks.is_dir():
        return [(task / "comm").read_text().strip() for task in tasks.iterdir()]
    return [thread.name for thread in threading.enumerate()]


def settle() -> None:
    """A fork of several threads may hold a lock for ever; better no zygote than that one.

    What was imported stays for good and is never looked through for garbage, here or in a kernel.
    """
    if len(threads()) > 1:
        sys.exit(f"threads besides the main one, so nothing is forked: {', '.join(threads())}")
    gc.freeze()
    gc.enable()
