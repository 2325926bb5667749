"""The engine papermill knows as `miyabi`."""

import logging
from pathlib import Path
from typing import Any

from jupyter_core.utils import run_sync
from nbformat.v4 import new_output
from papermill.engines import Engine, NotebookExecutionManager

from miyabi_dw.engine import warm
from miyabi_dw.engine.client import Cells
from miyabi_dw.engine.execution import Conditions, Failure
from miyabi_dw.engine.halt import Halt, on_signals
from miyabi_dw.engine.journal import Journal
from miyabi_dw.engine.preload import uses_slow
from miyabi_dw.engine.processes import KernelGone, KernelProcess
from miyabi_dw.engine.protocol import ANY, COMPLETE

log = logging.getLogger(__name__)

NAME = "miyabi"


class MiyabiEngine(Engine):  # type: ignore[misc]
    """Runs a notebook in a forked kernel. Used by papermill alone, it fails what papermill would let pass."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,  # noqa: ARG003 - papermill passes it; there is one kind of kernel here
        journal: Journal | None = None,
        halt: Halt | None = None,
        execution_timeout: float | None = None,
        **_: Any,
    ) -> None:
        journal = journal or Journal(Conditions(cell_timeout=execution_timeout))
        halt = halt or Halt()
        journal.opened(nb_man.nb)
        with on_signals(halt):
            journal.failure = run_sync(_run)(nb_man, journal, halt)
        if journal.failure is not None:
            _show(nb_man, journal.failure)


async def _run(manager: NotebookExecutionManager, journal: Journal, halt: Halt) -> Failure | None:
    try:
        process = await _started(journal)
    except KernelGone as error:
        return Failure("no kernel", str(error), error_class="KernelGone", error_message=str(error))
    try:
        return await Cells(manager, process, journal, halt).run()
    finally:
        await process.kill()
        process.release()


async def _started(journal: Journal) -> KernelProcess:
    """A forked kernel, else a fresh one, and the journal says which and why."""
    if journal.conditions.warm:
        process = _process(journal)
        try:
            process.start_warm(_wanted(journal.notebook))
            await process.listening()
            journal.engine = "warm"
            return process
        except (warm.Unavailable, KernelGone) as error:
            journal.engine_note = str(error)
            journal.say(f"no warm kernel: {error}")
            log.info("no warm kernel: %s", error)
            process.release()
    process = _process(journal)
    journal.engine = "stock"
    process.start_fresh()
    try:
        await process.listening()
    except KernelGone:
        process.release()
        raise
    return process


def _process(journal: Journal) -> KernelProcess:
    return KernelProcess(journal.conditions.cwd or Path.cwd(), journal.conditions.env)


def _wanted(notebook: Any) -> bytes:
    slow = any(cell.cell_type == "code" and uses_slow(cell.source) for cell in notebook.cells)
    return COMPLETE if slow else ANY


def _show(manager: NotebookExecutionManager, failure: Failure) -> None:
    """The notebook itself says why it failed, also where the kernel could not; papermill then raises on its own."""
    code = [index for index, cell in enumerate(manager.nb.cells) if cell.cell_type == "code"]
    index = failure.cell_index if failure.cell_index is not None else code[-1] if code else None
    if index is None:
        return
    cell = manager.nb.cells[index]
    told = any(output.output_type == "error" and output.ename != "SystemExit" for output in cell.outputs)
    if failure.cause != "cell raised" or not told:
        kind = failure.error_class.rpartition(".")[2]
        shown = {"ename": kind, "evalue": failure.reason, "traceback": [failure.reason]}
        cell.outputs.append(new_output("error", **shown))  # type: ignore[no-untyped-call]
    manager.cell_exception(cell, cell_index=index)
