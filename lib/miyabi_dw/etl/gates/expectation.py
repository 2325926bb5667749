"""Great Expectations, used here only: it knows what each expectation means and judges it; one query counts.

No data context is made, so there is no configuration, no Data Docs and no telemetry: an execution engine turns each
expectation into SQL conditions, and the expectation judges the counts of the rows that meet them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from miyabi_dw.common.errors import SuiteError
from miyabi_dw.etl.gates.batch import Batch, raw
from miyabi_dw.etl.gates.needed import (
    Expectation,
    ExpectationConfiguration,
    GreatExpectationsError,
    MetricConfiguration,
    MetricsCalculator,
    SqlAlchemyBatchData,
    SqlAlchemyExecutionEngine,
    ValidationGraph,
    get_expectation_impl,
)
from miyabi_dw.etl.gates.report import Observed
from miyabi_dw.etl.gates.suites import Check

__all__ = ["Definer", "Definition", "GreatExpectationsError", "Metrics", "expectation"]

Metrics = dict[Any, Any]
COUNTED = ".unexpected_count"
UNIQUE = "column_values.unique.unexpected_count"
CONSIDERED = ".filtered_row_count"
# Only success and counts are asked for; samples and lists would each be a query of their own.
COUNTS_ONLY = {"result_format": {"result_format": "BOOLEAN_ONLY"}, "catch_exceptions": False}
WITH_VALUE = {"result_format": {"result_format": "BASIC"}, "catch_exceptions": False}
NEVER = 10**9


@dataclass(frozen=True)
class Definition:
    """One expectation ready to be evaluated: which rows break it, and which counts it wants to know."""

    check: Check
    expectation: Expectation
    names: Mapping[str, Any]
    offending: sa.ColumnElement[bool] | None = None
    offending_sql: str | None = None
    counts: dict[Any, sa.ColumnElement[Any]] = field(default_factory=dict)
    fixed: Metrics = field(default_factory=dict)
    others: tuple[MetricConfiguration, ...] = ()
    failed_count: Any = None


def expectation(check: Check, arguments: Mapping[str, Any], batch_id: str) -> Expectation:
    """The expectation object; SuiteError where there is no such type or an argument does not fit it."""
    try:
        get_expectation_impl(check.type)
    except GreatExpectationsError as error:
        raise SuiteError(f"there is no expectation {check.type}", check.id, "correct its type") from error
    configuration = ExpectationConfiguration(type=check.type, kwargs={**arguments, "batch_id": batch_id})
    try:
        return configuration.to_domain_obj()
    except (ValueError, TypeError) as error:
        raise SuiteError(f"kwargs do not fit {check.type}: {_reason(error)}", check.id, "correct them") from error


def _reason(error: Exception) -> str:
    problems = error.errors() if hasattr(error, "errors") else []
    return "; ".join(f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in problems) or str(error)


class Definer:
    """Turns checks on one batch into definitions."""

    def __init__(self, engine: sa.Engine, batch: Batch) -> None:
        self._batch = batch
        self._engine = SqlAlchemyExecutionEngine(engine=engine)
        name = {"query": batch.text[1:-1]} if batch.text.startswith("(") else _table_of(batch)
        data = SqlAlchemyBatchData(execution_engine=self._engine, create_temp_table=False, **name)
        self._engine.load_batch_data(batch.table, data)
        # Known already; asking the engine for them would be three catalogue queries a table.
        types = [{"name": name, "type": kind} for name, kind in batch.columns.items()]
        # No condition on one row needs the number of rows, yet the engine insists on having it.
        self._catalogue = {"table.columns": list(batch.columns), "table.column_types": types, "table.row_count": None}

    def define(self, check: Check, arguments: Mapping[str, Any]) -> Definition:
        """What must be counted for one check on the rows of a table."""
        wanted = expectation(check, arguments, self._batch.table)
        return self._sort(check, wanted, self._dependencies(wanted))

    def define_sql(self, check: Check, sql_text: str) -> Definition:
        """What must be counted for a check that is a query for offending rows; `sql_text` names its batch {batch}."""
        # Great Expectations prints a warning for a query that leaves its batch out, as one about a whole table may.
        named = sql_text if "{batch}" in sql_text else f"{sql_text}\n-- {{batch}}"
        template = named.replace("{", "{{").replace("}", "}}").replace("{{batch}}", "{batch}")
        wanted = expectation(check, {"unexpected_rows_query": template}, self._batch.table)
        needed = {metric.metric_name: metric.id for metric in self._dependencies(wanted)}
        offending = sql_text.replace("{batch}", self._batch.text)
        count = needed["unexpected_rows_query.row_count"]
        rows = sa.select(sa.func.count()).select_from(raw(offending).columns().subquery()).scalar_subquery()
        # The offending rows themselves are fetched only when there are any, and only a few.
        fixed: Metrics = {needed["unexpected_rows_query.table"]: []}
        return Definition(check, wanted, needed, None, offending, {count: rows}, fixed, (), count)

    def judge(self, definition: Definition, counted: Metrics) -> tuple[bool, Observed]:
        """Whether the expectation is met, and what was observed."""
        metrics = {**counted, **definition.fixed, **self._compute(definition.others)}
        known = {name: metrics[metric] for name, metric in definition.names.items()}
        form = COUNTS_ONLY if definition.failed_count is not None else WITH_VALUE
        # metrics_validate() would work out once more which metrics are wanted, which takes longer than all else here.
        result = definition.expectation._validate(
            metrics=known, runtime_configuration=dict(form), execution_engine=self._engine
        )
        value = None if form is COUNTS_ONLY else result["result"].get("observed_value")
        return bool(result["success"]), {} if value is None else {"value": value}

    def _dependencies(self, wanted: Expectation) -> list[MetricConfiguration]:
        found = wanted.get_validation_dependencies(self._engine, COUNTS_ONLY)
        return list(found.get_metric_configurations())

    def _sort(self, check: Check, wanted: Expectation, needed: Sequence[MetricConfiguration]) -> Definition:
        """Which of the metrics are counts that one query for all checks can give, and which are left to the engine."""
        counts: dict[Any, sa.ColumnElement[Any]] = {}
        others: list[MetricConfiguration] = []
        offending, failed = None, None
        for metric in needed:
            if metric.metric_name == "table.row_count":
                counts[metric.id] = sa.func.count()
            elif metric.metric_name.endswith(CONSIDERED):
                counts[metric.id] = sa.func.count().filter(self._considered(metric))
            elif metric.metric_name.endswith(COUNTED):
                condition = sa.and_(self._considered(metric), self._condition(metric))
                counts[metric.id] = self._count_of(metric, condition)
                if metric.metric_name == f"{getattr(wanted, 'map_metric', None)}{COUNTED}":
                    offending, failed = condition, metric.id
            else:
                others.append(metric)
        names = {metric.metric_name: metric.id for metric in needed}
        return Definition(check, wanted, names, offending, None, counts, {}, tuple(others), failed)

    def _count_of(self, metric: MetricConfiguration, condition: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
        """Of repeated keys: first whether there are any, which costs a quarter of counting their rows."""
        if metric.metric_name != UNIQUE:
            return sa.func.count().filter(condition)
        column: sa.ColumnClause[Any] = sa.column(metric.metric_domain_kwargs["column"])
        rows = sa.select(sa.func.count()).select_from(self._batch.source).where(condition)
        none_is_repeated = sa.func.count(column) == sa.func.count(column.distinct())
        return sa.case((none_is_repeated, 0), else_=rows.correlate(None).scalar_subquery())

    def _considered(self, metric: MetricConfiguration) -> sa.ColumnElement[bool]:
        """Rows that the expectation looks at: not those that ignore_row_if leaves out."""
        records = self._engine.get_domain_records(dict(metric.metric_domain_kwargs))
        where = getattr(records, "whereclause", None)
        return sa.true() if where is None else where

    def _condition(self, metric: MetricConfiguration) -> sa.ColumnElement[bool]:
        """The engine's own SQL for "this row breaks it"."""
        if metric.metric_name in (UNIQUE, "compound_columns.unique.unexpected_count"):
            return self._repeated(metric.metric_domain_kwargs)
        given = {key: value for key, value in metric.metric_value_kwargs.items() if key != "result_format"}
        name = metric.metric_name.removesuffix(COUNTED) + ".condition"
        wanted = MetricConfiguration(name, metric.metric_domain_kwargs, given)
        graph = ValidationGraph(execution_engine=self._engine)
        graph.build_metric_dependency_graph(metric_configuration=wanted)
        needed = {part for edge in graph.edges for part in (edge.left, edge.right) if part is not None}
        known = {part.id: self._catalogue[part.metric_name] for part in needed if part.metric_name in self._catalogue}
        condition: sa.ColumnElement[bool] = self._engine.resolve_metrics([wanted], metrics=known)[wanted.id][0]
        return condition

    def _repeated(self, domain: Mapping[str, Any]) -> sa.ColumnElement[bool]:
        """The engine counts repeated keys in a query of its own; this says the same within the common one."""
        columns: list[sa.ColumnElement[Any]] = [
            sa.column(name) for name in domain.get("column_list") or [domain["column"]]
        ]
        repeated = sa.select(*columns).select_from(self._batch.source).group_by(*columns).having(sa.func.count() > 1)
        return (sa.tuple_(*columns) if len(columns) > 1 else columns[0]).in_(repeated)

    def _compute(self, metrics: Sequence[MetricConfiguration]) -> Metrics:
        if not metrics:
            return {}
        values, aborted = MetricsCalculator(self._engine, show_progress_bars=False).compute_metrics(
            list(metrics), {"catch_exceptions": False}, NEVER
        )
        if aborted:
            raise GreatExpectationsError("; ".join(str(part["exception_info"]) for part in aborted.values()))
        return dict(values)


def _table_of(batch: Batch) -> dict[str, str | None]:
    table = batch.source
    assert isinstance(table, sa.TableClause)
    return {"table_name": table.name, "schema_name": table.schema}
