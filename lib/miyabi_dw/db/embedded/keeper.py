"""The process that owns the embedded server: starts it, stops it when told or when nobody has used it for a while.

It belongs to nobody: whoever started it may end in any way. When it is killed itself, the kernel tells the server to
stop; should that fail, the next user's keeper adopts the server that is running.
"""

import argparse
import contextlib
import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from miyabi_dw.common.signals import on_signals
from miyabi_dw.db.embedded.account import server_account
from miyabi_dw.db.embedded.layout import Layout, read_postmaster

TICK_SECONDS = 2.0
LOOK_SECONDS = 30.0
START_SECONDS = 300
STOP_SECONDS = 60
SET_PARENT_DEATH_SIGNAL = 1


def main() -> int:
    """Returns, in the caller's process, when the server is ready; the keeper lives on in the background."""
    arguments = _arguments()
    told, tell = os.pipe()
    if os.fork():
        os.close(tell)
        return 0 if os.read(told, 1) else 1
    os.close(told)
    os.setsid()
    _keep(arguments, ready=lambda: _tell(tell))
    os._exit(0)


def _tell(pipe: int) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(pipe, b"1")
    os.close(pipe)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="miyabi-dw-keeper", description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--programs", type=Path, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--idle-seconds", type=float, required=True)
    return parser.parse_args()


def _keep(arguments: argparse.Namespace, ready: Callable[[], None]) -> None:
    layout = Layout(arguments.home)
    with layout.keeper_lock.open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        stop = _StopSign()
        with on_signals(stop.signalled):
            _end_unreachable(layout)
            server = _adopted(layout) or _started(layout, arguments)
            if _becomes_ready(layout, server):
                ready()
                _watch(layout, server, stop, arguments.idle_seconds)
            _end(server, signal.SIGINT if layout.data.exists() else signal.SIGQUIT)


class _StopSign:
    """Set by SIGTERM and its like; `wait` ends early when it is."""

    def __init__(self) -> None:
        self.is_set = False

    def signalled(self, _number: signal.Signals) -> None:
        self.is_set = True

    def wait(self, server: psutil.Process) -> bool:
        """Whether to stop: told so, or the server has ended by itself."""
        deadline = time.monotonic() + TICK_SECONDS
        while not self.is_set and time.monotonic() < deadline:
            with contextlib.suppress(psutil.TimeoutExpired):
                server.wait(timeout=0.2)
                return True
        return self.is_set


def _adopted(layout: Layout) -> psutil.Process | None:
    found = read_postmaster(layout)
    return running_server(found.pid, layout) if found else None


def _end_unreachable(layout: Layout) -> None:
    """A server without its socket serves nobody, and makes no other one."""
    if (server := _adopted(layout)) and _has_lost_socket(layout):
        _end(server, signal.SIGINT)


def _has_lost_socket(layout: Layout) -> bool:
    found = read_postmaster(layout)
    return found is not None and found.has_lost_socket


def running_server(pid: int, layout: Layout) -> psutil.Process | None:
    """The process `pid` if it is alive and serves this very directory; another one can have got its number since."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE or str(layout.data) not in process.cmdline():
            return None
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return process


def _started(layout: Layout, arguments: argparse.Namespace) -> psutil.Process:
    account = server_account(arguments.user)
    with layout.start_log.open("w") as log:
        child = subprocess.Popen(
            [arguments.programs / "postgres", "-D", layout.data],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            preexec_fn=_stop_with_parent,
            **account.switch,
        )
    return psutil.Process(child.pid)


def _stop_with_parent() -> None:
    """Asks the kernel (Linux) to end the server in good order when the keeper dies without having done so."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGINT)


def _becomes_ready(layout: Layout, server: psutil.Process) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = read_postmaster(layout)
        if found and found.pid == server.pid and found.is_ready:
            return True
        with contextlib.suppress(psutil.TimeoutExpired):
            server.wait(timeout=0.02)
            return False
    return False


def _watch(layout: Layout, server: psutil.Process, stop: _StopSign, idle_seconds: float) -> None:
    """Returns when the server is to end: told, gone, its data or socket deleted, or unused for `idle_seconds`.

    Whoever needs a server that has lost its socket starts it again.
    """
    last_use = last_look = time.monotonic()
    while not stop.wait(server) and (layout.data / "PG_VERSION").exists() and not _has_lost_socket(layout):
        # What is below /tmp and never touched gets swept away by the system.
        with contextlib.suppress(OSError):
            os.utime(layout.sockets)
        now = time.monotonic()
        # Looking for clients reads the whole process table: not more often than the answer matters.
        if idle_seconds and now - last_look > min(idle_seconds / 10, LOOK_SECONDS):
            last_look = now
            if _has_clients(server):
                last_use = now
            elif now - last_use > idle_seconds:
                return


def _has_clients(server: psutil.Process) -> bool:
    """A server process that serves a client on the socket shows [local] in its title."""
    for child in server.children():
        with contextlib.suppress(psutil.Error):
            if "[local]" in " ".join(child.cmdline()):
                return True
    return False


def _end(server: psutil.Process, first: signal.Signals) -> None:
    """Fast shutdown, then an immediate one; the second costs the next start a recovery and loses nothing."""
    for number in (first, signal.SIGQUIT, signal.SIGKILL):
        with contextlib.suppress(psutil.NoSuchProcess):
            server.send_signal(number)
        with contextlib.suppress(psutil.TimeoutExpired):
            server.wait(timeout=STOP_SECONDS)
            return


if __name__ == "__main__":
    sys.exit(main())
