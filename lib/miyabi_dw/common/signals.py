"""SIGINT, SIGTERM and SIGHUP as a wish to stop in good order, for as long as there is something to stop."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def on_signals(stop: Callable[[signal.Signals], None]) -> Iterator[None]:
    """While inside, a signal calls `stop` instead of ending the process; whoever listened before hears it too.

    Only the main thread can listen; elsewhere this changes nothing. A hang-up that is ignored, as `nohup` asks for,
    stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in STOPPING}
    if before[signal.SIGHUP] is signal.SIG_IGN:
        del before[signal.SIGHUP]

    def called(number: int, frame: FrameType | None) -> None:
        stop(signal.Signals(number))
        earlier = before[signal.Signals(number)]
        if callable(earlier) and earlier is not signal.default_int_handler:
            earlier(number, frame)

    for number in before:
        signal.signal(number, called)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def process_exists(pid: int) -> bool:
    """Whether this host has a process of that number, whosever it is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
