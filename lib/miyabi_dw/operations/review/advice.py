"""Plain advice: indexes missing and unused, tables bloated or too large, each with what to run."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection
from miyabi_dw.operations.review.slow import Slow, nodes

Kind = Literal["missing index", "unused index", "bloat", "partition wanted"]
LARGE_TABLE_ROWS, PARTITION_ROWS, DEAD_ROWS = 10_000, 1_000_000, 10_000
LEAST_INDEX_BYTES = 1 << 20
# Statistics of less than a week say nothing about what a month needs.
SETTLED = timedelta(days=7)
GUIDE = "docs/PARTITIONING_GUIDE.md"
CONDITION = re.compile(r"\(?\b(?:\w+\.)?(\w+)\)?(?:::\w+)? (?:=|<|>|<=|>=) ")


@dataclass(frozen=True)
class Advice:
    """`names` fill the statements that `apply` runs; `text` is what they amount to, for people."""

    kind: Kind
    table: str
    why: str
    text: str
    column: str = ""
    index: str = ""
    is_partitioned: bool = False
    query_id: str = ""

    @property
    def advice_id(self) -> str:
        """The same for the same advice, whenever it is given."""
        return hashlib.sha256(f"{self.kind} {self.text}".encode()).hexdigest()[:6]


@dataclass(frozen=True, slots=True)
class TableUse:
    """A table as it is used; partitions under their parent's name."""

    table_name: str
    is_partitioned: bool
    live_rows: int
    dead_rows: int
    full_reads: int
    rows_read_in_full: int
    index_reads: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Parent:
    """The partitioned table that a partition belongs to, or the table itself."""

    table_name: str
    is_partitioned: bool


@dataclass(frozen=True, slots=True)
class UnusedIndex:
    index_name: str
    table_name: str
    is_partitioned: bool
    bytes: int


def table_uses(connection: Connection) -> list[TableUse]:
    return statements.rows_as(TableUse, connection, "operations/review/tables")


def advise(connection: Connection, slow: Sequence[Slow], as_of: datetime) -> list[Advice]:
    """All advice there is; reads statistics and plans only."""
    found = [*_missing(connection, slow), *_unused(connection, as_of)]
    found += [advice for table in table_uses(connection) for check in TABLE_CHECKS for advice in check(table)]
    return list({advice.advice_id: advice for advice in found}.values())


def find_advice(known: Sequence[Advice], advice_id: str) -> Advice:
    for advice in known:
        if advice.advice_id == advice_id:
            return advice
    ids = ", ".join(advice.advice_id for advice in known) or "there is none now"
    raise BadRequest(f"there is no advice {advice_id!r}", remedy=f"choose one of `miyabi-dw tune list`: {ids}")


def _missing(connection: Connection, slow: Sequence[Slow]) -> Iterator[Advice]:
    """Large tables that a slow statement reads in full to find a few rows."""
    rows = {table.table_name: table.live_rows for table in table_uses(connection)}
    for statement in slow:
        for node in nodes(statement.plan) if statement.plan else ():
            if node["Node Type"] != "Seq Scan" or "Filter" not in node:
                continue
            place = {"table_name": node["Relation Name"]}
            for parent in statements.rows_as(Parent, connection, "operations/review/parent_of", place):
                column = _filtered(connection, parent.table_name, node["Filter"])
                if column and rows.get(parent.table_name, 0) >= LARGE_TABLE_ROWS:
                    yield _index_advice(parent, column, statement)


def _filtered(connection: Connection, table: str, condition: str) -> str | None:
    """The first column of the condition; None when an index begins with one, which the planner did not use."""
    known = {row["name"] for row in statements.run(connection, "operations/review/columns", {"table_name": table})}
    indexed = {
        row["name"] for row in statements.run(connection, "operations/review/indexed_first", {"table_name": table})
    }
    columns = [name for name in CONDITION.findall(condition) if name in known]
    return None if not columns or indexed.intersection(columns) else columns[0]


def _index_advice(parent: Parent, column: str, statement: Slow) -> Advice:
    table = parent.table_name
    index = f"idx_{table}_{column}"[:63]
    text = f"CREATE INDEX CONCURRENTLY {index} ON {table} ({column})"
    if parent.is_partitioned:
        text += ", partition by partition"
    why = (
        f"a statement of {statement.mean_ms} ms, run {statement.calls} times, reads all of it to find rows by {column}"
    )
    return Advice("missing index", table, why, text, column, index, parent.is_partitioned, statement.query_id)


def _unused(connection: Connection, as_of: datetime) -> Iterator[Advice]:
    values = {"before": as_of - SETTLED, "least_bytes": LEAST_INDEX_BYTES}
    for row in statements.rows_as(UnusedIndex, connection, "operations/review/unused_indexes", values):
        concurrently = "" if row.is_partitioned else "CONCURRENTLY "
        why = f"no statement has used it, and it takes {row.bytes / 1e6:,.0f} MB and time at every write"
        text = f"DROP INDEX {concurrently}{row.index_name}"
        yield Advice("unused index", row.table_name, why, text, index=row.index_name, is_partitioned=row.is_partitioned)


def _bloat(row: TableUse) -> Iterator[Advice]:
    dead, live = row.dead_rows, row.live_rows
    if dead >= DEAD_ROWS and dead * 5 > live:
        why = f"{dead:,} dead rows beside {live:,} live ones"
        yield Advice("bloat", row.table_name, why, f"VACUUM (ANALYZE) {row.table_name}")


def _unpartitioned(row: TableUse) -> Iterator[Advice]:
    if row.live_rows > PARTITION_ROWS and not row.is_partitioned:
        why = f"{row.live_rows:,} rows in one piece"
        yield Advice("partition wanted", row.table_name, why, f"see {GUIDE}")


TABLE_CHECKS: tuple[Callable[[TableUse], Iterator[Advice]], ...] = (_bloat, _unpartitioned)
