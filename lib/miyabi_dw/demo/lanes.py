"""Many runs of the demonstration, two at a time, in processes whose kernels stay warm from run to run."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from miyabi_dw.demo.days import Planned
from miyabi_dw.engine import Unavailable, warm_up
from miyabi_dw.operations.past import DAILY, page_of
from miyabi_dw.orchestration import api
from miyabi_dw.orchestration.backfill.executors import processes
from miyabi_dw.orchestration.runner.result import RunResult
from miyabi_dw.registry.declarations import load_declarations

LANES = 2

Progress = Callable[[str, int, int], None]


@contextmanager
def lanes() -> Iterator[Executor]:
    """Processes that import what a run needs while something else goes on."""
    with processes(LANES) as executor:
        for _ in range(LANES):
            executor.submit(warm)
        yield executor


def run_all(executor: Executor, planned: Sequence[Planned], zone: ZoneInfo, progress: Progress) -> None:
    """Begun in this order, whichever ends first; StageFailed when one of them fails, and no further one is begun."""
    begun = {executor.submit(_run, each): each for each in planned}
    try:
        for done, future in enumerate(as_completed(begun), start=1):
            page_of(future.result())
            progress(begun[future].told(zone), done, len(begun))
    finally:
        for future in begun:
            future.cancel()


def warm() -> None:
    """Has this process's kernels import, beside whatever it does meanwhile, what a daily run needs."""
    with contextlib.suppress(Unavailable):
        warm_up(*load_declarations()[DAILY].stages)


def _run(planned: Planned) -> RunResult:
    return api.run(planned.pipeline, as_of=planned.as_of, trigger="demo", beside_others=True)
