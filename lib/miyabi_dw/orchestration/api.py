"""Runs of declared pipelines and jobs: start, resume, replay or cancel one, try a stage, pause what is scheduled."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from miyabi_dw.common.settings import Settings, load_settings
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db.connection import Database
from miyabi_dw.orchestration.runner import try_stage
from miyabi_dw.orchestration.runner.control import cancel, pause, paused, unpause
from miyabi_dw.orchestration.runner.diff import Difference
from miyabi_dw.orchestration.runner.events import Listener, nobody
from miyabi_dw.orchestration.runner.replay import compare, repetition
from miyabi_dw.orchestration.runner.request import RunRequest, check_begun, latest_interval
from miyabi_dw.orchestration.runner.result import RunResult
from miyabi_dw.orchestration.runner.resume import resumption, take_over
from miyabi_dw.orchestration.runner.run import Running
from miyabi_dw.orchestration.runner.try_stage import StageTrial
from miyabi_dw.registry import Trigger
from miyabi_dw.registry.declarations import Declarations, load_declarations

__all__ = [
    "Replay", "RunResult", "StageTrial", "cancel", "pause", "paused", "replay", "resume", "run", "run_stage", "unpause",
]  # fmt: skip


def run(
    name: str,
    *,
    interval: Interval | None = None,
    as_of: str | datetime = "",
    trigger: Trigger = "manual",
    parameters: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    declared: Declarations | None = None,
    tell: Listener = nobody,
    parent_run_id: str | None = None,
    beside_others: bool = False,
) -> RunResult:
    """Runs a pipeline over `interval`, by default the latest that is over at `as_of`; BadRequest for what cannot be."""
    settings = settings or load_settings()
    request = _request(settings, name, interval, as_of, declared, trigger, parameters)
    request = replace(request, parent_run_id=parent_run_id, beside_others=beside_others)
    return Running(settings, Database(settings), request, tell).run()


def resume(
    run_id: str, *, settings: Settings | None = None, declared: Declarations | None = None, tell: Listener = nobody
) -> RunResult:
    """Runs the stage that failed and what follows, on the same batch, as a new run."""
    settings = settings or load_settings()
    database = Database(settings)
    request = resumption(database, declared or load_declarations(), run_id)
    return Running(settings, database, request, tell, partial(take_over, database, request)).run()


@dataclass(frozen=True)
class Replay:
    """`rows_from` says what was read; the run is the same when it succeeded without a difference."""

    result: RunResult
    rows_from: str
    differences: list[Difference]

    @property
    def is_same(self) -> bool:
        return self.result.is_good and not self.differences


def replay(
    run_id: str, *, settings: Settings | None = None, declared: Declarations | None = None, tell: Listener = nobody
) -> Replay:
    """Repeats a run on its kept extract, up to the load, and compares; the warehouse stays as it is."""
    settings = settings or load_settings()
    database = Database(settings)
    request, rows_from = repetition(settings, database, declared or load_declarations(), run_id)
    result = Running(settings, database, request, tell).run()
    found = compare(database, request.parent_run_id or "", result.run_id) if result.is_good else []
    return Replay(result, rows_from, found)


def run_stage(
    name: str,
    stage: str,
    *,
    interval: Interval | None = None,
    as_of: str | datetime = "",
    settings: Settings | None = None,
    declared: Declarations | None = None,
    tell: Listener = nobody,
) -> StageTrial:
    """Executes one stage to try it; the stages before it must have been tried on the same interval."""
    settings = settings or load_settings()
    request = _request(settings, name, interval, as_of, declared)
    notebook = try_stage.find_stage(request.pipeline, stage)
    return try_stage.run_stage(settings, Database(settings), request, notebook, tell)


def _request(
    settings: Settings, name: str, interval: Interval | None, as_of: str | datetime, declared: Declarations | None,
    trigger: Trigger = "manual", extra: Mapping[str, str] | None = None,
) -> RunRequest:  # fmt: skip
    pipeline = (declared or load_declarations()).find(name)
    moment = as_of if isinstance(as_of, datetime) else settings.now(as_of)
    span = interval or latest_interval(pipeline, moment, settings)
    if span is not None:
        check_begun(span, moment, settings)
    return RunRequest(pipeline, span, moment, trigger, extra=extra or {})
