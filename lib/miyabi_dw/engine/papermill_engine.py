"""The engine papermill knows as `miyabi`."""

import logging
from pathlib import Path
from typing import Any

from jupyter_core.utils import run_sync
from nbformat.v4 import new_output
from papermill.engines import Engine, NotebookExecutionManager

from miyabi_dw.common.signals import on_signals
from miyabi_dw.engine import warm
from miyabi_dw.engine.client import Cells
from miyabi_dw.engine.execution import Conditions, Failure, Notice
from miyabi_dw.engine.halt import Halt
from miyabi_dw.engine.imports import imports_of
from miyabi_dw.engine.journal import Journal
from miyabi_dw.engine.processes import KernelGone, KernelProcess

NAME = "miyabi"
logger = logging.getLogger(__name__)


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
        with on_signals(halt.signalled):
            journal.failure = run_sync(_run)(nb_man, journal, halt)
        for notice in journal.warnings:
            _show_warning(nb_man, notice)
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
            process.start_warm()
            await process.listening()
            journal.engine = "warm"
            return process
        except (warm.Unavailable, KernelGone) as error:
            journal.engine_note = str(error)
            journal.say(f"no warm kernel: {error}")
            logger.info("no warm kernel: %s", journal.conditions.redact(str(error)))
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
    sources = (cell.source for cell in journal.notebook.cells if cell.cell_type == "code")
    return KernelProcess(journal.conditions.cwd or Path.cwd(), journal.conditions.env, imports_of(sources))


def _show(manager: NotebookExecutionManager, failure: Failure) -> None:
    """The notebook itself says why it failed, also where the kernel could not; papermill then raises on its own."""
    index = failure.cell_index if failure.cell_index is not None else _last_cell(manager)
    if index is None:
        return
    cell = manager.nb.cells[index]
    told = any(output.output_type == "error" and output.ename != "SystemExit" for output in cell.outputs)
    if failure.cause != "cell raised" or not told:
        kind = failure.error_class.rpartition(".")[2]
        lines = dict.fromkeys((failure.reason, *failure.error_message.splitlines()))  # often they say the same
        shown = {"ename": kind, "evalue": failure.reason, "traceback": [*lines]}
        cell.outputs.append(new_output("error", **shown))  # type: ignore[no-untyped-call]
    manager.cell_exception(cell, cell_index=index)


def _show_warning(manager: NotebookExecutionManager, notice: Notice) -> None:
    index = _last_cell(manager)
    if index is not None:
        shown = new_output("stream", name="stderr", text=f"warning: {notice}\n")  # type: ignore[no-untyped-call]
        manager.nb.cells[index].outputs.append(shown)


def _last_cell(manager: NotebookExecutionManager) -> int | None:
    code = [index for index, cell in enumerate(manager.nb.cells) if cell.cell_type == "code"]
    return code[-1] if code else None
