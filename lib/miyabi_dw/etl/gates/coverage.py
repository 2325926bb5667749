"""Which columns are checked by what, and how a check fared over time."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.paths import EXPECTATIONS
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection
from miyabi_dw.etl.gates.report import Observed, Outcome
from miyabi_dw.etl.gates.suites import LAYERS, Layer, Severity, Suite, load_suites
from miyabi_dw.etl.tables import check_tables, source_table


@dataclass(frozen=True, slots=True)
class Covered:
    """A column, or "(table)", and the checks that look at it, without their table's name."""

    layer: Layer
    table: str
    column: str
    count: int
    checks: str


@dataclass(frozen=True, slots=True)
class PastResult:
    """What one check found in one run; pipeline and interval are None where the run is no longer recorded."""

    checked_at: datetime
    run_id: str
    pipeline: str | None
    interval_start: datetime | None
    severity: Severity
    outcome: Outcome
    rows_checked: int | None
    rows_failed: int | None
    observed: Observed


@dataclass(frozen=True, slots=True)
class RecordedResult:
    """What one check of one run found, and the query for all rows that break it where there are any."""

    layer: str
    check_id: str
    severity: Severity
    outcome: Outcome
    rows_checked: int | None
    rows_failed: int | None
    note: str
    observed: Observed
    offending_rows_sql: str | None


def coverage(layer: Layer | None = None, root: Path = EXPECTATIONS) -> list[Covered]:
    """One row a layer, table and column with its checks; a source column that none looks at has an empty one."""
    chosen = LAYERS if layer is None else (layer,)
    return [row for one in chosen for suite in load_suites(one, root=root) for row in _columns(one, suite, root)]


def history(connection: Connection, check_id: str, at_most: int = 30) -> list[PastResult]:
    """The check's results, newest first; BadRequest for an id that no suite has and no run ever recorded."""
    values = {"check_id": check_id, "at_most": at_most}
    rows = statements.rows_as(PastResult, connection, "etl/gates/history", values)
    if not rows and check_id not in {check.id for suite in all_suites() for check in suite.expectations}:
        raise BadRequest(f"there is no check {check_id!r}", remedy="see miyabi-dw gate coverage")
    return rows


def results(connection: Connection, run_id: str) -> list[RecordedResult]:
    """What the gates of one run found, worst first."""
    return statements.rows_as(RecordedResult, connection, "etl/gates/results", {"run_id": run_id})


def all_suites(root: Path = EXPECTATIONS) -> tuple[Suite, ...]:
    """Every suite of every layer; SuiteError for the first that does not parse."""
    check_tables(root)
    return tuple(suite for layer in LAYERS for suite in load_suites(layer, root=root))


def _columns(layer: Layer, suite: Suite, root: Path) -> list[Covered]:
    known = list(source_table(suite.table, root).columns) if layer == "conformed" else []
    checks: dict[str, list[str]] = {name: [] for name in known}
    for check in suite.expectations:
        for name in check.columns or ("(table)",):
            checks.setdefault(name, []).append(check.id.partition(".")[2])
    return [Covered(layer, suite.table, name, len(found), ", ".join(found)) for name, found in checks.items()]
