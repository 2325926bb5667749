"""What kernels find imported already, and the check that a process may be forked."""

import gc
import importlib
import re
import sys
import threading
import traceback
from pathlib import Path

KERNEL = (
    "miyabi_dw.engine.notebook_kernel",
    "ipykernel.kernelapp",
    "IPython.core.completerlib",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "tornado.queues",
    "miyabi_dw.engine.guard",
)
QUICK = (
    *KERNEL,
    "pandas",
    "sqlalchemy.dialects.postgresql.psycopg2",
    "plotly.graph_objects",
    "plotly.io",
    "plotly.express",
    "miyabi_dw.etl.batch",
    "miyabi_dw.etl.views",
    "miyabi_dw.etl.extract_archive",
    "miyabi_dw.etl.transform",
    "miyabi_dw.etl.load",
    "miyabi_dw.etl.publish",
    "miyabi_dw.etl.gates",
    "miyabi_dw.etl.gates.contract",
)
SLOW = ("great_expectations", "miyabi_dw.etl.gates.running")
IMPORTS = re.compile(r"\bimport\b")
USES_SLOW = re.compile(r"\b(great_expectations|run_suites|audit)\b")


def uses_slow(source: str) -> bool:
    """Whether a cell imports what takes long: its kernel is then better forked from the process that has done so."""
    return bool(USES_SLOW.search(source))


def imports(source: str) -> bool:
    """Whether a cell imports anything: without one, nobody waits for what others need."""
    return bool(IMPORTS.search(source))


def preload(names: tuple[str, ...]) -> None:
    """Imports what is there; what is missing or broken is left for the notebook to trip over, where it is shown."""
    for name in names:
        try:
            importlib.import_module(name)
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
    """A fork of several threads may hold a lock for ever; better no zygote than that one."""
    if len(threads()) > 1:
        sys.exit(f"threads besides the main one, so nothing is forked: {', '.join(threads())}")
    gc.collect()
    gc.freeze()
