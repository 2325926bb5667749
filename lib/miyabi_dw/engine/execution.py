"""What is known of a notebook's execution, as the runner saw it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from miyabi_dw.common.errors import Frame

Value = str | int | float | bool | None
Cause = Literal[
    "refused",  # the parameters do not fit; no kernel was started
    "no kernel",
    "cell raised",
    "kernel died",
    "cell timeout",
    "deadline",
    "cancelled",
    "hung",  # after the last cell
    "stopped early",
    "not written",  # all cells ran, the output notebook could not be saved
]


@dataclass(frozen=True)
class CellProgress:
    """`number` counts code cells from 1; `seconds` is known when the cell has ended."""

    number: int
    of: int
    index: int
    name: str
    state: Literal["running", "done", "failed"]
    at: datetime
    seconds: float | None = None


@dataclass(frozen=True)
class CellTiming:
    index: int
    name: str
    seconds: float


@dataclass(frozen=True)
class Failure:
    """Why it failed. `reason` is one sentence; `code` is for those who decide what to do about it."""

    cause: Cause
    reason: str
    cell_index: int | None = None
    cell_source: str = ""
    cell_name: str = ""
    error_class: str = ""
    error_bases: tuple[str, ...] = ()
    error_message: str = ""
    remedy: str = ""
    frames: tuple[Frame, ...] = ()
    code: str = ""
    place: str = ""

    def __post_init__(self) -> None:
        # The causes are codes too, for whatever has none of its own.
        object.__setattr__(self, "code", self.code or self.cause.replace(" ", "-"))


@dataclass(frozen=True)
class Notice:
    """What went wrong and took nothing away. `text` is one sentence, `words` what the kernel itself said of it."""

    text: str
    words: str = ""

    def __str__(self) -> str:
        return "\n".join(filter(None, (self.text, self.words)))


@dataclass(frozen=True)
class Execution:
    """`state` is what the runner observed, whatever the notebook says of itself.

    Cells are counted as executed: the injected parameters are one of them, markdown has an index and no number.
    """

    state: Literal["succeeded", "failed"]
    notebook: Path
    output: Path
    started: datetime
    finished: datetime
    engine: Literal["warm", "stock", "none"]
    engine_note: str
    cells_total: int
    cells_completed: int
    durations: tuple[CellTiming, ...] = ()
    failure: Failure | None = None
    warnings: tuple[Notice, ...] = ()

    @property
    def reason(self) -> str:
        return self.failure.reason if self.failure else ""

    @property
    def seconds(self) -> float:
        return (self.finished - self.started).total_seconds()


def unchanged(text: str) -> str:
    return text


@dataclass(frozen=True)
class Conditions:
    """Under what a notebook runs."""

    cwd: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    cell_timeout: float | None = None
    deadline: datetime | None = None
    on_cell: Callable[[CellProgress], None] | None = None
    warm: bool = True
    log: Path | None = None
    redact: Callable[[str], str] = unchanged
