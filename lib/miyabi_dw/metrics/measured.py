"""The aggregates of a metric over the rows that it comes from, as SQLAlchemy writes them."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    DOUBLE_PRECISION,
    ColumnElement,
    Numeric,
    Select,
    TableClause,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    column,
    distinct,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    true,
)  # fmt: skip

from miyabi_dw.common.timeframe import time_key
from miyabi_dw.metrics.catalogue import SCHEMA
from miyabi_dw.metrics.definition import Definition, Measure
from miyabi_dw.metrics.question import Question

# So many digits behind the point, as the marts have.
DIGITS = 6
BY = "by_{}"


def measured(question: Question, day: CTE) -> Select[Any]:
    """By period (its last day) and dimensions. What adds up is taken by day first, so that the join stays small.

    What is a median or counts distinct values is taken of the rows themselves, never of other medians.
    """
    metric = question.metric
    source = relation(metric, schema_of(question))
    time = source.c[metric.agg_time_dimension]
    place = day.c.day_key if metric.has_day_keys else day.c.day
    taken = aggregates(metric, source)
    keys = [_dimension(source, metric, name).label(BY.format(name)) for name in question.by]
    kept = and_(*conditions(question, source))
    if not all(measure.is_additive for measure in metric.measures):
        found = select(day.c.ends, *keys, *taken).select_from(source.join(day, place == time)).where(kept)
        return found.group_by(day.c.ends, *(key.element for key in keys))
    daily = select(time.label("time"), *keys, *taken).where(kept)
    by_day = daily.group_by(time, *(key.element for key in keys)).subquery("by_day")
    names = [by_day.c[key.name] for key in keys]
    sums = [func.sum(by_day.c[part.name]).label(part.name) for part in taken]
    joined = by_day.join(day, place == by_day.c.time)
    return select(day.c.ends, *names, *sums).select_from(joined).group_by(day.c.ends, *names)


def aggregates(metric: Definition, source: TableClause) -> list[Any]:
    """value_0, rows_0 and, for a ratio, value_1, rows_1; then all the rows that the number is made of."""
    found = []
    for at, measure in counted(metric):
        found += [_value(measure, source).label(f"value_{at}"), _rows(measure, source).label(f"rows_{at}")]
    return [*found, _behind(metric, source).label("rows")]


def counted(metric: Definition) -> Iterator[tuple[int, Measure]]:
    """The measures that rows are asked for: not the days of the period."""
    return ((at, measure) for at, measure in enumerate(metric.measures) if measure.agg != "days")


def conditions(question: Question, source: TableClause) -> Iterator[ColumnElement[bool]]:
    """The days of the question and the values of dimensions that it keeps."""
    metric, (first, last) = question.metric, question.span
    time = source.c[metric.agg_time_dimension]
    yield time.between(time_key(first), time_key(last)) if metric.has_day_keys else time.between(first, last)
    for name, values in question.where.items():
        yield _dimension(source, metric, name) == any_(bindparam(f"where_{name}", list(values), ARRAY(Text)))


def is_behind(metric: Definition, source: TableClause) -> ColumnElement[bool]:
    """Whether a row counts in the number, in what is divided or by what."""
    # What it is divided by comes first: it holds of most rows and is told quickly.
    return or_(*(_counts(measure, source) for _, measure in reversed(list(counted(metric)))))


def values_of(metric: Definition, dimension: str, limit: int, schema: str | None = SCHEMA) -> Select[Any]:
    """The values that a dimension has anywhere."""
    key = _dimension(relation(metric, schema), metric, dimension).label("value")
    return select(key).distinct().order_by(key).limit(limit)


def relation(metric: Definition, schema: str | None) -> TableClause:
    """The metric's view with the columns that it asks for."""
    return table(metric.source, *(column(name) for name in metric.columns), schema=schema)


def schema_of(question: Question) -> str | None:
    """Where the metric's views are: without a schema, those that the session has made itself come first."""
    return None if question.has_cold_months else SCHEMA


def _dimension(source: TableClause, metric: Definition, name: str) -> ColumnElement[str]:
    return func.coalesce(cast(source.c[metric.dimensions[name]], Text), literal_column("'(unknown)'"))


def _value(measure: Measure, source: TableClause) -> ColumnElement[Any]:
    of = source.c[measure.expr] if measure.expr else None
    if measure.agg == "percentile":
        share = func.percentile_cont(literal(measure.percentile)).within_group(cast(of, DOUBLE_PRECISION))
        return func.round(cast(_filtered(share, measure, source), Numeric), literal_column(str(DIGITS)))
    if measure.agg == "sum":
        return _filtered(func.sum(of), measure, source)
    if of is None:
        return _rows(measure, source)
    return _filtered(func.count(distinct(of) if measure.agg == "count_distinct" else of), measure, source)


def _rows(measure: Measure, source: TableClause) -> ColumnElement[int]:
    return _filtered(func.count(), measure, source)


def _behind(metric: Definition, source: TableClause) -> ColumnElement[int]:
    """How many rows the number is made of. What every row costs is left out where it says nothing."""
    only = [measure for _, measure in counted(metric)]
    if len(only) == 1 and only[0].expr:
        return _filtered(func.count(source.c[only[0].expr]), only[0], source)
    return func.count().filter(is_behind(metric, source))


def _filtered(aggregate: Any, measure: Measure, source: TableClause) -> ColumnElement[Any]:
    found: ColumnElement[Any] = aggregate.filter(_passes(measure, source)) if measure.filter else aggregate
    return found


def _passes(measure: Measure, source: TableClause) -> ColumnElement[bool]:
    return or_(*(source.c[name].is_(True) for name in measure.filter)) if measure.filter else true()


def _counts(measure: Measure, source: TableClause) -> ColumnElement[bool]:
    kept = _passes(measure, source)
    return and_(kept, source.c[measure.expr].is_not(None)) if measure.expr else kept
