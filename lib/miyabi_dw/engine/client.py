"""Runs the cells of a notebook in one kernel and says, on what it saw itself, how that went."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Mapping
from typing import Any

import zmq
from jupyter_client.asynchronous.client import AsyncKernelClient
from nbclient.exceptions import CellExecutionError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NotebookExecutionManager

from miyabi_dw.engine import diagnosis
from miyabi_dw.engine import notebook as file
from miyabi_dw.engine.execution import Cause, Failure
from miyabi_dw.engine.halt import Halt
from miyabi_dw.engine.journal import Journal
from miyabi_dw.engine.processes import KernelProcess, ending

START_SECONDS = 60.0
# All of the work is done and only the end is left: on a machine with twenty busy processes a core that takes its time.
SHUTDOWN_SECONDS = 30.0
# And of a kernel that has failed or was told to stop, for which somebody may be waiting.
FAILED_SHUTDOWN_SECONDS = 5.0
# How long an interrupted cell has to come back, with the traceback that shows where it hung.
INTERRUPT_SECONDS = 5.0
LAST_WORDS_SECONDS = 0.3
# What a cell has put out is read to its end, however long that takes; timeout, deadline and a dead kernel still count.
IOPUB_SECONDS = 24 * 3600
Task = asyncio.Task[None]


class Cells(PapermillNotebookClient):  # type: ignore[misc]
    """nbclient does what a notebook front end does; when to stop and what counts as success is decided here."""

    def __init__(self, manager: NotebookExecutionManager, process: KernelProcess, journal: Journal, halt: Halt) -> None:
        super().__init__(
            manager,
            force_raise_errors=True,
            skip_cells_with_tag="",
            coalesce_streams=False,  # its patterns take for ever on a long line; streams are joined when written
            iopub_timeout=IOPUB_SECONDS,
            on_cell_executed=self._keep_reply,
            log=logging.getLogger("papermill"),
        )
        self.process, self.journal, self.halt = process, journal, halt
        self.reply: Mapping[str, Any] = {}
        self.kc: Any = None

    async def run(self) -> Failure | None:
        halted = self.halt.bind()
        try:
            await self._connect()
            return await self._shut_down(await self._all_cells(halted))
        finally:
            self.halt.unbind()
            self.kc.stop_channels()

    async def _connect(self) -> None:
        self.kc = AsyncKernelClient()
        self.kc.load_connection_info(self.process.connection)
        self.kc.context.setsockopt(zmq.RCVHWM, 0)  # nothing is dropped on this side either
        self.kc.start_channels(stdin=False, hb=False)
        # The kernel welcomes every subscriber, so nothing it says after that is missed.
        welcome = self.kc.get_iopub_msg(timeout=START_SECONDS)
        _, info = await asyncio.gather(welcome, self.kc.kernel_info(reply=True, timeout=START_SECONDS))
        self.nb.metadata["language_info"] = info["content"]["language_info"]

    async def _all_cells(self, halted: asyncio.Future[None]) -> Failure | None:
        for index, cell in enumerate(self.nb.cells):
            if not self.journal.is_asked(index):
                continue
            self.nb_man.cell_start(cell, index)
            self.journal.cell_began(index)
            failure = await self._one_cell(index, cell, halted)
            if failure is not None:
                self.nb_man.cell_exception(cell, cell_index=index)
            self.nb_man.cell_complete(cell, cell_index=index)
            self.journal.cell_ended(index, "done" if failure is None else "failed")
            if failure is not None:
                return failure
        return None

    async def _one_cell(self, index: int, cell: Any, halted: asyncio.Future[None]) -> Failure | None:
        self.reply = {}
        task = asyncio.ensure_future(self._execute(cell, index))
        stopped = await self._end_or_stop(task, halted)
        if stopped == "kernel died":
            await asyncio.wait({task}, timeout=LAST_WORDS_SECONDS)
        elif stopped is not None:
            await self._interrupt(task)
        error = await self._dismiss(task)
        return self._judge(index, cell, stopped, error)

    async def _end_or_stop(self, task: Task, halted: asyncio.Future[None]) -> Cause | None:
        limit = self.journal.conditions.cell_timeout
        events: set[asyncio.Future[Any]] = {task, self.process.exited, halted}
        await asyncio.wait(events, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return None
        if self.process.exited.done():
            return "kernel died"
        return self.halt.cause or "cell timeout"

    async def _execute(self, cell: Any, index: int) -> None:
        with contextlib.suppress(CellExecutionError):  # the reply is kept and says more
            await self.async_execute_cell(cell, index)

    async def _interrupt(self, task: Task) -> None:
        self.process.signal(signal.SIGINT)
        events: set[asyncio.Future[Any]] = {task, self.process.exited}
        await asyncio.wait(events, timeout=INTERRUPT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            await self.process.kill()

    @staticmethod
    async def _dismiss(task: Task) -> Exception | None:
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return None
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the reason why the cell failed
            return error
        return None

    def _judge(self, index: int, cell: Any, stopped: Cause | None, error: Exception | None) -> Failure | None:
        place = self.journal.place(index)
        raised = diagnosis.of_cell(place, index, cell, self.reply)
        if stopped == "kernel died":
            return raised or self._death(f"while {place} ran", index, cell)
        if stopped is not None:
            return diagnosis.of_halt(stopped, self._why(stopped, place), index, cell, raised)
        if error is not None:
            return diagnosis.of_silence(f"{place} did not come to an end: {error}", index, cell)
        return raised

    def _why(self, cause: Cause, place: str) -> str:
        if cause == "cell timeout":
            return f"{place} took longer than the {self.journal.conditions.cell_timeout:g} s a cell may take"
        if cause == "deadline":
            return f"the deadline passed while {place} ran"
        return f"cancelled while {place} ran"

    async def _shut_down(self, failure: Failure | None) -> Failure | None:
        exited = self.process.exited
        if not exited.done():
            self.kc.shutdown()
            await asyncio.wait({exited}, timeout=FAILED_SHUTDOWN_SECONDS if failure else SHUTDOWN_SECONDS)
        if not exited.done():
            await self.process.kill()
            return failure or diagnosis.of_hanging(SHUTDOWN_SECONDS)
        if failure is None and exited.result() != 0:
            return self._judge_end(exited.result())
        return failure

    def _judge_end(self, status: int | None) -> Failure | None:
        """A signal that ends a kernel which has answered for everything takes nothing away: a warning, no failure."""
        if self.process.is_leaving and status is not None and status < 0:
            self.journal.warn(f"the kernel {ending(status)} after its last cell, when all was done", self._last_words())
            return None
        return self._death("after its last cell")

    def _death(self, when: str, index: int | None = None, cell: Any = None) -> Failure:
        words = self._last_words()
        self.journal.quote(words)
        return diagnosis.of_death(self.process.exited.result(), when, words, index, cell)

    def _last_words(self) -> str:
        return file.plain(self.process.last_words())

    def process_message(self, *arguments: Any, **keywords: Any) -> Any:
        output = super().process_message(*arguments, **keywords)
        if output:
            self.journal.heard(output)
        return output

    def _keep_reply(self, execute_reply: Mapping[str, Any], **_: Any) -> None:
        self.reply = execute_reply["content"]

    async def _async_poll_kernel_alive(self) -> None:
        """The process itself tells when it ends; nobody has to ask every second."""
