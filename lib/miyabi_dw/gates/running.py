"""Runs the gate of one layer for one run."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from miyabi_dw.database import Connection, Database
from miyabi_dw.errors import GateFailed
from miyabi_dw.gates.batch import open_batches
from miyabi_dw.gates.evaluation import Evaluation
from miyabi_dw.gates.rejection import put_back, quarantined_rows, reject
from miyabi_dw.gates.report import CheckResult, GateReport, record, worst_first
from miyabi_dw.gates.suites import Layer, load_suites
from miyabi_dw.settings import Settings
from miyabi_dw.stage import StageContext
from miyabi_dw.timeframe import local_day, time_key

NAMED = 3
DIMENSIONS = ("dim_time", "dim_issue", "dim_agent", "dim_infrastructure", "dim_label", "dim_worktree")
DAYS = ("lookback_day", "interval_first_day", "interval_last_day")
EDGES = ("normal_min", "normal_max", "alert_min", "alert_max")


def run_suites(stage: StageContext, layer: Layer) -> GateReport:
    """Checks the run's rows in `layer`, sets quarantining ones aside, records every result.

    Raises GateFailed, with nothing set aside, when a critical check fails or any check could not be made.
    """
    suites = load_suites(layer, tables(stage, layer))
    engine = stage.database.sqlalchemy_engine("etl", application_name=f"miyabi-dw:{stage.run_id}")
    with stage.warehouse(autocommit=True) as connection:
        if layer == "conformed":
            put_back(connection, stage, suites)
        batches = open_batches(connection, stage.schema, layer, suites)
        given = parameters(stage)
        evaluations = [Evaluation(connection, engine, layer, suite, batches[suite.table], given) for suite in suites]
        results = [result for evaluation in evaluations for result in evaluation.results()]
    report = GateReport(layer, worst_first(results))
    with stage.warehouse() as connection:
        if layer == "conformed" and not report.blocking:
            report = _set_aside(connection, stage, report, evaluations)
        record(connection, stage.run_id, report.results)
    if report.blocking:
        raise _failure(report)
    return report


def audit(
    database: Database, settings: Settings, run_id: str, as_of: datetime, tables: tuple[str, ...] = DIMENSIONS
) -> GateReport:
    """Checks whole tables, outside of any run's slice, and records the results under the layer "audit"."""
    suites = load_suites("facts", tables)
    engine = database.sqlalchemy_engine("etl", application_name=f"miyabi-dw:{run_id}")
    given = {"schema": "public", "business_timezone": settings.business_timezone, "as_of": as_of}
    with database.connect("etl", application_name=f"miyabi-dw:{run_id}", autocommit=True) as connection:
        batches = open_batches(connection, "public", "facts", suites, whole=True)
        evaluations = [Evaluation(connection, engine, "audit", suite, batches[suite.table], given) for suite in suites]
        results = [result for evaluation in evaluations for result in evaluation.results()]
        report = GateReport("audit", worst_first(results))
        record(connection, run_id, report.results)
    return report


def tables(stage: StageContext, layer: Layer) -> tuple[str, ...]:
    """What the pipeline reads, or what it fills."""
    return stage.pipeline.source_tables if layer == "conformed" else stage.pipeline.targets


def parameters(stage: StageContext) -> dict[str, Any]:
    """What a suite may name as {$PARAMETER: ...} and a query as %(...)s."""
    zone, interval = stage.settings.business_zone, stage.interval
    moments = (
        interval.start - timedelta(days=stage.settings.lookback_days),
        interval.start,
        interval.end - timedelta(microseconds=1),
    )
    days = {name: time_key(local_day(moment, zone)) for name, moment in zip(DAYS, moments, strict=True)}
    return {**stage.parameters, **bands(stage.settings), **days}


def bands(settings: Settings) -> dict[str, Decimal | None]:
    """The edges of every metric's bands, named like fact_growth.alert_max."""
    return {f"{name}.{edge}": getattr(band, edge) for name, band in settings.bands.items() for edge in EDGES}


def _set_aside(
    connection: Connection, stage: StageContext, report: GateReport, evaluations: Sequence[Evaluation]
) -> GateReport:
    failed = {result.check_id for result in report.results if result.outcome == "failed"}
    moved: dict[str, int] = {}
    causes: set[str] = set()
    for evaluation in evaluations:
        chosen = [one for one in evaluation.definitions.values() if one.check.quarantine and one.check.id in failed]
        moved[evaluation.batch.table] = reject(connection, stage, evaluation.batch, chosen)
        causes |= {one.check.id for one in chosen}
    return replace(
        report, results=tuple(_aside(connection, stage, result, causes) for result in report.results), rejected=moved
    )


def _aside(connection: Connection, stage: StageContext, result: CheckResult, causes: set[str]) -> CheckResult:
    """The rows have left the batch, so the query that shows them looks into the quarantine."""
    if result.check_id not in causes:
        return result
    return replace(result, quarantined=True, offending_rows_sql=quarantined_rows(connection, stage, result.check_id))


def _failure(report: GateReport) -> GateFailed:
    blocking = report.blocking
    named = "; ".join(_said(result) for result in blocking[:NAMED])
    more = f"; and {len(blocking) - NAMED} more" if len(blocking) > NAMED else ""
    remedy = "see its offending rows in the run's page, repair the source or the suite, and resume the run"
    stops = f"{len(blocking)} of {len(report.results)} checks stop the run"
    return GateFailed(f"{stops}: {named}{more}", f"{report.layer} gate", remedy)


def _said(result: CheckResult) -> str:
    if result.outcome == "could not check":
        return f"{result.check_id} could not be checked ({result.observed.get('reason', 'no reason known')})"
    rows = f" ({result.rows_failed} of {result.rows_checked} rows)" if result.rows_failed is not None else ""
    return f"{result.check_id}: {result.note}{rows}"
