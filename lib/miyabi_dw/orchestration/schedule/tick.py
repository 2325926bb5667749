"""One look at the clock: starts a worker for each pipeline that has something to do, and says what did not happen."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from miyabi_dw import alerts
from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.files import rename
from miyabi_dw.common.paths import BASE
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import locks, migrations
from miyabi_dw.db.connection import Connection, Database, DatabaseError
from miyabi_dw.orchestration import api
from miyabi_dw.orchestration.runner import alarm, recover_lost
from miyabi_dw.orchestration.runner.events import Listener, nobody
from miyabi_dw.orchestration.schedule import missed
from miyabi_dw.orchestration.schedule.due import FRESH, begin, claim, close, due_runs, pass_over
from miyabi_dw.orchestration.schedule.slots import slot
from miyabi_dw.registry.declarations import Declarations, Pipeline
from miyabi_dw.registry.intervals import Due

LONGEST_LOG = 5_000_000
Clock = Callable[[], datetime]
Start = Callable[[Settings, Pipeline, str], None]


@dataclass
class Tick:
    """What one tick found and did, pipelines by name."""

    started: dict[str, int] = field(default_factory=dict)
    busy: list[str] = field(default_factory=list)
    paused: list[str] = field(default_factory=list)
    passed_over: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """One sentence for each thing worth a line in a log."""
        return [
            *(f"{name}: started a worker for {count} due run(s)" for name, count in self.started.items()),
            *(f"{name}: {count} due run(s) are too many or too old to make up for, use backfill"
              for name, count in self.passed_over.items()),
            *(f"{run_id}: was lost" for run_id in self.lost),
            *self.missed,
            *self.refused,
        ]  # fmt: skip


def tick(settings: Settings, declared: Declarations, as_of: str, now: datetime, start: "Start | None" = None) -> Tick:
    """Safe at any time and twice at once: whoever comes second finds the work taken.

    A warehouse that does not let it look is told of without it, and raised.
    """
    database = Database(settings)
    try:
        result = _tick(settings, database, declared, as_of, now, start or start_worker)
    except (MiyabiError, DatabaseError, OSError) as error:
        alarm.could_not_begin(settings, database, error)
        raise
    with contextlib.suppress(MiyabiError, DatabaseError):
        alerts.deliver(database, settings)
    return result


def _tick(
    settings: Settings, database: Database, declared: Declarations, as_of: str, now: datetime, start: Start
) -> Tick:  # fmt: skip
    declared = declared.needed(settings.home)
    result = Tick()
    paused = api.paused(database, now)
    with database.connect("etl", application_name="miyabi-dw:schedule", autocommit=True) as connection:
        migrations.refuse_newer(connection)
        result.lost = [lost.run_id for lost in recover_lost.mark_lost(connection, database)]
        alarm.report_lost(connection, settings)
        for name, pipeline in declared.items():
            if name in paused:
                result.paused.append(name)
            elif locks.is_locked(connection, locks.schedule_worker(name)):
                result.busy.append(name)
            elif _look(connection, settings, pipeline, now, result):
                start(settings, pipeline, as_of)
        idle = [pipeline for name, pipeline in declared.items() if name not in (*paused, *result.busy, *result.started)]
        result.missed = missed.report(connection, settings, idle, now)
        result.refused = missed.report_refused(connection, settings, declared)
    return result


def _look(connection: Connection, settings: Settings, pipeline: Pipeline, now: datetime, result: Tick) -> bool:
    begin(connection, pipeline, now)
    found = due_runs(connection, pipeline, now, settings.business_zone)
    if found.passed_over:
        pass_over(connection, pipeline, found.passed_over, now)
        if pipeline.interval:
            result.passed_over[pipeline.name] = len(found.passed_over)
    if found.to_do:
        result.started[pipeline.name] = len(found.to_do)
    return bool(found.to_do)


def start_worker(settings: Settings, pipeline: Pipeline, as_of: str) -> None:
    """Starts a process of its own, so that a long run keeps nobody waiting, neither cron nor another pipeline."""
    log = worker_log(settings, pipeline.name)
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LONGEST_LOG:
        rename(log, log.with_suffix(".log.1"), is_durable=False)
    command = [sys.executable, "-m", "miyabi_dw", *(["--as-of", as_of] if as_of else []), "schedule", "work"]
    with log.open("ab") as output:
        subprocess.Popen(
            [*command, pipeline.name],
            cwd=BASE,
            env=os.environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def worker_log(settings: Settings, name: str) -> Path:
    return settings.home / "logs" / "schedule" / f"{name}.log"


def work(
    settings: Settings, declared: Declarations, name: str, clock: Clock, tell: Listener = nobody
) -> list[api.RunResult]:
    """Runs all that is due for one pipeline, oldest first, each once; nothing when another worker is at it."""
    database = Database(settings)
    pipeline = declared.find(name)
    results: list[api.RunResult] = []
    tried: set[datetime] = set()
    with _only_worker(database, name) as connection:
        while connection is not None and (due := _next(connection, settings, pipeline, clock(), tried)):
            tried.add(due.key)
            claim(connection, pipeline, due, clock())
            result = _run(settings, declared, pipeline, due, clock, tell)
            close(connection, pipeline, due, result.state, result.run_id)
            results.append(result)
            if result.state in ("skipped", "cancelled"):
                break
    return results


@contextmanager
def _only_worker(database: Database, name: str) -> Iterator[Connection | None]:
    with database.connect("etl", application_name=f"miyabi-dw-scheduler:{name}", autocommit=True) as connection:
        locks.outlive_silence(connection)
        with locks.advisory_lock(connection, locks.schedule_worker(name), wait=0) as is_alone:
            yield connection if is_alone else None


def _next(
    connection: Connection, settings: Settings, pipeline: Pipeline, now: datetime, tried: set[datetime]
) -> Due | None:  # fmt: skip
    if pipeline.name in api.paused(Database(settings), now):
        return None
    to_do = due_runs(connection, pipeline, now, settings.business_zone).to_do
    return next((due for due in to_do if due.key not in tried), None)


def _run(
    settings: Settings, declared: Declarations, pipeline: Pipeline, due: Due, clock: Clock, tell: Listener
) -> api.RunResult:  # fmt: skip
    in_time = clock() - due.due_at < FRESH
    with contextlib.nullcontext() if in_time else slot(settings):
        return api.run(
            pipeline.name,
            interval=due.interval,
            as_of=clock(),
            trigger="schedule" if in_time else "catchup",
            settings=settings,
            declared=declared,
            tell=tell,
        )
