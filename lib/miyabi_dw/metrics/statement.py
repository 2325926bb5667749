"""Makes one statement of a question: names come from the definition alone, every value is bound.

It has a row for every period with every combination of dimensions that was found, also where nothing was counted, and
says beside each how far the period is loaded and, where DORA has one, its class.
"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    TIMESTAMP,
    ColumnElement,
    Date,
    Integer,
    Interval,
    Select,
    Subquery,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    column,
    false,
    func,
    literal,
    null,
    select,
    table,
    text,
    true,
)  # fmt: skip

from miyabi_dw.metrics.catalogue import SCHEMA
from miyabi_dw.metrics.definition import Definition
from miyabi_dw.metrics.measured import BY, conditions, counted, is_behind, measured, schema_of
from miyabi_dw.metrics.question import Question

ONE_DAY = timedelta(days=1)
ALL = "(all)"


def figures(question: Question, limit: int) -> Select[Any]:
    """Columns: starts, ends, by_*, value_*, rows_*, rows, loaded_days, last_loaded, is_archived, dora_class."""
    period = _periods(question)
    day = _days(period)
    taken = measured(question, day).cte("measured")
    loaded = _loaded(question, day)
    names = [BY.format(name) for name in question.by]
    spine: Any = period
    shown: list[ColumnElement[Any]] = []
    if names:
        combination = select(*(taken.c[name] for name in names)).distinct().cte("combination")
        spine, shown = period.join(combination, true()), [combination.c[name] for name in names]
    same = and_(taken.c.ends == period.c.ends, *(taken.c[key.name] == key for key in shown))
    joined = spine.outerjoin(taken, same).outerjoin(loaded, loaded.c.ends == period.c.ends)
    judged: ColumnElement[Any] = null()
    if question.asks_class:
        of = _classes(question)
        place = shown[0] if shown else of.c.repository
        joined = joined.outerjoin(of, and_(of.c.period_start == period.c.starts, of.c.repository == place))
        judged = of.c["class"]
    parts = [taken.c[f"{kind}_{at}"] for at, _ in counted(question.metric) for kind in ("value", "rows")]
    standing = [loaded.c.loaded_days, loaded.c.last_loaded, loaded.c.is_archived, judged.label("dora_class")]
    found = select(period.c.starts, period.c.ends, *shown, *parts, taken.c.rows, *standing)
    return found.select_from(joined).order_by(period.c.ends, *shown).limit(limit)


def rows_behind(question: Question, columns: list[str], limit: int, offset: int) -> Select[Any]:
    """The rows of the metric's view that the numbers are made of, the largest or the latest first.

    The other columns decide among equals, so that pages of rows neither repeat one nor leave one out.
    """
    metric = question.metric
    listed = table(metric.rows, *(column(name) for name in columns), schema=schema_of(question))
    kept = and_(*conditions(question, listed), is_behind(metric, listed))
    largest = [listed.c[measure.expr].desc().nulls_last() for _, measure in counted(metric) if measure.expr]
    latest = listed.c[metric.agg_time_dimension].desc()
    return select(*listed.c).where(kept).order_by(*largest[:1], latest, *listed.c).limit(limit).offset(offset)


def loaded_span(metric: Definition, within: tuple[date, date] = (date.min, date.max)) -> Select[Any]:
    """The first and the last day of which all tables that the metric comes from were loaded; null without one."""
    whole = _whole_days(metric).subquery("whole")
    return select(func.min(whole.c.day), func.max(whole.c.day)).where(whole.c.day.between(*within))


def _periods(question: Question) -> CTE:
    ends = {name: [getattr(each, name) for each in question.periods] for name in ("starts", "ends", "counted_from")}
    given = func.unnest(*(bindparam(name, days, ARRAY(Date)) for name, days in ends.items()))
    listed = given.table_valued(*(column(name, Date) for name in ends)).render_derived(name="listed")
    return select(*listed.c).cte("period")


def _days(period: CTE) -> CTE:
    first, last = (cast(period.c[name], TIMESTAMP) for name in ("counted_from", "ends"))
    step = func.generate_series(first, last, literal(ONE_DAY, Interval))
    series = step.table_valued(column("at", TIMESTAMP)).render_derived(name="series")
    key = cast(func.to_char(series.c.at, text("'YYYYMMDD'")), Integer)
    return select(period.c.ends, cast(series.c.at, Date).label("day"), key.label("day_key")).cte("day")


def _loaded(question: Question, day: CTE) -> CTE:
    metric = question.metric
    whole = _whole_days(metric).cte("whole")
    joined = day.outerjoin(whole, whole.c.day == day.c.day)
    gone: ColumnElement[bool] = false()
    if metric.fact and not question.has_cold_months:
        month = table(
            "archived_month", column("fact_table"), column("month_key", Integer), column("state"), schema="ops"
        )
        cold = (
            select(month.c.month_key).where(month.c.fact_table == metric.fact, month.c.state == "archived").subquery()
        )
        joined = joined.outerjoin(cold, cold.c.month_key == day.c.day_key // 100)
        gone = func.bool_or(cold.c.month_key.is_not(None))
    last = select(func.max(whole.c.day)).scalar_subquery()
    counted_days = func.count(whole.c.day).label("loaded_days")
    found = select(day.c.ends, counted_days, last.label("last_loaded"), gone.label("is_archived"))
    return found.select_from(joined).group_by(day.c.ends).cte("loaded")


def _whole_days(metric: Definition) -> Select[Any]:
    loaded = table("loaded_day", column("source_table"), column("day", Date), schema="ops")
    tables = bindparam("loaded_from", list(metric.loaded_from), ARRAY(Text))
    found = select(loaded.c.day).where(loaded.c.source_table == any_(tables)).group_by(loaded.c.day)
    return found.having(func.count() == len(metric.loaded_from))


def _classes(question: Question) -> Subquery:
    names = ("period_kind", "period_start", "repository", "metric", "is_default_year", "class")
    judged = table("v_dora_class", *(column(name) for name in names), schema=SCHEMA)
    place = question.where.get("repository", () if "repository" in question.by else (ALL,))
    wanted = [
        judged.c.period_kind == question.grain.kind,
        judged.c.metric == question.metric.dora_class,
        judged.c.is_default_year,
        judged.c.period_start.between(question.periods[0].starts, question.periods[-1].starts),
        *(judged.c.repository == name for name in place),
    ]
    return select(judged.c.period_start, judged.c.repository, judged.c["class"]).where(and_(*wanted)).subquery("judged")
