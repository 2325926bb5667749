"""What a run tells while it goes on, to a terminal, a log file or nobody."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

Kind = Literal["run", "stage", "cell", "retry", "recovered", "waiting", "problem", "progress", "end"]


@dataclass(frozen=True, slots=True)
class Event:
    """`text` is a sentence for people; the other fields are for progress bars."""

    kind: Kind
    run_id: str
    text: str
    stage: str = ""
    position: int = 0
    of: int = 0
    cell: int = 0
    cells: int = 0


Listener = Callable[[Event], None]


def nobody(event: Event) -> None:
    """Where nothing is shown."""


def log_path(home: Path, run_id: str) -> Path:
    return home / "logs" / "runs" / f"{run_id}.log"


class Log:
    """Writes events to the run's log file; a full disk stops the log and not the run.

    Cells are left out: the engine writes of them itself, with their names and how long they took.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, event: Event) -> None:
        if event.kind == "cell":
            return
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"{stamp} {event.text}\n")
        except OSError:
            return


def both(*listeners: Listener) -> Listener:
    def tell(event: Event) -> None:
        for listener in listeners:
            listener(event)

    return tell
