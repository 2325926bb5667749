"""What is kept while a notebook runs: timings, the log, the file on disk, the news for whoever watches."""

import asyncio
import contextlib
import logging
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from miyabi_dw.engine import notebook as file
from miyabi_dw.engine.execution import CellProgress, CellTiming, Conditions, Failure, Notice

logger = logging.getLogger(__name__)

AUTOSAVE_SECONDS = 1.0
# A long notebook takes long to write: at most a tenth of the time goes into that.
AUTOSAVE_SHARE = 0.1


class Journal:
    """`notebook` and `failure` are set by the engine; without an `output` nothing is written here."""

    def __init__(self, conditions: Conditions, output: Path | None = None) -> None:
        self.conditions = conditions
        self.output = output
        self.notebook: Any = None
        self.failure: Failure | None = None
        self.engine: Literal["warm", "stock", "none"] = "none"
        self.engine_note = ""
        self.warnings: list[Notice] = []
        self.timings: list[CellTiming] = []
        self.completed = 0
        self._numbers: dict[int, int] = {}
        self._began = 0.0
        self._line = ""
        self._writing = 0.0
        self._pending: asyncio.TimerHandle | None = None
        if conditions.log is not None:
            conditions.log.parent.mkdir(parents=True, exist_ok=True)

    def opened(self, notebook: Any) -> None:
        self.notebook = notebook
        code = [index for index, cell in enumerate(notebook.cells) if file.is_code(cell)]
        self._numbers = {index: number for number, index in enumerate(code, start=1)}
        self._autosave()

    @property
    def total(self) -> int:
        return len(self._numbers)

    def is_asked(self, index: int) -> bool:
        return index in self._numbers

    def place(self, index: int) -> str:
        return f"cell {self._numbers[index]} of {self.total} ({self._name(index)})"

    def _name(self, index: int) -> str:
        return self.conditions.redact(file.cell_name(self.notebook.cells[index]))

    def cell_began(self, index: int) -> None:
        self._began = time.perf_counter()
        self.say(f"{self.place(index)}: running")
        self._tell(index, "running")

    def cell_ended(self, index: int, state: Literal["done", "failed"]) -> None:
        seconds = time.perf_counter() - self._began
        self.timings.append(CellTiming(index, self._name(index), seconds))
        self.completed += state == "done"
        self._end_line()
        self.say(f"{self.place(index)}: {state} in {seconds:.2f} s")
        logger.debug("%s: %s in %.2f s", self.place(index), state, seconds)
        self._save_soon()
        self._tell(index, state, seconds)

    def _tell(self, index: int, state: Literal["running", "done", "failed"], seconds: float | None = None) -> None:
        if self.conditions.on_cell is not None:
            number, now = self._numbers[index], datetime.now(UTC)
            self.conditions.on_cell(CellProgress(number, self.total, index, self._name(index), state, now, seconds))

    def heard(self, output: Any) -> None:
        """An output as it arrives; whole lines of a stream go to the log."""
        if output.output_type == "stream" and self.conditions.log is not None:
            *lines, self._line = (self._line + output.text).split("\n")
            for line in lines:
                self.say(f"  {line}")
        self._save_soon()

    def _end_line(self) -> None:
        if self._line:
            self.say(f"  {self._line}")
            self._line = ""

    def say(self, text: str) -> None:
        if self.conditions.log is not None:
            stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
            # A full disk must not stop the cells; it is reported when the notebook itself cannot be written.
            with contextlib.suppress(OSError), self.conditions.log.open("a", encoding="utf-8") as log:
                log.write(f"{stamp} {self.conditions.redact(file.plain(text))}\n")

    def warn(self, text: str, words: str) -> None:
        """Something that went wrong and took nothing away; `words` is what the kernel itself said of it."""
        self.warnings.append(Notice(text, words))
        self.say(f"warning: {text}")
        logger.info("warning: %s", text)
        self.quote(words)

    def quote(self, words: str) -> None:
        for line in words.splitlines():
            self.say(f"  {line}")

    def _save_soon(self) -> None:
        """Within a second, or a little later where writing itself takes long: a killed runner leaves what had run."""
        if self.output is not None and self._pending is None:
            delay = max(AUTOSAVE_SECONDS, self._writing / AUTOSAVE_SHARE)
            self._pending = asyncio.get_running_loop().call_later(delay, self._autosave)

    def _autosave(self) -> None:
        with contextlib.suppress(OSError):  # the last save is the one that has to succeed
            self.save()

    def save(self) -> None:
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None
        if self.output is not None and self.notebook is not None:
            began = time.perf_counter()
            file.write(self.notebook, self.output, self.conditions.redact)
            self._writing = time.perf_counter() - began
