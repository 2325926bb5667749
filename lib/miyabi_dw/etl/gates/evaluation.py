"""Evaluates a suite: one query counts for all its checks; more is asked only about those that failed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from miyabi_dw.common.errors import SuiteError
from miyabi_dw.db import connection as db
from miyabi_dw.db.connection import Connection, DatabaseError
from miyabi_dw.db.errors import explained, redacted_error
from miyabi_dw.etl.gates.batch import Batch, fetch, raw, shown
from miyabi_dw.etl.gates.expectation import Definer, Definition, GreatExpectationsError, Metrics
from miyabi_dw.etl.gates.queries import offending_query
from miyabi_dw.etl.gates.report import CheckResult
from miyabi_dw.etl.gates.suites import SQL_EXPECTATION, Check, Suite

SAMPLE_ROWS = 5
SAMPLE_TEXT = 200
CannotCheck = (SuiteError, DatabaseError, GreatExpectationsError)


class Evaluation:
    """All checks of one suite on one batch."""

    def __init__(
        self, connection: Connection, engine: sa.Engine, layer: str, suite: Suite, batch: Batch,
        parameters: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self._connection, self._layer, self._suite, self.batch = connection, layer, suite, batch
        self.parameters = {**parameters, **batch.days}
        self._definer = Definer(engine, batch) if batch.exists else None
        self.definitions: dict[str, Definition] = {}

    def results(self) -> list[CheckResult]:
        """One result a check, in the suite's order. A check that breaks spoils no other."""
        unusable = {check.id: reason for check in self._suite.expectations if (reason := self._define(check))}
        counted, broken = self._count(list(self.definitions.values()))
        unusable |= broken
        return [
            self._not_checked(check, unusable[check.id]) if check.id in unusable
            else self._result_of(self.definitions[check.id], counted)
            for check in self._suite.expectations
        ]  # fmt: skip

    def _define(self, check: Check) -> str | None:
        """Why the check cannot be used, if it cannot."""
        if self._definer is None:
            return f"the table {self.batch.text} does not exist"
        absent = [name for name in check.columns if name not in self.batch.columns]
        if absent:
            return f"the table {self._suite.table} has no column {', '.join(absent)}"
        try:
            self.definitions[check.id] = self._definition(self._definer, check)
        except CannotCheck as error:
            return _sentence(error)
        return None

    def _definition(self, definer: Definer, check: Check) -> Definition:
        arguments = check.arguments(self.parameters)
        if check.type != SQL_EXPECTATION:
            return definer.define(check, arguments)
        sql_text = offending_query(self._connection, check, arguments, self.parameters, self._run_table)
        return definer.define_sql(check, sql_text)

    def _run_table(self, word: str) -> str:
        return db.quote_identifier(f"{self.parameters['schema']}.{word}")

    def _count(self, definitions: list[Definition]) -> tuple[Metrics, dict[str, str]]:
        """The counts that all definitions want; on an error each is counted alone, to find which one it is."""
        wanted = {metric: column for definition in definitions for metric, column in definition.counts.items()}
        try:
            return self._count_once(wanted), {}
        except DatabaseError as error:
            self._still_connected(error)
        counted, broken = self._count_once({}), {}
        for definition in definitions:
            try:
                counted |= self._count_once(definition.counts)
            except DatabaseError as error:
                self._still_connected(error)
                broken[definition.check.id] = _sentence(error)
        return counted, broken

    def _count_once(self, wanted: Mapping[Any, sa.ColumnElement[Any]]) -> Metrics:
        if self._definer is None:
            return {}
        columns = [column.label(f"c{number}") for number, column in enumerate(wanted.values())]
        query = sa.select(sa.func.count().label("all_rows"), *columns).select_from(self.batch.source)
        _, rows = fetch(self._connection, query)
        return dict(zip((None, *wanted), rows[0], strict=True))

    def _result_of(self, definition: Definition, counted: Metrics) -> CheckResult:
        assert self._definer is not None
        try:
            success, observed = self._definer.judge(definition, counted)
        except CannotCheck as error:
            return self._not_checked(definition.check, _sentence(error))
        failed = counted[definition.failed_count] if definition.failed_count is not None else None
        # A query that finds more rows than the batch has looked elsewhere, at the whole table for one.
        looked_elsewhere = failed is not None and failed > counted[None]
        result = self._result(
            definition.check, outcome="passed" if success else "failed", observed=observed,
            rows_checked=None if looked_elsewhere else counted[None], rows_failed=failed,
        )  # fmt: skip
        return self._explained(result, definition) if failed else result

    def _explained(self, result: CheckResult, definition: Definition) -> CheckResult:
        """With the query for all offending rows and, where the check failed, a few of them."""
        rows = offending_rows(self._connection, definition, self.batch)
        if result.outcome == "passed":
            return replace(result, offending_rows_sql=rows)
        names, few = fetch(self._connection, sample_rows(definition, self.batch))
        sample = [_short(dict(zip(names, row, strict=True))) for row in few]
        return replace(result, observed={**result.observed, "sample": sample}, offending_rows_sql=rows)

    def _not_checked(self, check: Check, reason: str) -> CheckResult:
        return self._result(check, outcome="could not run", observed={"reason": reason})

    def _result(self, check: Check, **found: Any) -> CheckResult:
        return CheckResult(
            suite=f"{self._layer}/{self._suite.table}", layer=self._layer, table_name=self._suite.table,
            check_id=check.id, expectation=check.type, severity=check.severity, note=check.note,
            column_name=", ".join(check.columns) or None, quarantines=bool(check.quarantine), **found,
        )  # fmt: skip

    def _still_connected(self, error: Exception) -> None:
        if self._connection.closed:
            raise explained(error, f"while checking {self._suite.table}") from error


def offending_rows(connection: Connection, definition: Definition, batch: Batch) -> str:
    """The query for all rows that break the expectation."""
    if definition.offending_sql:
        return definition.offending_sql
    assert definition.offending is not None
    return shown(connection, sa.select(sa.text("*")).select_from(batch.source).where(definition.offending))


def sample_rows(definition: Definition, batch: Batch) -> sa.Executable:
    """A few of them: key and the columns that the check is about."""
    if definition.offending_sql:
        rows = sa.select(sa.text("*")).select_from(raw(definition.offending_sql).columns().subquery("offending"))
        return rows.limit(SAMPLE_ROWS)
    assert definition.offending is not None
    names = [name for name in dict.fromkeys((*batch.key, *definition.check.columns)) if name in batch.columns]
    few: sa.Select[*tuple[Any, ...]] = sa.select(*map(sa.column, names))
    return few.select_from(batch.source).where(definition.offending).limit(SAMPLE_ROWS)


def _short(row: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: None if value is None else str(value)[:SAMPLE_TEXT] for name, value in row.items() if name != "ctid"}


def _sentence(error: Exception) -> str:
    return str(error) if isinstance(error, SuiteError) else redacted_error(error)
