"""The rows that a run's report is made of: a frozen dataclass for each statement of sql/reports/run_report.sql."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from miyabi_dw.common.files import Json
from miyabi_dw.common.redaction import Redactor, redact_all

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RecordType = TypeVar("RecordType", bound="DataclassInstance")


@dataclass(frozen=True, slots=True)
class ReportedRun:
    """A run; `placed_at` is the moment by which its folder is found, `signed_by` is null until somebody signs it."""

    run_id: str
    run_number: int
    pipeline: str
    state: str
    reason: str | None
    error: Json | None
    trigger: str
    requested_by: str | None
    parent_run_id: str | None
    parameters: Json
    interval_start: datetime | None
    interval_end: datetime | None
    as_of: datetime
    placed_at: datetime
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    host: str
    pid: int
    code_version: str | None
    archive_path: str | None
    signed_by: str | None
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReportedAttempt:
    """One attempt of one stage; `notebook` is the name of its executed notebook, null while there is none."""

    stage: str
    attempt: int
    state: str
    started_at: datetime
    finished_at: datetime | None
    cells_total: int | None
    cells_completed: int | None
    engine: str | None
    notebook: str | None
    error: Json | None


@dataclass(frozen=True, slots=True)
class ReportedCheck:
    """`outcome` is passed, failed or 'could not run'; `observed` is what the check itself has to say."""

    suite: str
    layer: str
    table_name: str
    check_id: str
    column_name: str | None
    expectation: str
    severity: str
    outcome: str
    note: str
    observed: Json | None
    rows_checked: int | None
    rows_failed: int | None
    offending_rows_sql: str | None


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """One of the rows shown, or a `field` of a loaded row; `total` is how many there are in all."""

    source_table: str
    source_key: str
    field: str | None
    reason: str
    check_id: str | None
    state: str
    content: Json
    total: int


def redacted(record: RecordType, redact: Redactor) -> RecordType:
    """The same record with every secret in it hidden."""
    return type(record)(**redact_all(asdict(record), redact))
