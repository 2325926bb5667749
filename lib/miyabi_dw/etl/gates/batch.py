"""The rows that a suite looks at, as SQL that fits into a query and into a message."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg2 import dialect as postgresql

from miyabi_dw.db import connection as db
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection
from miyabi_dw.etl.gates.suites import Layer, Slice, Suite

DIALECT = postgresql()  # type: ignore[no-untyped-call]
NO_DAY = 0
UNMADE = "unread"
Known = Mapping[tuple[str, str], Mapping[str, str]]


@dataclass(frozen=True)
class Batch:
    """A run's slice of one table, with its columns' types; `text` stands in FROM where a table's name could."""

    table: str
    source: sa.FromClause
    text: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    days: Mapping[str, int]

    @property
    def exists(self) -> bool:
        return bool(self.columns)


def open_batches(
    connection: Connection, schema: str, layer: Layer, suites: tuple[Suite, ...], zone: str, *, whole: bool = False
) -> dict[str, Batch]:
    """The batch of each suite by table, its run's slice or the `whole` table; one that is not there has no columns.

    `zone` is the time zone of business days.
    """
    names = {suite.table: relation(schema, layer, suite.table) for suite in suites}
    pieces = [(schema, suite.slice.table) for suite in suites if suite.slice and not whole]
    known = _columns(connection, [*names.values(), *pieces])
    return {
        suite.table: _batch(connection, schema, suite, None if whole else suite.slice, names[suite.table], known, zone)
        for suite in suites
    }


def relation(schema: str, layer: Layer, table: str) -> tuple[str, str]:
    """Schema and name of the table that holds `table` in a layer."""
    return (schema, f"stg_{table}") if layer == "conformed" else ("public", table)


def fetch(connection: Connection, query: sa.Executable) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The columns and the rows of a SQLAlchemy expression, run on our own connection."""
    return db.query_columns(connection, *compiled(query))


def compiled(query: sa.Executable | sa.FromClause) -> tuple[str, Mapping[str, Any]]:
    """Text and parameters for the driver, which does the quoting."""
    # A column list is short, but literal lists are expanded here so that nothing is left to SQLAlchemy's own execution.
    done = query.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})  # type: ignore[union-attr]
    return str(done), dict(done.params)


def shown(connection: Connection, query: sa.Executable) -> str:
    """The query as text that can be pasted into psql."""
    return db.rendered(connection, *compiled(query))


def raw(sql_text: str) -> sa.TextClause:
    """SQL that is already complete, for use inside an expression: its colons are no parameters."""
    return sa.text(sql_text.replace(":", r"\:") + "\n")


def _columns(connection: Connection, relations: list[tuple[str, str]]) -> Known:
    rows = statements.run(
        connection,
        "etl/gates/table_columns",
        {"schemas": [schema for schema, _ in relations], "tables": [table for _, table in relations]},
    )
    return {(row["schema_name"], row["table_name"]): row["columns"] for row in rows}


def _batch(
    connection: Connection,
    schema: str,
    suite: Suite,
    piece: Slice | None,
    name: tuple[str, str],
    known: Known,
    zone: str,
) -> Batch:
    columns = known.get(name, {})
    table = sa.table(name[1], *map(sa.column, columns), schema=name[0])
    if piece is None or not columns:
        first = next(iter(columns), "")
        return Batch(suite.table, table, db.quote_identifier(".".join(name)), columns, (first,), {})
    # What the load had no need to make is found empty elsewhere, as the load finds it.
    keys = (schema if (schema, piece.table) in known else UNMADE, piece.table)
    days = _days(connection, schema, piece, keys, zone)
    text = f"({shown(connection, _sliced(keys, piece, table, days))})"
    return Batch(suite.table, raw(text[1:-1]).columns().subquery("batch"), text, columns, tuple(piece.keys), days)


def _days(connection: Connection, schema: str, piece: Slice, keys: tuple[str, str], zone: str) -> dict[str, int]:
    """First and last day of the slice; written into queries so that only the partitions of those days are opened."""
    spans = [slice_days(connection, ".".join(keys))] if "time_key" in piece.keys else []
    for table, moment in piece.read.items():
        names = {"batch": f"{schema}.{table}", "moment": moment}
        spans += statements.run(connection, "etl/gates/read_days", {"business_timezone": zone}, **names)
    if not spans:
        return {}
    first, last = ([span[edge] for span in spans if span[edge]] for edge in ("first_day", "last_day"))
    return {"first_day": min(first, default=NO_DAY), "last_day": max(last, default=NO_DAY)}


def slice_days(connection: Connection, table: str) -> dict[str, int]:
    """The first and last time_key of a table of the run."""
    found = statements.run(connection, "etl/gates/slice_days", keys=table)[0]
    return {edge: day or NO_DAY for edge, day in found.items()}


def _sliced(keys: tuple[str, str], piece: Slice, table: sa.TableClause, days: Mapping[str, int]) -> sa.Select[Any]:
    wanted = sa.table(keys[1], *map(sa.column, piece.keys.values()), schema=keys[0])
    meets = [table.c[column] == wanted.c[key] for column, key in piece.keys.items()]
    rows = sa.select(table).where(sa.exists(sa.select(sa.literal(1)).select_from(wanted).where(*meets)))
    return rows.where(table.c.time_key.between(days["first_day"], days["last_day"])) if days else rows
