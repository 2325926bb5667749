"""Runs the gate of one layer for one run."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from miyabi_dw.common.errors import BadRequest, GateFailed
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.text import counted
from miyabi_dw.common.timeframe import local_day, time_key
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.statements import run
from miyabi_dw.etl.batch import StageContext
from miyabi_dw.etl.gates.batch import open_batches
from miyabi_dw.etl.gates.destination import Destination
from miyabi_dw.etl.gates.evaluation import Evaluation
from miyabi_dw.etl.gates.quarantining import prepare, quarantine, quarantined_rows
from miyabi_dw.etl.gates.report import CheckResult, GateReport, record, worst_first
from miyabi_dw.etl.gates.suites import Layer, load_suites, suite_tables

NAMED = 3
DAYS = ("lookback_day", "interval_first_day", "interval_last_day")
EDGES = ("normal_min", "normal_max", "alert_min", "alert_max")


def run_suites(stage: StageContext, layer: Layer) -> GateReport:
    """Checks the run's rows in `layer`, quarantines those that a check says so of, records every result.

    Raises GateFailed, with nothing quarantined, when a critical check fails or any check could not be made.
    """
    suites = load_suites(layer, tables(stage, layer))
    with stage.warehouse(autocommit=True) as connection, ExitStack() as stack:
        _require_batch(connection, stage)
        if layer == "conformed":
            prepare(connection, stage, suites)
        engine = _engine(stack, stage.database, f"miyabi-dw:{stage.run_id}")
        batches = open_batches(connection, stage.schema, layer, suites, stage.settings.business_timezone)
        given = parameters(stage)
        evaluations = [Evaluation(connection, engine, layer, suite, batches[suite.table], given) for suite in suites]
        results = [result for evaluation in evaluations for result in evaluation.results()]
    report = GateReport(layer, worst_first(results))
    with stage.warehouse() as connection:
        if not report.blocking:
            report = _settled(connection, stage, layer, report, evaluations)
        record(connection, stage.run_id, report.results)
    if report.blocking:
        raise _failure(report)
    return report


def _require_batch(connection: Connection, stage: StageContext) -> None:
    if not run(connection, "orchestration/batch/exists", {"schema": stage.schema})[0]["is_there"]:
        raise BadRequest(
            f"run {stage.run_id} has no batch to check", remedy="run this run's stages before the gate first"
        )


def audit(
    database: Database, settings: Settings, run_id: str, as_of: datetime, tables: tuple[str, ...] = ()
) -> GateReport:
    """Checks whole tables, all dimensions unless some are named, and records the results under the layer "audit"."""
    suites = load_suites("facts", tables or dimensions())
    given = {"schema": "public", "business_timezone": settings.business_timezone, "as_of": as_of}
    name = f"miyabi-dw:{run_id}"
    with database.connect("etl", application_name=name, autocommit=True) as connection, ExitStack() as stack:
        engine = _engine(stack, database, name)
        batches = open_batches(connection, "public", "facts", suites, settings.business_timezone, whole=True)
        evaluations = [Evaluation(connection, engine, "audit", suite, batches[suite.table], given) for suite in suites]
        results = [result for evaluation in evaluations for result in evaluation.results()]
        report = GateReport("audit", worst_first(results))
        record(connection, run_id, report.results)
    return report


def _engine(stack: ExitStack, database: Database, name: str) -> sa.Engine:
    """For Great Expectations' own queries; it connects at the first, if there is one, and keeps the connection."""

    def connect() -> Connection:
        return stack.enter_context(database.connect("etl", application_name=name, autocommit=True))

    return sa.create_engine("postgresql+psycopg2://", creator=connect, poolclass=sa.pool.StaticPool)


def dimensions() -> tuple[str, ...]:
    """The dimensions that have a suite."""
    return tuple(table for table in suite_tables("facts") if table.startswith("dim_"))


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


def _settled(
    connection: Connection, stage: StageContext, layer: Layer, report: GateReport, evaluations: Sequence[Evaluation]
) -> GateReport:
    """Bad rows are quarantined; every query for offending rows looks where they go, since the batch will be dropped."""
    failed = {result.check_id for result in report.results if result.rows_failed}
    queries: dict[str, str] = {}
    moved: dict[str, tuple[int, int]] = {}
    for evaluation in evaluations:
        broken = [one for one in evaluation.definitions.values() if one.check.id in failed]
        places = Destination(connection, stage.schema, layer, evaluation.batch)
        bad = [one for one in broken if one.check.quarantine]
        queries |= {one.check.id: quarantined_rows(connection, stage, one.check.id) for one in bad}
        queries |= {one.check.id: places.query(one, evaluation.parameters) for one in broken if one not in bad}
        moved[evaluation.batch.table] = quarantine(connection, stage, evaluation.batch, bad)
    results = tuple(
        replace(result, offending_rows_sql=queries.get(result.check_id, result.offending_rows_sql))
        for result in report.results
    )
    rows, fields = ({table: counts[kind] for table, counts in moved.items()} for kind in (0, 1))
    return replace(report, results=results, quarantined=rows, quarantined_fields=fields)


def _failure(report: GateReport) -> GateFailed:
    blocking = report.blocking
    named = "; ".join(_said(result) for result in blocking[:NAMED])
    more = f"; and {len(blocking) - NAMED} more" if len(blocking) > NAMED else ""
    remedy = "see its offending rows in the run's page, repair the source or the suite, and resume the run"
    verb = "stops" if len(blocking) == 1 else "stop"
    stops = f"{len(blocking)} of {counted(len(report.results), 'check')} {verb} the run"
    return GateFailed(f"{stops}: {named}{more}", f"{report.layer} gate", remedy)


def _said(result: CheckResult) -> str:
    if result.outcome == "could not run":
        return f"{result.check_id} could not be checked ({result.observed.get('reason', 'no reason known')})"
    said = f"{result.check_id}: {result.note}"
    if result.rows_failed is None:
        return said
    if result.rows_checked is None:
        return f"{said} ({counted(result.rows_failed, 'row')})"
    return f"{said} ({result.rows_failed} of {counted(result.rows_checked, 'row')})"
