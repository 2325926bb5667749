"""The two ways a kernel comes to be: a fork of the zygote, or a process of its own that imports everything anew.

Both take orders as signals and report news (`pid`, `ready`, `exit`) within the event loop they were made in.
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
from miyabi_dw.engine.protocol import SIGNALS

START = f"import sys; sys.path.append({str(warm.SOURCE_ROOT)!r}); from miyabi_dw.engine.kernel import main; main()"
# Reads until the runner is gone, then ends what the kernel would leave behind.
WATCH = 'read _; kill -s KILL -- "-$1"; rm -rf -- "$2"'
News = Callable[[Mapping[str, Any]], None]
Loop = asyncio.AbstractEventLoop


class Forked:
    """A child of the zygote, which speaks for it on the lifeline."""

    def __init__(self, loop: Loop, spec: Mapping[str, Any], tell: News, which: bytes) -> None:
        self.loop, self.tell = loop, tell
        self.lifeline, theirs = socket.socketpair()
        self.unread = b""
        try:
            warm.request(json.dumps(spec).encode(), theirs, which)
        except warm.Unavailable:
            self.lifeline.close()
            raise
        finally:
            theirs.close()
        self.lifeline.setblocking(False)
        self.loop.add_reader(self.lifeline, self._on_lifeline)

    def _on_lifeline(self) -> None:
        try:
            piece = self.lifeline.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        *lines, self.unread = (self.unread + piece).split(b"\n")
        for line in lines:
            self.tell(json.loads(line))
        if not piece:
            self.loop.remove_reader(self.lifeline)
            self.tell({"exit": None})

    def signal(self, number: int) -> None:
        order = next(order for order, known in SIGNALS.items() if known == number)
        with contextlib.suppress(OSError):
            self.lifeline.send(order)

    def release(self) -> None:
        self.loop.remove_reader(self.lifeline)
        self.lifeline.close()


class Fresh:
    """For where there is nothing to fork from."""

    def __init__(self, loop: Loop, spec: Mapping[str, Any], tell: News) -> None:
        self.loop, self.tell = loop, tell
        self.lifeline, theirs = socket.socketpair()
        file = Path(spec["directory"]) / "spec.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(spec))
        with theirs, Path(spec["raw_output"]).open("ab") as raw_output:
            self.popen = subprocess.Popen(
                [sys.executable, "-c", START, str(file), str(theirs.fileno()), str(os.getpid())],
                pass_fds=[theirs.fileno()],
                env=spec["env"],
                cwd=spec["cwd"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=raw_output,
                start_new_session=True,
            )
        self.watch = subprocess.Popen(
            ["/bin/sh", "-c", WATCH, "watch", str(self.popen.pid), spec["directory"]],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.tell({"pid": self.popen.pid})
        self.loop.add_reader(self.lifeline, self._on_lifeline)
        threading.Thread(target=self._wait, daemon=True).start()

    def _on_lifeline(self) -> None:
        self.loop.remove_reader(self.lifeline)
        if self.lifeline.recv(64):
            self.tell({"ready": True})

    def _wait(self) -> None:
        status = self.popen.wait()
        self._to_group(signal.SIGKILL)
        with contextlib.suppress(RuntimeError):  # the loop may be gone
            self.loop.call_soon_threadsafe(self.tell, {"exit": status})

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
        self.loop.remove_reader(self.lifeline)
        self.lifeline.close()
