"""The rows that a run's report is made of: a frozen dataclass for each statement of sql/reports/run_report.sql."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from miyabi_dw.common.files import Json
from miyabi_dw.common.redaction import Redactor, redact_all
from miyabi_dw.reports.formats import LEVEL_TONES, shown

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# A comma or a word that no command has: then it is a sentence with commands in it.
SENTENCE = re.compile(r", |; | then | or give ")

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
class ReportedFinding:
    """What a job found. The one that is named as the job is its outcome in one sentence."""

    name: str
    level: str
    sentence: str
    remedy: str

    @property
    def tone(self) -> str:
        return LEVEL_TONES[self.level]

    @property
    def is_command(self) -> bool:
        """Whether the remedy can be typed as it is."""
        return self.remedy.startswith("miyabi-dw ") and not SENTENCE.search(self.remedy)


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A sample of a row, or of a `field` of a loaded row; one of `alike` of its reason, of `total` of all `reasons`."""

    source_table: str
    source_key: str
    field: str | None
    reason: str
    check_id: str | None
    state: str
    content: Json
    alike: int
    total: int
    reasons: int


@dataclass(frozen=True)
class QuarantinedReason:
    """Entries alike in table, field and reason: how many there are, and some of them."""

    number: int
    samples: list[QuarantinedRow]

    @property
    def first(self) -> QuarantinedRow:
        return self.samples[0]

    @property
    def rows(self) -> list[Mapping[str, object]]:
        """The samples as a table shows them, without the columns that none of them has."""
        found = [_columns(row) for row in self.samples]
        known = {name for row in found for name, value in row.items() if value is not None}
        return [{name: value for name, value in row.items() if name in known} for row in found]


def _columns(row: QuarantinedRow) -> Mapping[str, object]:
    """Its content in words; its key where that is no column of its own, its state once somebody has dealt with it."""
    own = {"key": row.source_key} if "id" not in row.content else {}
    own |= {"quarantine": row.state} if row.state != "open" else {}
    return own | {
        name: shown(value) if isinstance(value, dict | list) else value for name, value in row.content.items()
    }


def redacted(record: RecordType, redact: Redactor) -> RecordType:
    """The same record with every secret in it hidden."""
    return type(record)(**redact_all(asdict(record), redact))
