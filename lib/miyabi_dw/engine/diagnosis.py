"""Why a notebook failed, in one sentence and in fields, from what the kernel and the process say."""

import signal
from collections.abc import Mapping
from typing import Any

from miyabi_dw.common.errors import Frame
from miyabi_dw.engine import notebook as file
from miyabi_dw.engine.execution import Cause, Failure
from miyabi_dw.engine.guard import FAILURE, Raised
from miyabi_dw.engine.processes import ending

EXIT_REMEDY = "let the notebook run to its last cell; raise an error where it must not go on"


def of_cell(place: str, index: int, cell: Any, reply: Mapping[str, Any]) -> Failure | None:
    """None when nothing went wrong: the kernel's reply, what the guard noticed and the outputs agree on that."""
    payloads = {payload.get("source"): payload for payload in reply.get("payload", [])}
    if "ask_exit" in payloads:
        return _failure("cell raised", f"{place} ended the kernel with exit()", index, cell, error_class="SystemExit")
    reported = payloads.get(FAILURE)
    raised = Raised.from_payload(reported) if reported else _from_output(cell) or _from_reply(reply)
    if raised is None:
        return None
    return _failure(
        "cell raised",
        _reason(place, raised),
        index,
        cell,
        error_class=raised.error_class,
        error_bases=raised.error_bases,
        error_message=raised.error_message,
        remedy=EXIT_REMEDY if raised.error_class == "SystemExit" else raised.remedy,
        code=raised.code,
        frames=raised.frames,
        place=raised.place,
    )


def _reason(place: str, raised: Raised) -> str:
    """Our own errors are sentences that say it all; others need to be told by whom and where."""
    message = raised.error_message.strip()
    first_line = message.splitlines()[0] if message else "without a message"
    if raised.is_for_readers:
        return first_line
    return f"{place} raised {raised.error_class.rpartition('.')[2]}: {first_line}"


def _from_output(cell: Any) -> Raised | None:
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            return Raised(output.ename, file.plain(output.evalue))
    return None


def _from_reply(reply: Mapping[str, Any]) -> Raised | None:
    if reply.get("status", "ok") == "ok":
        return None
    return Raised(str(reply.get("ename") or "Error"), file.plain(str(reply.get("evalue") or reply["status"])))


def of_death(status: int | None, when: str, words: str, index: int | None = None, cell: Any = None) -> Failure:
    """`words` is what the kernel itself said at the end."""
    reason = f"the kernel {ending(status)} {when}"
    remedy = "look for a crash in native code, the machine's memory (dmesg), or somebody who killed it"
    code = "kernel-killed" if status == -signal.SIGKILL else "kernel-died"
    return _failure(
        "kernel died", reason, index, cell,
        error_class="KernelDied", error_message=words or reason, remedy=remedy, code=code,
    )  # fmt: skip


def of_halt(cause: Cause, reason: str, index: int | None, cell: Any, interrupted: Failure | None) -> Failure:
    """With the place where the interrupt met the code, when the kernel could still say."""
    frames = interrupted.frames if interrupted else ()
    return _failure(cause, reason, index, cell, error_class="KeyboardInterrupt", error_message=reason, frames=frames)


def of_silence(reason: str, index: int, cell: Any) -> Failure:
    return _failure("kernel died", reason, index, cell, error_class="KernelSilent")


def of_hanging(seconds: float) -> Failure:
    reason = f"the kernel did not end within {seconds:g} s of its last cell and was killed"
    remedy = "look for threads that are never joined and for exit handlers that wait"
    return _failure("hung", reason, None, None, error_class="KernelHung", remedy=remedy)


def _failure(
    cause: Cause, reason: str, index: int | None, cell: Any, *, error_class: str, error_message: str | None = None,
    error_bases: tuple[str, ...] = (), remedy: str = "", code: str = "", frames: tuple[Frame, ...] = (),
    place: str = "",
) -> Failure:  # fmt: skip
    return Failure(
        cause,
        reason,
        cell_index=index,
        cell_source=file.source(cell) if cell is not None else "",
        cell_name=file.cell_name(cell) if cell is not None else "",
        error_class=error_class,
        error_bases=error_bases,
        error_message=reason if error_message is None else error_message,
        remedy=remedy,
        code=code,
        frames=frames,
        place=place,
    )
