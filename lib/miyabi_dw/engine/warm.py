"""The runner's hold on its zygote: one for each runner, started when first wanted, gone with it."""

import atexit
import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from miyabi_dw.common.errors import BadRequest, MiyabiError
from miyabi_dw.common.paths import BASE
from miyabi_dw.engine import notebook as file
from miyabi_dw.engine.imports import Imports, imports_of
from miyabi_dw.engine.protocol import READY, KernelSpec, send_request

logger = logging.getLogger(__name__)
SOURCE_ROOT = Path(__file__).resolve().parents[2]
START = f"import sys; sys.path.append({str(SOURCE_ROOT)!r}); from miyabi_dw.engine.zygote import main; main()"
STARTED_WITHIN = 60.0
# Each of these libraries starts threads or telemetry on import unless told not to.
SINGLE_THREADED = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "GX_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}


class Unavailable(MiyabiError):
    """No zygote; the message says why."""

    code = "no-kernel"


@dataclass
class _Zygote:
    owner: int
    popen: subprocess.Popen[bytes]
    control: socket.socket
    complaints: IO[bytes]
    ready: bool = False

    def wait_until_ready(self) -> None:
        if self.ready:
            return
        self.control.settimeout(STARTED_WITHIN)
        with contextlib.suppress(OSError):
            self.ready = self.control.recv(1) == READY
        self.control.settimeout(None)
        if not self.ready:
            raise Unavailable("the zygote did not come up", self._last_words())

    def _last_words(self) -> str:
        self.complaints.seek(0)
        lines = self.complaints.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def close(self) -> None:
        self.control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(timeout=2)
        if self.popen.returncode is None:
            self.popen.kill()
            self.popen.wait()
        self.complaints.close()


_lock = threading.Lock()
_current: _Zygote | None = None
_given_up: Unavailable | None = None


def warm_up(*notebooks: Path) -> None:
    """Starts the zygote and does not wait for it; it imports what these notebooks are going to need.

    Raises Unavailable where there is no fork. A notebook that cannot be read is left to its execution to complain of.
    """
    imports = imports_of(source for path in notebooks for source in _sources(path))
    with _lock:
        _started(imports)


def _sources(notebook: Path) -> list[str]:
    with contextlib.suppress(BadRequest):
        return [cell["source"] for cell in file.read(notebook)["cells"] if file.is_code(cell)]
    return []


def cool_down() -> None:
    """Ends the zygote and every kernel forked from it; the next execution starts another."""
    global _current, _given_up
    with _lock:
        if _current is not None and _current.owner == os.getpid():
            _current.close()
        _current, _given_up = None, None


def request(spec: KernelSpec, lifeline: socket.socket) -> None:
    """Asks for a kernel; one that imports what takes long is forked once the zygote's twin has imported it."""
    with _lock:
        zygote = _listening(spec.imports)
        try:
            send_request(zygote.control, spec.as_json().encode(), lifeline.fileno())
        except OSError as error:
            raise Unavailable("the zygote is gone", str(error)) from error


def _listening(imports: Imports) -> _Zygote:
    """One that does not come up once will not come up a minute later either, so it is not tried again."""
    global _given_up
    if _given_up is not None:
        raise _given_up
    zygote = _started(imports)
    try:
        zygote.wait_until_ready()
    except Unavailable as error:
        _given_up = error
        raise
    return zygote


def _started(imports: Imports) -> _Zygote:
    """The zygote there is, whatever it has imported, else a new one."""
    global _current
    if not hasattr(os, "fork") or not hasattr(socket, "send_fds"):
        raise Unavailable("this platform has no fork")
    alive = _current is not None and _current.owner == os.getpid() and _current.popen.poll() is None
    if _current is None or not alive:
        _current = _start(imports)
    return _current


def _start(imports: Imports) -> _Zygote:
    control, theirs = socket.socketpair()
    complaints = tempfile.TemporaryFile()  # noqa: SIM115 - read when the zygote fails, closed with it
    with theirs:
        popen = subprocess.Popen(
            [sys.executable, "-c", START, str(theirs.fileno()), json.dumps(imports)],
            pass_fds=[theirs.fileno()],
            env={**os.environ, **SINGLE_THREADED},
            # Its kernels find project and settings as this process does.
            cwd=BASE,
            stdin=subprocess.DEVNULL,
            stdout=complaints,
            stderr=complaints,
            start_new_session=True,
        )
    logger.debug("zygote %s started for imports of %s", popen.pid, sorted({module for module, _ in imports}))
    return _Zygote(os.getpid(), popen, control, complaints)


atexit.register(cool_down)
