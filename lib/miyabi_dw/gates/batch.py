"""The rows that a suite looks at, as SQL that fits into a query and into a message."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg2 import dialect as postgresql

from miyabi_dw import database, statements
from miyabi_dw.database import Connection
from miyabi_dw.gates.suites import Layer, Suite
from miyabi_dw.stage import StageContext

DIALECT = postgresql()
NO_DAY = 0
Known = Mapping[tuple[str, str], Mapping[str, str]]


@dataclass(frozen=True)
class Batch:
    """A run's slice of one table, with its columns' types; `text` stands in a FROM clause where a table's name could."""

    table: str
    source: sa.FromClause
    text: str
    columns: Mapping[str, str]
    key: tuple[str, ...]

    @property
    def exists(self) -> bool:
        return bool(self.columns)


def open_batches(
    connection: Connection, stage: StageContext, layer: Layer, suites: tuple[Suite, ...]
) -> dict[str, Batch]:
    """The batch of each suite by table; one of a table that is not there has no columns."""
    names = {suite.table: relation(stage, layer, suite.table) for suite in suites}
    known = _columns(connection, list(names.values()))
    return {suite.table: _batch(connection, stage, suite, names[suite.table], known) for suite in suites}


def relation(stage: StageContext, layer: Layer, table: str) -> tuple[str, str]:
    """Schema and name of the table that holds `table` in a layer."""
    return (stage.schema, f"stg_{table}") if layer == "conformed" else ("public", table)


def fetch(connection: Connection, query: sa.Executable) -> list[dict[str, Any]]:
    """The rows of a SQLAlchemy expression, run on our own connection."""
    return database.query(connection, *compiled(query))


def compiled(query: sa.Executable | sa.FromClause) -> tuple[str, Mapping[str, Any]]:
    """Text and parameters for the driver, which does the quoting."""
    # A column list is short, but literal lists are expanded here so that nothing is left to SQLAlchemy's own execution.
    done = query.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})  # type: ignore[union-attr]
    return str(done), dict(done.params)


def shown(connection: Connection, query: sa.Executable) -> str:
    """The query as text that can be pasted into psql."""
    return database.rendered(connection, *compiled(query))


def raw(sql_text: str) -> sa.TextClause:
    """SQL that is already complete, for use inside an expression: its colons are no parameters."""
    return sa.text(sql_text.replace(":", r"\:") + "\n")


def _columns(connection: Connection, relations: list[tuple[str, str]]) -> Known:
    rows = statements.run(
        connection,
        "gates/table_columns",
        {"schemas": [schema for schema, _ in relations], "tables": [table for _, table in relations]},
    )
    return {(row["schema_name"], row["table_name"]): row["columns"] for row in rows}


def _batch(
    connection: Connection,
    stage: StageContext,
    suite: Suite,
    name: tuple[str, str],
    known: Known,
) -> Batch:
    columns = known.get(name, {})
    table = sa.table(name[1], *map(sa.column, columns), schema=name[0])
    if suite.slice is None or not columns:
        return Batch(suite.table, table, database.quote_identifier(".".join(name)), columns, ("id",))
    rows = _sliced(connection, stage, suite, table)
    text = f"({shown(connection, rows)})"
    return Batch(suite.table, raw(text[1:-1]).columns().subquery("batch"), text, columns, tuple(suite.slice.on))


def _sliced(connection: Connection, stage: StageContext, suite: Suite, table: sa.TableClause) -> sa.Select[Any]:
    """The rows of the run; the days are written out so that only their partitions are opened."""
    assert suite.slice is not None
    keys = sa.table(suite.slice.table, *map(sa.column, suite.slice.on.values()), schema=stage.schema)
    meets = [table.c[column] == keys.c[key] for column, key in suite.slice.on.items()]
    rows = sa.select(table).where(sa.exists(sa.select(sa.literal(1)).select_from(keys).where(*meets)))
    if "time_key" not in suite.slice.on:
        return rows
    bounds = statements.run(connection, "gates/slice_days", keys=f"{stage.schema}.{suite.slice.table}")[0]
    return rows.where(table.c.time_key.between(bounds["first_day"] or NO_DAY, bounds["last_day"] or NO_DAY))
