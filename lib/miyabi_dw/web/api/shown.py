"""Rows of the registry, findings and figures in the shapes of the answers, without secrets."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date

from miyabi_dw.common import logs
from miyabi_dw.common.redaction import redact_all
from miyabi_dw.metrics.answer import Figure
from miyabi_dw.metrics.records import as_json, record
from miyabi_dw.monitor.findings import Finding
from miyabi_dw.registry import RunFailure, RunRecord
from miyabi_dw.web.api.schemas import (
    Check,
    Failure,
    FigureShape,
    FindingShape,
    RunLine,
    RunReport,
    Stage,
    TableRows,
    TargetRows,
)
from miyabi_dw.web.service import RunDetail


def figure(by: Sequence[str], found: Figure) -> FigureShape:
    return FigureShape.model_validate(as_json(record(by, found)))


def plain(row: Mapping[str, object]) -> Mapping[str, object]:
    """A row as JSON has it: numbers are numbers, days and moments are text."""
    told = {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
    return {name: as_json(value) for name, value in told.items()}


def run(found: RunRecord) -> RunLine:
    page = f"/reports/{found.archive_path}/index.html" if found.archive_path else None
    told = {name: getattr(found, name, None) for name in RunLine.model_fields} | {"page": page}
    return RunLine.model_validate(_hidden({name: as_json(value) for name, value in told.items()}))


def run_report(found: RunDetail) -> RunReport:
    """With the checks that did not pass first."""
    return RunReport(
        run=run(found.run),
        failure=_failure(found.run.failure),
        stages=[Stage.model_validate(as_json(asdict(each))) for each in found.stages],
        rows=[TableRows.model_validate(each) for each in found.rows],
        facts=[TargetRows.model_validate(each) for each in found.facts],
        checks=[Check.model_validate(each) for each in found.checks],
    )


def finding(found: Finding) -> FindingShape:
    return FindingShape.model_validate(_hidden(as_json(asdict(found))))


def _failure(failure: RunFailure | None) -> Failure | None:
    return Failure.model_validate(_hidden(asdict(failure))) if failure else None


def _hidden(told: object) -> object:
    return redact_all(told, logs.hiding.redact)
