"""Makes the runs of a plan, a few at a time; can be stopped at any moment and taken up again with a new plan."""

import time
from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import partial

from miyabi_dw.common.errors import Busy
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.signals import on_signals
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db import locks
from miyabi_dw.db.connection import Database
from miyabi_dw.db.statements import run_count
from miyabi_dw.orchestration.backfill.cluster import cluster
from miyabi_dw.orchestration.backfill.executors import processes, run_chunk
from miyabi_dw.orchestration.backfill.plan import Plan, halves
from miyabi_dw.orchestration.runner.result import RunResult
from miyabi_dw.orchestration.runner.stop import Stop
from miyabi_dw.registry import new_run_id
from miyabi_dw.registry.declarations import Pipeline

LOOK_SECONDS = 0.2
# A machine without the memory for its workers kills them again and again.
MOST_KILLS = 3


@dataclass
class Outcome:
    """`failed` holds the results of runs that did not succeed; `left` counts runs that were not begun."""

    backfill_id: str
    succeeded: int = 0
    failed: list[RunResult] = field(default_factory=list)
    left: int = 0
    seconds: float = 0.0
    stopped: str = ""

    @property
    def exit_status(self) -> int:
        return 1 if self.failed or self.left or self.stopped else 0

    def as_json(self) -> dict[str, object]:
        return {**vars(self), "failed": [each.as_json() for each in self.failed], "exit_status": self.exit_status}


@dataclass(frozen=True)
class Progress:
    """Told after every run; `seconds_to_go` is None until one has succeeded."""

    done: int
    failed: int
    left: int
    seconds_to_go: float | None
    last: RunResult

    @property
    def sentence(self) -> str:
        to_go = f", about {self.seconds_to_go:.0f} s to go" if self.seconds_to_go is not None and self.left else ""
        return f"{self.done} done, {self.failed} failed, {self.left} left{to_go}"


Listener = Callable[[Progress], None]
# Called a few times a second with the backfill's identifier and what is being run.
Look = Callable[[str, Collection[Interval]], None]
Where = Callable[[], AbstractContextManager[Executor]]


@dataclass
class Work:
    """The plan on its way."""

    settings: Settings
    plan: Plan
    tell: Listener
    outcome: Outcome
    waiting: deque[Interval]
    look: Look
    running: dict["Future[RunResult]", Interval] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    is_broken: bool = False

    def go(self, executor: Executor, stop: Stop, cancel: Callable[[], None]) -> None:
        """Until all is done or it is to stop; BrokenProcessPool when a process was killed, which ends the others."""
        self.is_broken = False
        while self.running or (self.waiting and not self.is_broken and not stop.is_called()):
            while self.waiting and len(self.running) < self.plan.workers and not (self.is_broken or stop.is_called()):
                self._submit(executor, self.waiting.popleft())
            self.look(self.outcome.backfill_id, self.running.values())
            finished, _ = wait(self.running, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
            for future in finished:
                self._take(future, self.running.pop(future), stop)
            if stop.is_called() and not self.outcome.stopped:
                self.outcome.stopped = stop.reason
                cancel()
        self.outcome.left = len(self.waiting)
        self.outcome.seconds = time.monotonic() - self.began
        if self.is_broken:
            raise BrokenProcessPool

    def _submit(self, executor: Executor, chunk: Interval) -> None:
        try:
            self.running[self._submitted(executor, chunk)] = chunk
        except BrokenProcessPool:
            self._put_back(chunk)

    def _put_back(self, chunk: Interval) -> None:
        self.is_broken = True
        self.waiting.appendleft(chunk)

    def _submitted(self, executor: Executor, chunk: Interval) -> "Future[RunResult]":
        words = (chunk.start.isoformat(), chunk.end.isoformat(), self.plan.as_of.isoformat())
        return executor.submit(run_chunk, self.plan.pipeline.name, *words, self.outcome.backfill_id)

    def _take(self, future: "Future[RunResult]", chunk: Interval, stop: Stop) -> None:
        try:
            result = _result(future, self.plan.pipeline, chunk)
        except CancelledError:
            # Nobody here cancels a run like that: a client of Dask does when its scheduler is gone.
            self.waiting.appendleft(chunk)
            stop.call("the Dask scheduler has ended: start it again with `dask scheduler`")
            return
        except BrokenProcessPool:
            self._put_back(chunk)
            return
        if result.is_good:
            self.outcome.succeeded += 1
        elif not self._split(result, chunk):
            self.outcome.failed.append(result)
        self.tell(self._progress(result))

    def _split(self, result: RunResult, chunk: Interval) -> bool:
        """A gate that fails holds up its whole run, so a wide one is halved until only the bad days are left out."""
        parts = halves(chunk, self.plan.pipeline, self.settings)
        if result.error_code != "gate-failed" or len(parts) == 1:
            return False
        self.waiting.extendleft(reversed(parts))
        return True

    def _progress(self, last: RunResult) -> Progress:
        left = len(self.waiting) + len(self.running)
        done = self.outcome.succeeded
        each = (time.monotonic() - self.began) / done if done else None
        return Progress(done, len(self.outcome.failed), left, each * left if each is not None else None, last)


def _result(future: "Future[RunResult]", pipeline: Pipeline, chunk: Interval) -> RunResult:
    try:
        return future.result()
    except (BrokenProcessPool, CancelledError):
        raise
    except Exception as error:  # noqa: BLE001 - a run that could not begin is one that failed
        return RunResult("", pipeline.name, chunk, "failed", " ".join(str(error).split()))


def run_plan(
    settings: Settings, plan: Plan, *, scheduler: str | None = None, tell: Listener = lambda _: None,
    look: Look = lambda *_: None,
) -> Outcome:  # fmt: skip
    """Makes all runs of the plan; Busy when another backfill of the pipeline is at work."""
    outcome = Outcome(new_run_id("backfill"))
    work = Work(settings, plan, tell, outcome, deque(plan.chunks), look)
    stop = Stop()
    database = Database(settings)
    where: Where = partial(cluster, settings, scheduler) if scheduler else partial(processes, plan.workers)
    name = f"miyabi-dw-backfill:{plan.pipeline.name}"
    with on_signals(stop.signalled), database.connect("etl", application_name=name, autocommit=True) as connection:
        locks.outlive_silence(connection)
        with locks.advisory_lock(connection, locks.backfill(plan.pipeline.name), wait=0) as is_alone:
            if not is_alone:
                name = plan.pipeline.name
                raise Busy(f"another backfill of {name} is at work", remedy="wait for its end, or stop it")
            _work(work, where, stop, lambda: _cancel(database, outcome.backfill_id))
    return outcome


def _work(work: Work, where: Where, stop: Stop, cancel: Callable[[], None]) -> None:
    """What a killed process was at is begun again in a fresh one; the run that it was making is lost."""
    for _ in range(MOST_KILLS):
        with suppress(BrokenProcessPool), where() as executor:
            work.go(executor, stop, cancel)
            return
    work.outcome.stopped = work.outcome.stopped or f"worker processes were killed {MOST_KILLS} times"


def _cancel(database: Database, backfill_id: str) -> None:
    with database.connect("etl", autocommit=True) as connection:
        run_count(connection, "orchestration/backfill/cancel", {"backfill_id": backfill_id})
