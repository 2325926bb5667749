"""One run of a backfill, in whatever process makes it, and the processes of this host that do."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from miyabi_dw.orchestration.runner.result import RunResult


def run_chunk(name: str, start: str, end: str, as_of: str, backfill_id: str) -> "RunResult":
    """One run, in whatever process this is called; settings are those of that process."""
    from miyabi_dw.common import timeframe
    from miyabi_dw.orchestration import api

    return api.run(
        name,
        interval=timeframe.parse_interval(start, end),
        as_of=timeframe.parse_moment(as_of),
        trigger="backfill",
        parent_run_id=backfill_id,
        beside_others=True,
    )


P = ParamSpec("P")
T = TypeVar("T")


class _Pool(ProcessPoolExecutor):
    """Sees the end of each of its processes.

    The class below looks which there are when it is given something to do, and starts another one only after that
    look: when that one is killed nobody would know for as long as the others work.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        future = super().submit(fn, *args, **kwargs)
        super().submit(_nothing)
        return future


def _nothing() -> None:
    """What a process does so that its pool looks at it."""


@contextmanager
def processes(workers: int) -> Iterator[Executor]:
    """Fresh processes: a forked one would share the parent's connections. Where one was killed, none is left."""
    context, others = multiprocessing.get_context("spawn"), multiprocessing.active_children()
    pool = _Pool(workers, mp_context=context, initializer=_follow_the_parent)
    try:
        yield pool
    except BrokenProcessPool:
        # Told to end in good order they could wait for ever for a lock that the killed one had.
        for worker in set(multiprocessing.active_children()).difference(others):
            worker.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _follow_the_parent() -> None:
    """Interrupts are for the parent to hear; its end, however it comes, ends this process with all that it started."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    """Waits on a pipe that the parent alone holds open, so this works wherever there are pipes."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGKILL)
