"""Queries for offending rows that still work when the run's own tables are gone: they look where the rows went."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.sql.visitors import replacement_traverse

from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, quote_identifier, rendered
from miyabi_dw.etl.gates.batch import Batch, raw, relation, shown, slice_days
from miyabi_dw.etl.gates.expectation import Definition
from miyabi_dw.etl.gates.queries import offending_query
from miyabi_dw.etl.gates.suites import Layer
from miyabi_dw.etl.tables import source_table


class Destination:
    """Where the rows of one batch lie after the load."""

    def __init__(self, connection: Connection, schema: str, layer: Layer, batch: Batch) -> None:
        self._connection, self._schema, self._layer, self._batch = connection, schema, layer, batch

    @cached_property
    def _text(self) -> str:
        return self._staged(self._batch.table) if self._layer == "conformed" else self._loaded()

    @cached_property
    def _source(self) -> sa.FromClause:
        return sa.select(sa.text("*")).select_from(raw(f"{self._text} AS loaded")).subquery("loaded")

    def query(self, definition: Definition, parameters: Mapping[str, Any]) -> str:
        """The query for all rows that break the expectation."""
        if definition.offending is not None:
            rows = sa.select(sa.text("*")).select_from(self._batch.source).where(definition.offending)
            moved = replacement_traverse(rows, {}, self._replace)
            return shown(self._connection, cast("sa.Executable", moved))
        check = definition.check
        text = offending_query(self._connection, check, check.arguments(parameters), parameters, self._name)
        return text.replace("{batch}", self._text)

    def _replace(self, element: Any, **_: Any) -> Any:
        return self._source if element is self._batch.source else None

    def _name(self, word: str) -> str:
        """What a query's name for a table of the run stands for now."""
        kind, _, table = word.partition("_")
        return self._staged(table) if kind == "stg" else quote_identifier(f"public.{table}")

    def _staged(self, table: str) -> str:
        fact = source_table(table).carried_by
        if not fact:
            return quote_identifier(f"staging.{table}")
        days = slice_days(self._connection, ".".join(relation(self._schema, "conformed", table)))
        text = statements.statement(f"etl/gates/rows_of_{fact}").strip()
        return f"({rendered(self._connection, text, days)})"

    def _loaded(self) -> str:
        fact = f"public.{self._batch.table}"
        if not self._batch.days:
            return quote_identifier(fact)
        text = statements.statement("etl/gates/days_of_fact", fact=fact).strip()
        return f"({rendered(self._connection, text, self._batch.days)})"
