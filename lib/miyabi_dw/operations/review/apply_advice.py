"""Follows one piece of advice, measuring before and after."""

from dataclasses import dataclass
from decimal import Decimal
from time import perf_counter

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.operations.review.advice import GUIDE, Advice, table_uses
from miyabi_dw.operations.review.slow import explain, timings

NAME = "miyabi-dw:tune"


@dataclass(frozen=True)
class Applied:
    """What was measured: the plan's cost of the statement, dead rows, or bytes, by the kind of advice."""

    advice: Advice
    measure: str
    before: Decimal | None
    after: Decimal | None
    seconds: float

    @property
    def sentence(self) -> str:
        measured = f"{self.measure} {_told(self.before)} before, {_told(self.after)} after"
        return f"{self.advice.text}: {measured}, {self.seconds:.1f} s"


def _told(value: Decimal | None) -> str:
    return "unknown" if value is None else f"{value:,.0f}"


def apply(database: Database, advice: Advice) -> Applied:
    """Never blocks readers or writers for longer than a moment, but for an index over partitions that is dropped."""
    if advice.kind == "partition wanted":
        raise BadRequest("this command does not partition a table", advice.table, f"follow {GUIDE}")
    measure = {"missing index": "plan cost", "unused index": "bytes of the table", "bloat": "dead rows"}[advice.kind]
    # An index is built concurrently outside a transaction only.
    with database.connect("owner", application_name=NAME, autocommit=True) as connection:
        before = _measured(connection, advice)
        began = perf_counter()
        _run(connection, advice)
        seconds = perf_counter() - began
        return Applied(advice, measure, before, _measured(connection, advice), seconds)


def _run(connection: Connection, advice: Advice) -> None:
    if advice.kind == "bloat":
        statements.run(connection, "operations/weekly_maintenance/vacuum", table=f"public.{advice.table}")
    elif advice.kind == "unused index":
        name = "drop_parent_index" if advice.is_partitioned else "drop_index"
        statements.run(connection, f"operations/review/{name}", index=f"public.{advice.index}")
    elif advice.is_partitioned:
        _index_partitions(connection, advice)
    else:
        statements.run(
            connection,
            "operations/review/create_index",
            index=advice.index,
            table=f"public.{advice.table}",
            column=advice.column,
        )


def _index_partitions(connection: Connection, advice: Advice) -> None:
    """Each partition concurrently, then joined under one index, which is what later partitions inherit."""
    table = {"table_name": f"public.{advice.table}"}
    statements.run(
        connection, "operations/review/create_parent_index",
        index=advice.index, table=f"public.{advice.table}", column=advice.column,
    )  # fmt: skip
    for row in statements.run(connection, "operations/review/partitions_of", table):
        part = f"idx_{row['name']}_{advice.column}"[:63]
        statements.run(
            connection,
            "operations/review/create_index",
            index=part,
            table=f"public.{row['name']}",
            column=advice.column,
        )
        statements.run(
            connection, "operations/review/attach_index", index=f"public.{advice.index}", part=f"public.{part}"
        )


def _measured(connection: Connection, advice: Advice) -> Decimal | None:
    if advice.kind == "missing index":
        for timing in timings(connection):
            if timing.query_id == advice.query_id:
                plan, _ = explain(connection, timing.query)
                return Decimal(str(plan["Total Cost"])) if plan else None
        return None
    for table in table_uses(connection):
        if table.table_name == advice.table:
            return Decimal(table.dead_rows if advice.kind == "bloat" else table.bytes)
    return None
