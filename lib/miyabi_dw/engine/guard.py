"""What a kernel of ours adds to IPython: a shell escape that fails raises, and a failure is reported as data.

Runs inside the kernel. IPython prints a traceback for a person; the runner needs the exception's class, its message and
the frames of our own code, also where a magic such as %%capture lets the cell itself look successful.
"""

import traceback
from pathlib import Path
from typing import Any

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.db.errors import code_of

FAILURE = "miyabi-failure"
PACKAGE = Path(__file__).resolve().parents[1]


def install(shell: Any) -> None:
    shell.system_raise_on_error = True
    shell.events.register("post_run_cell", _Reporter(shell))


class _Reporter:
    def __init__(self, shell: Any) -> None:
        self._payloads = shell.payload_manager

    def __call__(self, result: Any) -> None:
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            self._payloads.write_payload({"source": FAILURE, **describe(error)})


def describe(error: BaseException) -> dict[str, Any]:
    """The exception as JSON: code (for those who decide on a retry), class, bases, message, remedy, our frames."""
    return {
        "code": code_of(error),
        "error_class": qualified_name(type(error)),
        "error_bases": [qualified_name(base) for base in type(error).__mro__[1:-1]],
        "error_message": error.finding if isinstance(error, MiyabiError) else str(error),
        "is_for_readers": isinstance(error, MiyabiError),
        "remedy": str(getattr(error, "remedy", "") or ""),
        "frames": own_frames(error),
    }


def qualified_name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def own_frames(error: BaseException) -> list[dict[str, Any]]:
    """The frames of this package in the order of the calls, files named from the source root."""
    return [
        {
            "file": Path(frame.filename).relative_to(PACKAGE.parent).as_posix(),
            "line": frame.lineno,
            "function": frame.name,
            "code": frame.line or "",
        }
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(PACKAGE)
    ]
