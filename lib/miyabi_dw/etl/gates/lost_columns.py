"""Columns of the source that runs have read: one that is gone stops the next run until an operator accepts that."""

import getpass
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection
from miyabi_dw.etl.batch import StageContext


@dataclass(frozen=True, slots=True)
class KnownColumn:
    """A column of the source that a run has read."""

    table_name: str
    column_name: str


def known_columns(connection: Connection, asked: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """By table, the columns that a run has read and nobody has accepted as gone."""
    known: dict[str, list[str]] = {}
    for row in statements.rows_as(KnownColumn, connection, "etl/gates/known_columns", asked):
        known.setdefault(row.table_name, []).append(row.column_name)
    return known


def note_columns(connection: Connection, stage: StageContext, found: Mapping[str, Collection[str]]) -> None:
    """Keeps which of the columns that are read the source has now."""
    seen = [
        (table.table, name) for table in stage.tables for name in table.columns if name in found.get(table.table, ())
    ]
    tables, columns = ([pair[place] for pair in seen] for place in (0, 1))
    values = {"run_id": stage.run_id, "tables": tables, "columns": columns}
    statements.run_count(connection, "etl/gates/note_columns", values)


def accept_column(connection: Connection, name: str, why: str) -> None:
    """Notes who accepts that the column TABLE.COLUMN is gone, and why; BadRequest where no run has read such a one."""
    if not why.strip():
        raise BadRequest("no reason was given", remedy="say with --why why the column is gone")
    table, _, column = name.partition(".")
    values = {"table_name": table, "column_name": column, "accepted_by": getpass.getuser(), "why": why.strip()}
    if not statements.run_count(connection, "etl/gates/accept_column", values):
        raise BadRequest(f"no run has read a column {name!r}", remedy="name it as the failed run does, TABLE.COLUMN")
