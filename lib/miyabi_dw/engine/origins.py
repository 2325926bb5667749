"""The two ways a kernel comes to be: a fork of the zygote, or a process of its own that imports everything itself.

Both take orders as signals and report news (`pid`, `ready`, `leaving`, `exit`) within the event loop they were made in.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from miyabi_dw.engine import warm
from miyabi_dw.engine.protocol import SIGNALS, KernelSpec

START = f"import sys; sys.path.append({str(warm.SOURCE_ROOT)!r}); from miyabi_dw.engine.kernel import main; main()"
# Reads until the runner is gone, then ends what the kernel would leave behind.
WATCH = 'read _; kill -s KILL -- "-$1"; rm -rf -- "$2"'
News = Callable[[Mapping[str, Any]], None]
Loop = asyncio.AbstractEventLoop


class Lifeline:
    """The socket on which a kernel, and the zygote that speaks for it, tell the runner lines of JSON.

    `at_end` is the news when nobody is left on the other side.
    """

    def __init__(self, loop: Loop, tell: News, at_end: Mapping[str, Any]) -> None:
        self.loop, self.tell, self.at_end = loop, tell, at_end
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self._unread = b""

    def listen(self) -> None:
        self.theirs.close()
        self.loop.add_reader(self.ours, self.read)

    def read(self) -> None:
        if self.ours.fileno() < 0:
            return
        try:
            piece = self.ours.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        *lines, self._unread = (self._unread + piece).split(b"\n")
        for line in lines:
            self.tell(json.loads(line))
        if not piece:
            self.loop.remove_reader(self.ours)
            self.tell(self.at_end)

    def close(self) -> None:
        self.loop.remove_reader(self.ours)
        self.ours.close()
        self.theirs.close()


class Forked:
    """A child of the zygote, which speaks for it on the lifeline."""

    def __init__(self, loop: Loop, spec: KernelSpec, tell: News) -> None:
        self.lifeline = Lifeline(loop, tell, {"exit": None})
        try:
            warm.request(spec, self.lifeline.theirs)
        except warm.Unavailable:
            self.lifeline.close()
            raise
        self.lifeline.listen()

    def signal(self, number: int) -> None:
        order = next(order for order, known in SIGNALS.items() if known == number)
        with contextlib.suppress(OSError):
            self.lifeline.ours.send(order)

    def release(self) -> None:
        self.lifeline.close()


class Fresh:
    """For where there is nothing to fork from."""

    def __init__(self, loop: Loop, spec: KernelSpec, tell: News) -> None:
        self.loop, self.tell = loop, tell
        self.lifeline = Lifeline(loop, tell, {})
        file = Path(spec.directory) / "spec.json"
        file.touch(mode=0o600)
        file.write_text(spec.as_json())
        theirs = self.lifeline.theirs.fileno()
        with Path(spec.raw_output).open("ab") as raw_output:
            self.popen = subprocess.Popen(
                [sys.executable, "-c", START, str(file), str(theirs), str(os.getpid())],
                pass_fds=[theirs],
                env=spec.env,
                cwd=spec.cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=raw_output,
                start_new_session=True,
            )
        self.watch = subprocess.Popen(
            ["/bin/sh", "-c", WATCH, "watch", str(self.popen.pid), spec.directory],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.tell({"pid": self.popen.pid})
        self.lifeline.listen()
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        status = self.popen.wait()
        self._to_group(signal.SIGKILL)
        with contextlib.suppress(RuntimeError):  # the loop may be gone
            self.loop.call_soon_threadsafe(self._ended, status)

    def _ended(self, status: int) -> None:
        self.lifeline.read()  # what it said before comes before its end
        self.tell({"exit": status})

    def _to_group(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.popen.pid, number)

    def signal(self, number: int) -> None:
        self._to_group(number)

    def release(self) -> None:
        if self.popen.poll() is None:
            self._to_group(signal.SIGKILL)
        self.watch.kill()
        self.watch.communicate()
        self.lifeline.close()
