"""Success with empty facts: is the source empty, did the gate quarantine everything, or is the transform at fault."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from miyabi_dw.common.timeframe import Interval, local_day, time_key
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection
from miyabi_dw.operations.doctor.diagnosis import Diagnosis, Installation
from miyabi_dw.registry import cold_months
from miyabi_dw.registry.declarations import load_declarations


@dataclass(frozen=True, slots=True)
class Success:
    """The latest run of a pipeline that succeeded, and what it says to have done."""

    run_id: str
    pipeline: str
    interval_start: datetime
    interval_end: datetime
    extracted: Decimal
    quarantined: Decimal


@dataclass(frozen=True, slots=True)
class FactsOfInterval:
    """What the facts have of an interval, and what waits in quarantine, with a reason of it."""

    executions: int
    issue_days: int
    quarantined: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class SourceOfInterval:
    """What the source has of an interval; `last_completed` on its own clock."""

    executions: int
    others: int
    last_completed: datetime | None


def empty_facts(installation: Installation) -> Iterator[Diagnosis]:
    """The latest success of each pipeline, compared with the source's rows of its interval."""
    if installation.warehouse is None or installation.source is None:
        return
    names = [name for name, pipeline in load_declarations().items() if pipeline.kind == "etl"]
    values = {"pipelines": names, "as_of": installation.as_of}
    for run in statements.rows_as(Success, installation.warehouse, "operations/doctor/last_successes", values):
        facts = _facts(installation, installation.warehouse, run)
        if facts.executions + facts.issue_days:
            what = f"{run.pipeline} brought rows into the facts"
            yield Diagnosis("empty facts", "ok", what, f"{facts.executions:,} executions, run {run.run_id}")
        else:
            span = f"{installation.clock.interval(run.interval_start, run.interval_end)}, run {run.run_id}"
            yield _cold(installation, installation.warehouse, run, span) or _why(
                run, span, facts, _source(installation, installation.source, run)
            )


def _cold(installation: Installation, warehouse: Connection, run: Success, span: str) -> Diagnosis | None:
    """Facts in cold storage are not lost: the run left them as they are."""
    targets = load_declarations()[run.pipeline].targets
    interval = Interval(run.interval_start, run.interval_end)
    told = cold_months.told(cold_months.reached(warehouse, installation.settings, targets, interval))
    return Diagnosis("empty facts", "ok", f"{run.pipeline} had nothing to load: {told}", span) if told else None


def _facts(installation: Installation, warehouse: Connection, run: Success) -> FactsOfInterval:
    zone = installation.settings.business_zone
    last = run.interval_end - timedelta(microseconds=1)
    keys = {
        "first_key": time_key(local_day(run.interval_start, zone)),
        "last_key": time_key(local_day(last, zone)),
    }
    span = {"interval_start": run.interval_start, "interval_end": run.interval_end}
    return statements.one_as(FactsOfInterval, warehouse, "operations/doctor/facts_of_interval", span | keys)


def _source(installation: Installation, source: Connection, run: Success) -> SourceOfInterval:
    zone = installation.settings.source_zone
    moments = {
        name: getattr(run, name).astimezone(zone).replace(tzinfo=None) for name in ("interval_start", "interval_end")
    }
    return statements.one_as(SourceOfInterval, source, "operations/doctor/source_of_interval", moments)


def _why(run: Success, span: str, facts: FactsOfInterval, source: SourceOfInterval) -> Diagnosis:
    name, rows = run.pipeline, source.executions + source.others
    if not rows:
        last = source.last_completed
        what = f"{name} succeeded with no rows because the source has none for its interval"
        evidence = f"{span}; the source's last execution ended {f'{last} on its clock' if last else 'never'}"
        remedy = "wait for the platform to log work; if it should have, ask its operators, or check the source's zone"
        return Diagnosis("empty facts", "warning", what, evidence, remedy)
    if facts.quarantined:
        what = f"{name} has empty facts: the gate put {facts.quarantined:,} of {rows:,} rows in quarantine"
        remedy = "miyabi-dw quarantine list, correct the cause, then run the interval again"
        return Diagnosis("empty facts", "critical", what, f"{facts.reason}; {span}", remedy)
    if not run.extracted:
        what = f"{name} succeeded but extracted nothing, although the source has {rows:,} rows"
        remedy = "check MIYABI_SOURCE_TIMEZONE against the source's clock, then run the interval again"
        return Diagnosis("empty facts", "critical", what, span, remedy)
    what = f"{name} extracted {run.extracted:,} rows, none of the interval's {rows:,} arrived: the transform lost them"
    remedy = f"miyabi-dw runs show {run.run_id}, then miyabi-dw stage {name} 02_transform for the interval"
    return Diagnosis("empty facts", "critical", what, span, remedy)
