"""One run from its record to its archive."""

import contextlib
import importlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from miyabi_dw import registry
from miyabi_dw.common.error_codes import is_transient
from miyabi_dw.common.errors import Busy, MiyabiError
from miyabi_dw.common.redaction import Redactor, redactor
from miyabi_dw.common.report_folders import run_folder
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.signals import on_signals
from miyabi_dw.common.timeframe import local_day
from miyabi_dw.db import migrations
from miyabi_dw.db.connection import Connection, Database, DatabaseError
from miyabi_dw.db.errors import code_of
from miyabi_dw.engine import Unavailable, warm_up
from miyabi_dw.orchestration.runner import alarm, control, recover_lost
from miyabi_dw.orchestration.runner.events import Event, Kind, Listener, Log, both, log_path, nobody
from miyabi_dw.orchestration.runner.lock import RunLock
from miyabi_dw.orchestration.runner.registry_writer import LAST_WORD_SECONDS, RegistryWriter
from miyabi_dw.orchestration.runner.request import RunRequest
from miyabi_dw.orchestration.runner.result import RunResult
from miyabi_dw.orchestration.runner.retry import StageFailure
from miyabi_dw.orchestration.runner.stages import Stages, check_extra
from miyabi_dw.orchestration.runner.stop import Stop, watched
from miyabi_dw.registry import cold_months

logger = logging.getLogger(__name__)
Prepare = Callable[[str], None]
FREE_AGAIN_SECONDS = 2.0


