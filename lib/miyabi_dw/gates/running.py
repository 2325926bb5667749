"""Runs the gate of one layer for one run."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from miyabi_dw.database import Connection
from miyabi_dw.errors import GateFailed
from miyabi_dw.gates.batch import Batch, open_batches
from miyabi_dw.gates.evaluation import Evaluation
from miyabi_dw.gates.rejection import put_back, quarantined_rows, reject
from miyabi_dw.gates.report import CheckResult, GateReport, record, worst_first
from miyabi_dw.gates.suites import Layer, Suite, load_suites
from miyabi_dw.stage import StageContext

NAMED = 3


def run_suites(stage: StageContext, layer: Layer) -> GateReport:
    """Checks the run's rows in `layer`, sets quarantining ones aside, records every result.

    Raises GateFailed, with nothing set aside, when a critical check fails or any check could not be made.
    """
    suites = load_suites(layer, tables(stage, layer))
    engine = stage.database.sqlalchemy_engine("etl", application_name=f"miyabi-dw:{stage.run_id}")
    with stage.warehouse(autocommit=True) as connection:
        if layer == "conformed":
            put_back(connection, stage, suites)
        batches = open_batches(connection, stage, layer, suites)
        evaluations = {
            suite.table: Evaluation(connection, engine, layer, suite, batches[suite.table], parameters(stage))
            for suite in suites
        }
        found = {table: evaluation.results() for table, evaluation in evaluations.items()}
    report = GateReport(layer, worst_first([result for results in found.values() for result in results]))
    with stage.warehouse() as connection:
        if layer == "conformed" and not report.blocking:
            report = _set_aside(connection, stage, report, evaluations, batches)
        record(connection, stage.run_id, report.results)
    if report.blocking:
        raise _failure(report)
    return report


def tables(stage: StageContext, layer: Layer) -> tuple[str, ...]:
    """What the pipeline reads, or what it fills."""
    return stage.pipeline.source_tables if layer == "conformed" else stage.pipeline.targets


def parameters(stage: StageContext) -> dict[str, Any]:
    """What a suite may name as {$PARAMETER: ...} and a query as %(...)s: the stage's own, and the bands of the metrics."""
    bands = {
        f"{name}.{edge}": getattr(band, edge)
        for name, band in stage.settings.bands.items()
        for edge in ("normal_min", "normal_max", "alert_min", "alert_max")
    }
    return {**stage.parameters, **bands}


def _set_aside(
    connection: Connection, stage: StageContext, report: GateReport, evaluations: Mapping[str, Evaluation],
    batches: Mapping[str, Batch],
) -> GateReport:  # fmt: skip
    failed = {result.check_id for result in report.results if result.outcome == "failed"}
    moved: dict[str, int] = {}
    quarantining: set[str] = set()
    for table, evaluation in evaluations.items():
        chosen = [one for one in evaluation.definitions.values() if one.check.quarantine and one.check.id in failed]
        moved[table] = reject(connection, stage, batches[table], chosen)
        quarantining |= {one.check.id for one in chosen}
    results = tuple(
        replace(result, quarantined=True, offending_rows_sql=quarantined_rows(connection, stage, result.check_id))
        if result.check_id in quarantining else result
        for result in report.results
    )  # fmt: skip
    return replace(report, results=results, rejected=moved)


def _failure(report: GateReport) -> GateFailed:
    blocking = report.blocking
    named = "; ".join(_said(result) for result in blocking[:NAMED])
    more = f"; and {len(blocking) - NAMED} more" if len(blocking) > NAMED else ""
    remedy = "see its offending rows in the run's page, repair the source or the suite, and resume the run"
    return GateFailed(f"{len(blocking)} of {len(report.results)} checks stop the load: {named}{more}", report.layer, remedy)


def _said(result: CheckResult) -> str:
    if result.outcome == "could not check":
        return f"{result.check_id} could not be checked ({result.observed.get('reason', 'no reason known')})"
    rows = f" ({result.rows_failed} of {result.rows_checked} rows)" if result.rows_failed is not None else ""
    return f"{result.check_id}: {result.note}{rows}"


__all__ = ["Suite", "run_suites"]
