"""Where the runs of a backfill are made: in processes of this host, or on the workers of a Dask cluster."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from miyabi_dw.common.errors import BadRequest, ConnectionFailed

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


@contextmanager
def processes(workers: int) -> Iterator[Executor]:
    """Fresh processes: a forked one would share the parent's connections. Where one was killed, none is left."""
    context, others = multiprocessing.get_context("spawn"), multiprocessing.active_children()
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_follow_the_parent)
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


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The workers of a Dask cluster; each needs this package, the notebooks and its own settings.

    What a worker was at when it died goes to another one: its run is lost and its lock free. A run that failed is not
    repeated; whether it may be is for the runner to say.
    """
    with _client(address) as client:
        yield client.get_executor(pure=False, retries=0)


def count_workers(address: str) -> int:
    """How many runs the cluster at that address makes at once: one for each thread of its workers."""
    with _client(address) as client:
        count = sum(client.nthreads().values())
    if not count:
        raise BadRequest("the Dask cluster has no worker", address, f"start some: dask worker {address} --nworkers 2")
    return int(count)


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise BadRequest(
            "a Dask cluster needs the package distributed", "--scheduler", "pip install 'miyabi-dw[dask]'"
        ) from None
    try:
        return Client(address, timeout=10, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise ConnectionFailed(
            "no Dask scheduler answers there", address, "start it with `dask scheduler`, or correct the address"
        ) from error
