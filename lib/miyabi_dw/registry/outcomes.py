"""What came of a run: the rows of each source table, the rows of each target, its checks."""

from dataclasses import dataclass

from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import rows_as


@dataclass(frozen=True, slots=True)
class RowCount:
    """The row accounting of one source table; a count is None until its stage is done."""

    source_table: str
    extracted: int
    inserted: int | None
    updated: int | None
    unchanged: int | None
    quarantined: int | None


@dataclass(frozen=True, slots=True)
class FactCount:
    """What a run wrote to one target."""

    target_table: str
    inserted: int
    updated: int
    unchanged: int
    deleted: int


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """A check as the run found it; `rows_failed` is None for one that counts no rows or could not run."""

    suite: str
    check_id: str
    layer: str
    table_name: str
    severity: str
    outcome: str
    rows_failed: int | None
    note: str


def row_counts(connection: Connection, run_id: str) -> list[RowCount]:
    """By source table."""
    return rows_as(RowCount, connection, "registry/runs/run_row_counts", {"run_id": run_id})


def fact_counts(connection: Connection, run_id: str) -> list[FactCount]:
    """By target."""
    return rows_as(FactCount, connection, "registry/runs/run_fact_counts", {"run_id": run_id})


def check_outcomes(connection: Connection, run_id: str) -> list[CheckOutcome]:
    """Those that did not pass first, the severest on top."""
    return rows_as(CheckOutcome, connection, "registry/runs/run_checks", {"run_id": run_id})
