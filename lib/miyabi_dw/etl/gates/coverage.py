"""Which columns are checked by what, and how a check fared over time."""

from pathlib import Path
from typing import Any

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.paths import EXPECTATIONS
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection
from miyabi_dw.etl.gates.suites import LAYERS, Layer, Suite, load_suites
from miyabi_dw.etl.tables import check_tables, source_table


def coverage(layer: Layer | None = None, root: Path = EXPECTATIONS) -> list[dict[str, Any]]:
    """One row a layer, table and column with its checks; a source column that none looks at has an empty one."""
    chosen = LAYERS if layer is None else (layer,)
    return [row for one in chosen for suite in load_suites(one, root=root) for row in _columns(one, suite, root)]


def history(connection: Connection, check_id: str, at_most: int = 30) -> list[dict[str, Any]]:
    """The check's results, newest first; BadRequest for an id that no suite has and no run ever recorded."""
    rows = statements.run(connection, "etl/gates/history", {"check_id": check_id, "at_most": at_most})
    if not rows and check_id not in {check.id for suite in all_suites() for check in suite.expectations}:
        raise BadRequest(f"there is no check {check_id!r}", remedy="see miyabi-dw gate coverage")
    return rows


def results(connection: Connection, run_id: str) -> list[dict[str, Any]]:
    """What the gates of one run found, worst first."""
    return statements.run(connection, "etl/gates/results", {"run_id": run_id})


def all_suites(root: Path = EXPECTATIONS) -> tuple[Suite, ...]:
    """Every suite of every layer; SuiteError for the first that does not parse."""
    check_tables(root)
    return tuple(suite for layer in LAYERS for suite in load_suites(layer, root=root))


def _columns(layer: Layer, suite: Suite, root: Path) -> list[dict[str, Any]]:
    known = list(source_table(suite.table, root).columns) if layer == "conformed" else []
    checks: dict[str, list[str]] = {name: [] for name in known}
    for check in suite.expectations:
        for name in check.columns or ("(table)",):
            checks.setdefault(name, []).append(check.id.partition(".")[2])
    return [
        {"layer": layer, "table": suite.table, "column": name, "count": len(found), "checks": ", ".join(found)}
        for name, found in checks.items()
    ]
