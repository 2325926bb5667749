"""Why a run should stop: a signal, somebody's wish in the registry, another run in its place."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from miyabi_dw.common.errors import Busy, MiyabiError
from miyabi_dw.db.connection import Connection, DatabaseError
from miyabi_dw.orchestration.runner.lock import RunLock
from miyabi_dw.registry import FINAL, RunState

HEARTBEAT_SECONDS = 1.0


class Stop:
    """Set once, from a signal handler or any thread; the first reason stays."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.reason = ""
        self.state: RunState = "cancelled"

    def call(self, reason: str, state: RunState = "cancelled") -> None:
        if not self.event.is_set():
            self.reason, self.state = reason, state
            self.event.set()

    def signalled(self, number: signal.Signals) -> None:
        self.call(f"stopped by {number.name}")

    def is_called(self) -> bool:
        return self.event.is_set()

    def sleep(self, seconds: float) -> bool:
        """True when it was interrupted."""
        return self.event.wait(seconds)


@contextmanager
def watched(lock: RunLock, stop: Stop, beat: Callable[[Connection], None]) -> Iterator[None]:
    """While inside, a thread keeps the session alive, calls `beat` and looks for whoever wants the run to stop."""
    ended = threading.Event()
    thread = threading.Thread(target=_watch, args=(lock, stop, beat, ended), name="miyabi-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _watch(lock: RunLock, stop: Stop, beat: Callable[[Connection], None], ended: threading.Event) -> None:
    while not ended.wait(HEARTBEAT_SECONDS):
        try:
            seen = lock.heartbeat()
            beat(lock.connection)
        except Busy as error:
            stop.call(str(error), "lost")
            return
        except (MiyabiError, DatabaseError):
            # The server is away. The stage notices for itself, and so does the next beat when it is back.
            continue
        if seen.is_cancel_requested:
            stop.call("cancelled on request")
        elif seen.state in FINAL:
            stop.call("somebody else recorded this run as ended", "lost")