@dataclass
class Running:
    """`prepare(run_id)` makes ready what the first stage to run expects, such as the batch of a run to resume."""

    settings: Settings
    database: Database
    request: RunRequest
    tell: Listener = nobody
    prepare: Prepare | None = None
    run_id: str = field(init=False)
    stop: Stop = field(default_factory=Stop)
    problems: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    redact: Redactor = field(init=False)

    def __post_init__(self) -> None:
        self.redact = redactor(self.settings)
        self.run_id = registry.new_run_id(self.request.pipeline.short)
        self.tell = both(Log(log_path(self.settings.home, self.run_id)), self.tell)

    def run(self) -> RunResult:
        """Records, locks, executes, archives; whatever happens, the registry says how it ended."""
        check_extra(self.request)
        with contextlib.suppress(Unavailable):
            warm_up(*self.request.pipeline.stages[self.request.first :])
        pipeline = self.request.pipeline
        lock = RunLock(self.database, pipeline.name, self.run_id, beside_others=self.request.beside_others)
        writer = RegistryWriter(self.database, f"miyabi-dw-book:{self.run_id}")
        with on_signals(self.stop.signalled), contextlib.ExitStack() as stack, writer:
            self._enter(stack, lock)
            result = self._run_alone(lock, writer) if self._takes(lock) else self._skip(lock, writer)
        self._say("end", result.sentence)
        return result

    def _enter(self, stack: contextlib.ExitStack, lock: RunLock) -> None:
        """Takes the run's lock and records it. Without a warehouse there is no run, and that is told without it."""
        try:
            stack.enter_context(lock)
            self._record(lock)
        except Busy:
            raise
        except (MiyabiError, DatabaseError) as error:
            alarm.could_not_begin(self.settings, self.database, error)
            raise

    def _record(self, lock: RunLock) -> None:
        migrations.refuse_newer(lock.connection)
        request = self.request
        new = registry.NewRun(
            self.run_id, request.pipeline.name, request.interval, request.as_of, request.trigger,
            request.parent_run_id, request.parameters(self.run_id), request.requested_by,
        )  # fmt: skip
        registry.record_run(lock.connection, new)
        span = f" for {request.interval.told(self.settings.business_zone)}" if request.interval else ""
        self._say("run", f"{request.pipeline.name}{span}: run {self.run_id}")

    def _takes(self, lock: RunLock) -> bool:
        """Waits behind a backfill, which makes way between two of its runs; anybody else keeps the pipeline."""
        if lock.take_pipeline():
            return True
        lock.end_readers()
        patience = self.request.pipeline.deadline_minutes * 60.0
        if self.request.beside_others:
            self._say("waiting", "waiting for the run that has the pipeline")
            return lock.wait_for_pipeline(float("inf"), self.stop.is_called)
        holders = lock.holders()
        if any(holder.is_exclusive for holder in holders):
            return False
        self._say("waiting", "waiting for the backfill to make way")
        return lock.wait_for_pipeline(patience if holders else FREE_AGAIN_SECONDS, self.stop.is_called)

    def _skip(self, lock: RunLock, writer: RegistryWriter) -> RunResult:
        if self.stop.is_called():
            return self._finish(writer, self.stop.state, self.stop.reason)
        name, holders, strangers = self.request.pipeline.name, lock.holders(), lock.strangers()
        if strangers and not holders:
            # Nobody does this run's work meanwhile, so somebody must be told.
            what = f"{name} is held by {strangers[0]}"
            failed = registry.RunFailure("runner", what, "busy", is_transient("busy"), strangers[0].remedy)
            return self._finish(writer, "failed", what, failed)
        return self._finish(writer, "skipped", f"{name} is held by {', '.join(map(str, holders)) or 'somebody else'}")

    def _run_alone(self, lock: RunLock, writer: RegistryWriter) -> RunResult:
        try:
            self._begin(writer)
            threading.Thread(target=_import_pages, daemon=True).start()
            stages = self._stages(writer)
            with watched(lock, self.stop, stages.beat):
                failed = stages.go()
        except (MiyabiError, DatabaseError, OSError) as error:
            return self._broke(writer, error)
        return self._conclude(writer, failed)

    def _begin(self, writer: RegistryWriter) -> None:
        for lost in writer.write(recover_lost.mark_lost, self.database):
            self._say("recovered", f"{lost.run_id} was lost: {lost.reason}")
        self._try("the alert could not be recorded", lambda: writer.write(alarm.report_lost, self.settings))
        if self.request.trigger == "manual":
            self._say_if_paused(writer)
        writer.write(registry.sync_settings, self.settings)
        if self.prepare is not None:
            self.prepare(self.run_id)
        writer.write(registry.start_run, self.run_id)

    def _say_if_paused(self, writer: RegistryWriter) -> None:
        name = self.request.pipeline.name
        if pause := writer.write(control.pauses, self.request.as_of).get(name):
            who = f"{pause.paused_by}: {pause.why}"
            self._say("waiting", f"{name} is paused by {who}; it runs because it was asked for by name")

    def _stages(self, writer: RegistryWriter) -> Stages:
        request = self.request
        moment = request.interval or request.as_of
        folder = run_folder(self.settings, request.pipeline.name, moment, self.run_id)
        # A restart of the server may take as long as the run itself could have.
        writer.patience = request.pipeline.deadline_minutes * 60.0
        return Stages(self.settings, request, self.run_id, folder, writer, self.stop, self.tell)

    def _conclude(self, writer: RegistryWriter, failed: StageFailure | None) -> RunResult:
        writer.patience = LAST_WORD_SECONDS
        if failed is None:
            return self._finish(writer, "succeeded", writer.write(self._stayed))
        recover_lost.end_sessions(self.database, self.run_id)
        if self.stop.is_called():
            reason = f"{self.stop.reason} during {failed.stage}"
            return self._finish(writer, self.stop.state, reason, failed.recorded())
        state: registry.RunState = "cancelled" if failed.failure.cause == "cancelled" else "failed"
        return self._finish(writer, state, failed.reason, failed.recorded())

    def _stayed(self, connection: Connection) -> str:
        """The months of its interval that are in cold storage, in words: nothing of them was loaded."""
        request = self.request
        if request.pipeline.kind != "etl" or request.interval is None:
            return ""
        return cold_months.told(
            cold_months.reached(connection, self.settings, request.pipeline.targets, request.interval)
        )

    def _broke(self, writer: RegistryWriter, error: Exception) -> RunResult:
        """The runner itself could not go on: no disk, no server."""
        writer.patience = LAST_WORD_SECONDS
        recover_lost.end_sessions(self.database, self.run_id)
        remedy = error.remedy if isinstance(error, MiyabiError) else ""
        what = self._sentence(error)
        code = code_of(error) or "runner-failed"
        failure = registry.RunFailure(
            "runner", what, code, is_transient(code), remedy, error_class=type(error).__name__
        )  # fmt: skip
        return self._finish(writer, "failed", what, failure)

    def _finish(
        self, writer: RegistryWriter, state: registry.RunState, reason: str = "",
        failure: registry.RunFailure | None = None,
    ) -> RunResult:  # fmt: skip
        try:
            first = writer.write(registry.finish_run, self.run_id, state, reason or None, failure)
        except (MiyabiError, DatabaseError) as unreachable:
            self._problem("the end of the run could not be recorded, the next run will", unreachable)
            first = True
        if not first:
            state, reason = "lost", "it had been recorded as lost meanwhile, so another run may have taken its place"
        told = failure or registry.RunFailure()
        page = self._afterwards(writer, state, told)
        return RunResult(
            self.run_id, self.request.pipeline.name, self.request.interval, state, reason, told.remedy, told.stage,
            told.error_class, told.code, time.monotonic() - self.began, page, tuple(self.problems),
        )  # fmt: skip

    def _afterwards(self, writer: RegistryWriter, state: registry.RunState, failure: registry.RunFailure) -> Any:
        """What follows never changes how the run ended."""
        if state == "succeeded":
            self._try("the batch could not be dropped", lambda: writer.write(self._drop_batch))
        page = None
        if state != "skipped":
            page = self._try("the archive could not be written, the next run will write it", self._archive)
        if self.request.trigger != "replay":
            self._try(
                "the alert could not be recorded",
                lambda: alarm.report_end(
                    self.settings, self.database, self.request.pipeline, self.run_id, state, failure
                ),
            )
        if state == "succeeded":
            self._try("the budgets could not be looked at", lambda: writer.write(self._look_at_budgets))
        return page

    def _look_at_budgets(self, connection: Connection) -> None:
        from miyabi_dw.monitor import budget_alarm

        pipeline, today = self.request.pipeline, local_day(self.request.as_of, self.settings.business_zone)
        if budget_alarm.WATCHED in pipeline.targets:
            budget_alarm.report(connection, self.settings, today, looks_ahead=pipeline.interval == "day")

    def _try(self, what: str, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - a page or an alert never loses a run
            self._problem(what, error)
            return None

    def _drop_batch(self, connection: Connection) -> None:
        recover_lost.drop_batch(connection, self.run_id)
        recover_lost.drop_outdated(connection)

    def _archive(self) -> Any:
        from miyabi_dw import reports

        try:
            # Of the demonstration's runs side by side nobody sees the top page before the last one.
            is_followed = self.request.trigger == "demo" and self.request.beside_others
            page = reports.write_run(self.settings, self.database, self.run_id, top_page=not is_followed)
        except Exception as error:
            self._note_archive(self._sentence(error))
            raise
        reports.write_missing(self.settings, self.database)
        return page

    def _note_archive(self, problem: str) -> None:
        with contextlib.suppress(MiyabiError, DatabaseError), self.database.connect("etl") as connection:
            registry.note_archive_error(connection, self.run_id, problem)

    def _problem(self, what: str, error: Exception) -> None:
        self.problems.append(f"{what}: {self._sentence(error)}")
        logger.info("%s: %s", self.run_id, self.problems[-1])
        self._say("problem", self.problems[-1])

    def _sentence(self, error: Exception) -> str:
        """The error on one line; it goes to the registry, the log and the terminal, so without secrets."""
        return self.redact(" ".join(str(error).split()))

    def _say(self, kind: Kind, text: str) -> None:
        self.tell(Event(kind, self.run_id, text))


def _import_pages() -> None:
    """What is needed once the stages are done; while they run, the runner has the time for it."""
    for name in ("miyabi_dw.reports", "miyabi_dw.monitor.budget_alarm"):
        importlib.import_module(name)
