"""What the statements of sql/health say of runs, checks, rows and backups."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class LastRun:
    """The latest ended run of a pipeline; null where there is none. `hours_since_success` counts up to as_of."""

    pipeline: str
    run_id: str | None
    state: str | None
    reason: str | None
    hours_since_success: Decimal | None
    paused_why: str
    is_paused: bool


@dataclass(frozen=True, slots=True)
class SuccessRate:
    """`value` in percent, null when no run ended; `example` is one of those that did not succeed."""

    value: Decimal | None
    runs: int
    failed: int
    example: str | None


@dataclass(frozen=True, slots=True)
class Duration:
    """Minutes of the run `example`."""

    value: Decimal
    example: str


@dataclass(frozen=True, slots=True)
class DayRows:
    """Rows of a business day, and whether the issues of that day were read to its end."""

    is_business_day: bool
    holiday_name: str | None
    issue_rows: int
    is_loaded: bool


@dataclass(frozen=True, slots=True)
class CheckNotPassed:
    """`outcome` is failed, or that the check could not run."""

    run_id: str
    check_id: str
    severity: str
    outcome: str


@dataclass(frozen=True, slots=True)
class QuarantineReason:
    """Open rows of quarantine, and fields of rows that are loaded, by their reason."""

    reason: str
    rows: int
    fields: int


@dataclass(frozen=True, slots=True)
class BackupAge:
    """Null without a good backup."""

    hours_since_good: Decimal | None


@dataclass(frozen=True, slots=True)
class OpenIncident:
    severity: str
    title: str


@dataclass(frozen=True, slots=True)
class UnsignedMorning:
    """The run of a morning report that nobody has signed."""

    run_id: str
    as_of: datetime


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The last value of a metric on a business day."""

    name: str
    day: date
    value: Decimal


@dataclass(frozen=True, slots=True)
class UnmatchedSetting:
    """A setting of kinds of issues whose words no issue has."""

    name: str
    words: str
