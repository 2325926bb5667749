"""Why a notebook failed, in one sentence and in fields, from what the kernel and the process say."""

import signal
from collections.abc import Mapping, Sequence
from typing import Any

from miyabi_dw.engine import notebook as file
from miyabi_dw.engine.execution import Cause, Failure, Frame
from miyabi_dw.engine.guard import FAILURE
from miyabi_dw.engine.processes import ending

EXIT_REMEDY = "let the notebook run to its last cell; raise an error where it must not go on"


def of_cell(place: str, index: int, cell: Any, reply: Mapping[str, Any]) -> Failure | None:
    """None when nothing went wrong: the kernel's reply, what the guard noticed and the outputs agree on that."""
    payloads = {payload.get("source"): payload for payload in reply.get("payload", [])}
    if "ask_exit" in payloads:
        return _failure("cell raised", f"{place} ended the kernel with exit()", index, cell, error_class="SystemExit")
    noticed = payloads.get(FAILURE) or _from_output(cell) or _from_reply(reply)
    if noticed is None:
        return None
    kind, message = noticed["error_class"], noticed["error_message"]
    if kind == "SystemExit":
        noticed = {**noticed, "remedy": EXIT_REMEDY}
    first_line = message.strip().splitlines()[0] if message.strip() else "without a message"
    # Our own errors are sentences that say it all; others need to be told by whom and where.
    is_plain = noticed.get("is_for_readers", False)
    reason = first_line if is_plain else f"{place} raised {kind.rpartition('.')[2]}: {first_line}"
    return _failure("cell raised", reason, index, cell, **noticed)


def _from_output(cell: Any) -> dict[str, Any] | None:
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            return {"error_class": output.ename, "error_message": file.plain(output.evalue)}
    return None


def _from_reply(reply: Mapping[str, Any]) -> dict[str, Any] | None:
    if reply.get("status", "ok") == "ok":
        return None
    message = file.plain(str(reply.get("evalue") or reply["status"]))
    return {"error_class": str(reply.get("ename") or "Error"), "error_message": message}


def of_death(status: int | None, when: str, words: str, index: int | None = None, cell: Any = None) -> Failure:
    """`words` is what the kernel itself said at the end."""
    reason = f"the kernel {ending(status)} {when}"
    remedy = "look for a crash in native code, the machine's memory (dmesg), or somebody who killed it"
    code = "kernel-killed" if status == -signal.SIGKILL else "kernel-died"
    fields = {"error_class": "KernelDied", "error_message": words or reason, "remedy": remedy, "code": code}
    return _failure("kernel died", reason, index, cell, **fields)


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


def _failure(cause: Cause, reason: str, index: int | None, cell: Any, **fields: Any) -> Failure:
    frames: Sequence[Any] = fields.get("frames", ())
    return Failure(
        cause,
        reason,
        cell_index=index,
        cell_source=file.source(cell) if cell is not None else "",
        cell_name=file.cell_name(cell) if cell is not None else "",
        error_class=fields.get("error_class", ""),
        error_bases=tuple(fields.get("error_bases", ())),
        error_message=fields.get("error_message", reason),
        remedy=fields.get("remedy", ""),
        code=fields.get("code", ""),
        frames=tuple(frame if isinstance(frame, Frame) else Frame(**frame) for frame in frames),
    )
