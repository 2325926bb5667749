"""What the table pages are made of, read from the warehouse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection
from miyabi_dw.operations.data_dictionary import Relation, RelationColumn
from miyabi_dw.reports.formats import LEVEL_TONES

RESULTS_OF_A_CHECK = 60
SHOWN = ("fact_", "dim_", "bridge_", "mart_")
MONTH = "time_key"
# A check that could not run is as bad as one that failed, whatever its severity.
LEVELS = {"critical": "critical", "warning": "warning", "info": "ok"}


@dataclass(frozen=True, slots=True)
class LastLoad:
    """The last successful run that loaded a target; `path` is null until it has pages."""

    target_table: str
    pipeline: str
    as_of: datetime
    interval_start: datetime | None
    interval_end: datetime | None
    inserted: int
    updated: int
    unchanged: int
    deleted: int
    path: str | None


@dataclass(frozen=True, slots=True)
class MartState:
    mart: str
    last_day: date | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class MonthRows:
    month_key: int
    rows: int


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One result of one check, with the run that it was made in."""

    suite: str
    table_name: str
    check_id: str
    column_name: str | None
    severity: str
    outcome: str
    note: str
    rows_checked: int | None
    rows_failed: int | None
    as_of: datetime
    interval_start: datetime | None
    interval_end: datetime | None
    path: str | None

    @property
    def tone(self) -> str:
        if self.outcome == "passed":
            return "good"
        return LEVEL_TONES[LEVELS[self.severity]] if self.outcome == "failed" else "bad"


@dataclass(frozen=True)
class CheckHistory:
    """The results of one check, oldest first; there is one at least."""

    results: tuple[CheckResult, ...]

    @property
    def last(self) -> CheckResult:
        return self.results[-1]

    @property
    def page(self) -> str:
        """The name of its page, without its ending."""
        return self.last.check_id

    @property
    def not_passed(self) -> int:
        return sum(result.outcome != "passed" for result in self.results)


@dataclass(frozen=True)
class TableRows:
    """One table: its columns, how many rows it has, by month where it has days, and what its checks found."""

    relation: Relation
    columns: tuple[RelationColumn, ...]
    rows: int
    months: tuple[MonthRows, ...]
    load: LastLoad | None
    mart: MartState | None
    checks: tuple[CheckHistory, ...]

    @property
    def name(self) -> str:
        return self.relation.relation

    @property
    def tone(self) -> str:
        """As bad as the worst last result of its checks."""
        tones = [check.last.tone for check in self.checks]
        return next((tone for tone in ("bad", "warn") if tone in tones), "good" if tones else "idle")


def read_tables(connection: Connection) -> list[TableRows]:
    """Every fact, dimension, bridge and mart, in the order of their names."""
    loads = {
        load.target_table: load for load in statements.rows_as(LastLoad, connection, "operations/table_pages/loads")
    }
    marts = {mart.mart: mart for mart in statements.rows_as(MartState, connection, "operations/table_pages/marts")}
    checks = read_checks(connection)
    columns = _columns(connection)
    return [
        _table(connection, relation, columns[relation.relation], loads, marts, checks)
        for relation in statements.rows_as(Relation, connection, "operations/data_dictionary/relations")
        if is_shown(relation)
    ]


def is_shown(relation: Relation) -> bool:
    """A mart's finished months have a table of their own, which is part of the mart."""
    name = relation.relation
    return relation.schema_name == "public" and name.startswith(SHOWN) and not name.endswith("_closed")


def public_names(connection: Connection) -> list[str]:
    """The tables that have a page, and the views upon them."""
    rows = statements.rows_as(Relation, connection, "operations/data_dictionary/relations")
    return [row.relation for row in rows if is_shown(row) or row.relation.startswith("v_")]


def read_checks(connection: Connection) -> Mapping[str, tuple[CheckHistory, ...]]:
    """The histories of the checks of each table."""
    values = {"at_most": RESULTS_OF_A_CHECK}
    results = statements.rows_as(CheckResult, connection, "operations/table_pages/checks", values)
    found: dict[str, tuple[CheckHistory, ...]] = {}
    for (table, _, _), of in groupby(results, lambda row: (row.table_name, row.suite, row.check_id)):
        found[table] = (*found.get(table, ()), CheckHistory(tuple(of)))
    return found


def _columns(connection: Connection) -> Mapping[str, tuple[RelationColumn, ...]]:
    rows = statements.rows_as(RelationColumn, connection, "operations/data_dictionary/columns")
    public = [row for row in rows if row.schema_name == "public"]
    return {name: tuple(of) for name, of in groupby(public, lambda row: row.relation)}


def _table(
    connection: Connection, relation: Relation, columns: Sequence[RelationColumn], loads: Mapping[str, LastLoad],
    marts: Mapping[str, MartState], checks: Mapping[str, tuple[CheckHistory, ...]],
) -> TableRows:  # fmt: skip
    name = relation.relation
    place = f"public.{name}"
    months: list[MonthRows] = []
    if name.startswith("fact_") and any(column.column_name == MONTH for column in columns):
        months = statements.rows_as(MonthRows, connection, "operations/table_pages/months", relation=place)
    rows = statements.value_as(int, connection, "operations/table_pages/count", relation=place)
    return TableRows(
        relation, tuple(columns), rows, tuple(months), loads.get(name), marts.get(name), checks.get(name, ())
    )
