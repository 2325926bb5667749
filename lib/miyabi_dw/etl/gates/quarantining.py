"""Takes rows and fields that break a quarantining check out of the batch, by the very condition that counted them."""

from typing import Any

import sqlalchemy as sa

from miyabi_dw.db import connection as db
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection
from miyabi_dw.etl.batch import StageContext
from miyabi_dw.etl.gates.batch import Batch, compiled, raw
from miyabi_dw.etl.gates.expectation import Definition
from miyabi_dw.etl.gates.faults import clock_is_sure, fault
from miyabi_dw.etl.gates.suites import Suite

OFFENDING = sa.table("offending", *map(sa.column, ("row_place", "position", "check_id", "reason", "field", "is_kept")))


def prepare(connection: Connection, stage: StageContext, suites: tuple[Suite, ...]) -> None:
    """Undoes an earlier attempt of this gate, so that each sees the whole batch; a table where a query needs one."""
    _put_back(connection, stage, suites)
    for suite in suites:
        if any(check.names_places for check in suite.expectations):
            _make_table(connection, suite.table)


def _put_back(connection: Connection, stage: StageContext, suites: tuple[Suite, ...]) -> None:
    ids = [check.id for suite in suites for check in suite.expectations if check.quarantine]
    for row in statements.run(connection, "etl/gates/rejected_tables", {"check_ids": ids}):
        table = f"{stage.schema}.stg_{row['source_table']}"
        values = {"check_ids": ids, "source_table": row["source_table"]}
        statements.run(connection, "etl/gates/restore_fields", values | {"batch": table})
        statements.run(connection, "etl/gates/put_back", values, batch=table)


def quarantine(
    connection: Connection, stage: StageContext, batch: Batch, definitions: list[Definition]
) -> tuple[int, int]:
    """Moves the rows that break any of `definitions` to `rejected`, fields of others to `rejected_field`; how many."""
    if not definitions:
        return 0, 0
    _make_table(connection, batch.table)
    statements.run(connection, "etl/gates/create_offending")
    for position, definition in enumerate(definitions):
        found = OFFENDING.insert().from_select(OFFENDING.c.keys(), _places(position, definition, batch, stage))
        db.execute(connection, *compiled(found))
    table = f"{stage.schema}.stg_{batch.table}"
    values = {"source_table": batch.table, "batch": table}
    rows = statements.run_count(connection, "etl/gates/reject_rows", values, batch=table)
    fields = any(definition.check.takes_fields for definition in definitions)
    return rows, statements.value_as(int, connection, "etl/gates/reject_fields", values) if fields else 0


def quarantined_rows(connection: Connection, stage: StageContext, check_id: str) -> str:
    """The query that shows what a check quarantined, good for as long as the quarantine has it."""
    values = {"run_id": stage.run_id, "check_id": check_id}
    return db.rendered(connection, statements.statement("etl/gates/quarantined_rows").strip().rstrip(";"), values)


def _make_table(connection: Connection, table: str) -> None:
    """The batch of a large table may be a view, which has no places and from which nothing can be taken."""
    statements.run(connection, "etl/transform/make_table", {"source_table": table})


def _places(position: int, definition: Definition, batch: Batch, stage: StageContext) -> sa.Select[Any]:
    check = definition.check
    zone = stage.settings.source_timezone
    head: tuple[sa.ColumnElement[Any], ...] = (
        sa.column("ctid"), sa.literal(position), sa.literal(check.id), fault(check, batch, zone),
        sa.literal(check.bad_field, sa.Text), sa.literal(check.quarantine == "noted"),
    )  # fmt: skip
    if definition.offending_sql:
        return sa.select(*head).select_from(raw(definition.offending_sql).columns().subquery("found"))
    assert definition.offending is not None
    broken = sa.select(*head).select_from(batch.source).where(definition.offending)
    return broken.where(clock_is_sure(check, zone)) if check.takes_fields else broken
