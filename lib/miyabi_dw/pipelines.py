"""Runs of declared pipelines and jobs: start one, resume, replay or cancel it, pause what is scheduled."""

from collections.abc import Mapping
from datetime import datetime

from miyabi_dw import timeframe
from miyabi_dw.database import Database
from miyabi_dw.declarations import Pipeline, load_declarations
from miyabi_dw.registry import Trigger
from miyabi_dw.runner.events import Listener, nobody
from miyabi_dw.runner.requests import RunRequest, check_begun, find_pipeline, latest_interval
from miyabi_dw.runner.results import RunResult
from miyabi_dw.runner.running import Running
from miyabi_dw.settings import Settings, load_settings
from miyabi_dw.timeframe import Interval

__all__ = ["RunResult", "run"]


def run(
    name: str,
    *,
    interval: Interval | None = None,
    as_of: str | datetime = "",
    trigger: Trigger = "manual",
    parameters: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    declared: Mapping[str, Pipeline] | None = None,
    tell: Listener = nobody,
    beside_others: bool = False,
) -> RunResult:
    """Runs a pipeline over `interval`, by default the latest that is over at `as_of`; BadRequest for what cannot be."""
    settings = settings or load_settings()
    pipeline = find_pipeline(name, declared or load_declarations())
    moment = as_of if isinstance(as_of, datetime) else timeframe.now(as_of, settings.business_zone)
    span = interval or latest_interval(pipeline, moment, settings)
    if span is not None:
        check_begun(span, moment, settings)
    request = RunRequest(
        pipeline, span, moment, trigger, extra=dict(parameters or {}), beside_others=beside_others
    )  # fmt: skip
    return Running(settings, Database(settings), request, tell).run()
