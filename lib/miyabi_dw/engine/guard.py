"""What a kernel of ours adds to IPython: a shell escape that fails raises, and a failure is reported as data.

Runs inside the kernel. IPython prints a traceback for a person; the runner needs the exception's class, its message and
the frames of our own code, also where a magic such as %%capture lets the cell itself look successful.
"""

import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from miyabi_dw.common.errors import Frame, MiyabiError
from miyabi_dw.db.errors import code_of

FAILURE = "miyabi-failure"
PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Raised:
    """The exception that a cell raised, its bases up to Exception; `code` is for those who decide on a retry.

    `place` is where one of our own happened: a server, a table, a file.
    """

    error_class: str
    error_message: str
    code: str = ""
    error_bases: tuple[str, ...] = ()
    is_for_readers: bool = False
    remedy: str = ""
    frames: tuple[Frame, ...] = ()
    place: str = ""

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Self:
        """Reads what a kernel's guard has reported."""
        told = {name: value for name, value in payload.items() if name != "source"}
        told |= {"error_bases": tuple(payload["error_bases"])}
        return cls(**told | {"frames": tuple(Frame(**frame) for frame in payload["frames"])})

    def payload(self) -> Mapping[str, object]:
        """The report, as IPython sends it with the reply to a cell."""
        return {"source": FAILURE, **asdict(self)}


def install(shell: Any) -> None:
    shell.system_raise_on_error = True
    shell.events.register("post_run_cell", _Reporter(shell))


class _Reporter:
    def __init__(self, shell: Any) -> None:
        self._payloads = shell.payload_manager

    def __call__(self, result: Any) -> None:
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            self._payloads.write_payload(describe(error).payload())


def describe(error: BaseException) -> Raised:
    """The exception in fields, with the frames of our own code."""
    return Raised(
        qualified_name(type(error)),
        error.finding if isinstance(error, MiyabiError) else str(error),
        code_of(error) or "",
        tuple(qualified_name(base) for base in type(error).__mro__[1:-1]),
        isinstance(error, MiyabiError),
        str(getattr(error, "remedy", "") or ""),
        own_frames(error),
        error.where if isinstance(error, MiyabiError) else "",
    )


def qualified_name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def own_frames(error: BaseException) -> tuple[Frame, ...]:
    """The frames of this package in the order of the calls, files named from the source root."""
    return tuple(
        Frame(_from_root(frame.filename), frame.lineno or 0, frame.name, frame.line or "")
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(PACKAGE)
    )


def _from_root(file: str) -> str:
    return Path(file).relative_to(PACKAGE.parent).as_posix()
