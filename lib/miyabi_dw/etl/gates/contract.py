"""The contract with the source: what must be there before a row is read. Additions are noted, losses stop the run."""

from collections.abc import Mapping
from dataclasses import dataclass

from miyabi_dw.common.errors import SourceContractError
from miyabi_dw.db import statements
from miyabi_dw.etl.batch import StageContext
from miyabi_dw.etl.gates.lost_columns import known_columns, note_columns
from miyabi_dw.etl.gates.report import CheckResult, ContractReport, record, worst_first
from miyabi_dw.etl.tables import Column, Family, SourceTable

FLOATS = frozenset({"float4", "float8"})
# Widths, lengths and scales do not matter, meaning does: a zone added to a timestamp moves it.
FAMILIES: dict[Family, frozenset[str]] = {
    "integer": frozenset({"int2", "int4", "int8"}),
    "number": frozenset({"numeric", "int2", "int4", "int8", *FLOATS}),
    "text": frozenset({"text", "varchar", "bpchar", "citext", "name", "enum"}),
    "boolean": frozenset({"bool"}),
    "timestamp": frozenset({"timestamp"}),
}
NAMED = 3
LOST = "the column was there in earlier runs; what is loaded of it would be blanked"


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column of the source as its catalogue has it: the name of its type, and the type as SQL writes it."""

    table_name: str
    column_name: str
    base_type: str
    shown_type: str
    is_nullable: bool
    is_readable: bool


# The columns of one table, by name, in their order.
Columns = Mapping[str, SourceColumn]


def check_source_contract(stage: StageContext) -> ContractReport:
    """Compares the source's catalogue with the contract, in one query, and records what was found.

    Raises SourceContractError when a table or an essential column is missing, unreadable or of another type, or when a
    column is gone that an earlier run has read and nobody has accepted that.
    """
    with stage.source() as connection:
        asked = {"tables": [table.table for table in stage.tables]}
        rows = statements.rows_as(SourceColumn, connection, "etl/gates/source_catalogue", asked)
    found: dict[str, dict[str, SourceColumn]] = {}
    for row in rows:
        found.setdefault(row.table_name, {})[row.column_name] = row
    with stage.warehouse() as connection:
        known = {table: frozenset(columns) for table, columns in known_columns(connection, asked).items()}
        results = [
            result
            for contract in stage.tables
            for result in compare(contract, found.get(contract.table), known.get(contract.table, frozenset()))
        ]
        report = ContractReport("source", worst_first(results))
        record(connection, stage.run_id, report.results)
        if not report.blocking:
            note_columns(connection, stage, found)
    if report.blocking:
        raise _broken(report, stage)
    return report


def compare(
    contract: SourceTable, found: Columns | None, known: frozenset[str] = frozenset()
) -> list[CheckResult]:  # fmt: skip
    """What the source's table lacks, has changed or has besides; a single passed result when all is as expected."""
    if found is None and contract.optional and not known:
        note = "the source has no such table, which few have"
        return [_result(contract, "", "info", note, "a table, or none", "none", passed=True)]
    if found is None:
        severity = "critical" if contract.essential else "warning"
        return [_result(contract, "", severity, f"the table is missing; {contract.why}", "a table", "none")]
    if not all(row.is_readable for row in found.values()):
        note = "the table may not be read; grant SELECT on it"
        return [_result(contract, "", "critical", note, "the right to read it", "none")]
    compared = [_compare(contract, name, column, found, known) for name, column in contract.columns.items()]
    differences = [result for result in compared if result is not None]
    added = [_added(contract, name, found[name]) for name in found if name not in contract.columns]
    if not differences:
        differences = [_result(contract, "", "critical", contract.why, "as agreed", "as agreed", passed=True)]
    return differences + added


def _compare(
    contract: SourceTable, name: str, column: Column, found: Columns, known: frozenset[str]
) -> CheckResult | None:  # fmt: skip
    may_lack = column.optional or not column.essential
    if name not in found and may_lack and name in known:
        return _result(contract, name, "critical", LOST, f"{column.family}, as in earlier runs", "no such column")
    if name not in found and column.optional:
        return None
    if name not in found:
        severity, note = ("critical", "") if column.essential else ("info", "; its values are unknown")
        return _result(contract, name, severity, f"the column is missing{note}", column.family, "no such column")
    row = found[name]
    if row.base_type not in FAMILIES[column.family]:
        return _result(contract, name, "critical", "the column has another type", column.family, row.shown_type)
    if row.base_type in FLOATS:
        note = "the column holds floating point numbers; what it lost of a number before it was read stays lost"
        return _result(contract, name, "info", note, "numeric", row.shown_type)
    if not column.nullable and row.is_nullable:
        note = "the column may hold nulls now; rows without it are quarantined"
        return _result(contract, name, "info", note, "not null", "nullable")
    return None


def _added(contract: SourceTable, name: str, row: SourceColumn) -> CheckResult:
    note = "a column that the contract does not know; it is not read"
    return _result(contract, name, "info", note, "no such column", row.shown_type, passed=True)


def _result(
    contract: SourceTable, column: str, severity: str, note: str, expected: str, found: str, *, passed: bool = False
) -> CheckResult:
    return CheckResult(
        suite=f"source/{contract.table}", layer="source", table_name=contract.table,
        check_id=f"{contract.table}.{column or 'table'}", column_name=column or None, expectation="source contract",
        severity=severity, outcome="passed" if passed else "failed", note=note,
        observed={"expected": expected, "found": found},
    )  # fmt: skip


def _broken(report: ContractReport, stage: StageContext) -> SourceContractError:
    losses = [_said(result) for result in report.blocking]
    more = f"; and {len(losses) - NAMED} more" if len(losses) > NAMED else ""
    lost = [result.check_id for result in report.blocking if result.note == LOST]
    accept = f'accept that it is gone: miyabi-dw gate accept {lost[0]} --why "..."' if lost else ""
    remedy = accept or "change expectations/source and sql/source to match"
    return SourceContractError(
        f"the source is not as agreed: {'; '.join(losses[:NAMED])}{more}",
        stage.database.describe("source"),
        f"restore it, or {remedy}, then resume the run",
    )


def _said(result: CheckResult) -> str:
    place = f"{result.table_name}.{result.column_name}" if result.column_name else f"table {result.table_name}"
    return f"{place}: expected {result.observed['expected']}, found {result.observed['found']}"
