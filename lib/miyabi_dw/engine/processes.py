"""Kernel processes as the runner holds them: started, watched by events, signalled, and ended for certain."""

import asyncio
import contextlib
import json
import logging
import os
import secrets
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.engine.directories import PrivateDirectory
from miyabi_dw.engine.imports import Imports
from miyabi_dw.engine.origins import Forked, Fresh
from miyabi_dw.engine.protocol import KernelSpec

logger = logging.getLogger(__name__)
CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
START_SECONDS = 120.0
# How much of its raw output is told of a kernel that crashed: lines, of which some before the crash report.
WORDS, BEFORE = 15, 5
TAIL = 65536  # bytes
CRASH = "Fatal Python error"
TOO_LONG = "Extension modules:"  # all that are loaded, in one line
QUIET = {"GX_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}


class KernelGone(MiyabiError):
    """The kernel ended, or stayed silent, before its first cell."""

    code = "no-kernel"


class KernelProcess:
    """One kernel, made and used within one event loop.

    `exited` has the exit status, negative for a signal, None when nobody could tell. `is_leaving` once the kernel has
    answered every cell and its shutdown: however it ends from there on, nothing is lost.
    """

    def __init__(self, cwd: Path, env: Mapping[str, str], imports: Imports = ()) -> None:
        self.loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = self.loop.create_future()
        self.exited: asyncio.Future[int | None] = self.loop.create_future()
        self.pid: int | None = None
        self.is_leaving = False
        self.private = PrivateDirectory()
        self.directory = self.private.path
        self.connection = connection(self.directory)
        self.raw_output = self.directory / "raw"
        self.spec = self._spec(cwd, env, imports)
        self.origin: Forked | Fresh | None = None

    def _spec(self, cwd: Path, env: Mapping[str, str], imports: Imports) -> KernelSpec:
        file = self.directory / "connection.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(self.connection))
        environment = {**os.environ, **QUIET, **env}
        return KernelSpec(str(file), str(self.directory), str(self.raw_output), str(cwd), environment, imports)

    def start_warm(self) -> None:
        """From the zygote; raises warm.Unavailable when there is none."""
        self.origin = Forked(self.loop, self.spec, self.heard)

    def start_fresh(self) -> None:
        self.origin = Fresh(self.loop, self.spec, self.heard)

    async def listening(self) -> None:
        """Returns once the kernel can be connected to; raises KernelGone when it never will."""
        events: set[asyncio.Future[Any]] = {self.ready, self.exited}
        await asyncio.wait(events, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not self.ready.done():
            fate = ending(self.exited.result()) if self.exited.done() else f"was silent for {START_SECONDS:g} s"
            raise KernelGone(f"the kernel {fate} before its first cell", self.last_words())

    def last_words(self) -> str:
        """What it wrote to its own error stream at the end: around the report of a crash handler, if there is one."""
        written = self.raw_output.read_bytes()[-TAIL:] if self.raw_output.exists() else b""
        lines = [line for line in written.decode(errors="replace").splitlines() if not line.startswith(TOO_LONG)]
        crash = next((at for at, line in reversed([*enumerate(lines)]) if line.startswith(CRASH)), None)
        return "\n".join(lines[-WORDS:] if crash is None else lines[max(crash - BEFORE, 0) : crash + WORDS]).strip()

    def heard(self, news: Mapping[str, Any]) -> None:
        self.pid = news.get("pid", self.pid)
        self.is_leaving = self.is_leaving or "leaving" in news
        if "pid" in news:
            logger.debug("kernel %s started", self.pid)
        if "ready" in news and not self.ready.done():
            self.ready.set_result(None)
        if "exit" in news and not self.exited.done():
            self._ended(news["exit"])

    def _ended(self, status: int | None) -> None:
        logger.debug("kernel %s %s", self.pid, ending(status))
        self.exited.set_result(status)
        if status is None and self.pid is not None:  # nobody is left to end the rest of its group
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def signal(self, number: int) -> None:
        """Reaches the kernel and every process of its group."""
        if self.origin is not None and not self.exited.done():
            self.origin.signal(number)

    async def kill(self) -> None:
        self.signal(signal.SIGKILL)
        if self.origin is not None:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.shield(self.exited), timeout=5)

    def release(self) -> None:
        """Lets go of everything; a kernel still alive is killed by this."""
        if self.origin is not None:
            self.origin.release()
        self.private.remove()


def ending(status: int | None) -> str:
    """How a process ended, as the rest of a sentence."""
    if status is None:
        return "vanished"
    if status >= 0:
        return f"ended with exit status {status}"
    return f"was killed by {signal.Signals(-status).name}"


def connection(directory: Path) -> dict[str, str | int]:
    """What Jupyter's clients and kernels read from a connection file."""
    ports = {f"{channel}_port": number for number, channel in enumerate(CHANNELS, start=1)}
    return {
        "transport": "ipc",
        "ip": str(directory / "k"),
        "key": secrets.token_hex(16),
        "signature_scheme": "hmac-sha256",
        "kernel_name": "python3",
        **ports,
    }
