"""Answers a question: one figure for each period and combination of dimensions, and how far each is known."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.text import did_you_mean
from miyabi_dw.db.connection import Connection
from miyabi_dw.metrics import statement
from miyabi_dw.metrics.catalogue import run
from miyabi_dw.metrics.definition import Definition, Measure
from miyabi_dw.metrics.measured import BY, DIGITS, schema_of, values_of
from miyabi_dw.metrics.periods import USUAL, Grain, Period, write_period
from miyabi_dw.metrics.question import Question

logger = logging.getLogger(__name__)

State = Literal["complete", "running", "partly loaded", "not loaded", "archived"]
MOST_FIGURES = 100_000
MOST_VALUES = 1_000
SIXTH = Decimal(1).scaleb(-DIGITS)
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Figure:
    """The number of one period, made of so many rows. A ratio is 0 to 1; null is what is not known, never a zero."""

    period: str
    starts: date
    ends: date
    dimensions: tuple[str, ...]
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    rows: int
    state: State
    dora_class: str | None
    is_trusted: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The figures in the order of their periods, then of their dimensions, which are named as `by` names them."""

    metric: Definition
    grain: str
    by: tuple[str, ...]
    figures: tuple[Figure, ...]


def answer(connection: Connection, question: Question) -> Answer:
    """The answer, on a connection that may only read.

    BadRequest for days of which none was loaded, for a value that a dimension never has, and for too many figures.
    """
    found = figures(connection, question)
    if not any(figure.rows for figure in found):
        _check_values(connection, question)
        _check_loaded(connection, question)
    return Answer(question.metric, str(question.grain), question.by, found)


def figures(connection: Connection, question: Question) -> tuple[Figure, ...]:
    """The figures, for whom it is no mistake that nothing was loaded; BadRequest for too many."""
    names, rows = run(connection, statement.figures(question, MOST_FIGURES + 1))
    if len(rows) > MOST_FIGURES:
        remedy = "choose fewer dimensions, a coarser grain or a shorter range"
        raise BadRequest(f"the answer has more than {MOST_FIGURES:,} figures", question.metric.name, remedy)
    given = [dict(zip(names, row, strict=True)) for row in rows]
    periods = {period.ends: period for period in question.periods}
    measures = question.metric.measures
    found = tuple(_figure(question, measures, periods[row["ends"]], row) for row in given)
    logger.debug("%s: %d figures", question.metric.name, len(found))
    return found


def usual_range(
    connection: Connection, metric: Definition, grain: Grain, today: date, until: date | None = None
) -> tuple[date, date]:
    """The days to show where they are not given: the last periods up to `until`, the last loaded day, or today."""
    last = until or loaded_days(connection, metric)[1] or today
    return grain.before(last, USUAL[grain.kind]), last


def loaded_days(connection: Connection, metric: Definition) -> tuple[date | None, date | None]:
    """The first and the last day of which all that the metric comes from was loaded; None without any."""
    first, last = run(connection, statement.loaded_span(metric))[1][0]
    return first, last


def _figure(question: Question, measures: Sequence[Measure], period: Period, row: Row) -> Figure:
    metric = question.metric
    state = _state(question, period, row)
    parts = [
        None if state in ("not loaded", "archived") else _part(m, at, period, row) for at, m in enumerate(measures)
    ]
    is_ratio = metric.type == "ratio"
    return Figure(
        period=write_period(question.grain.kind, period.starts, period.ends),
        starts=period.starts,
        ends=period.ends,
        dimensions=tuple(str(row[BY.format(name)]) for name in question.by),
        value=_divided(parts[0], parts[1]) if is_ratio else parts[0],
        numerator=parts[0] if is_ratio else None,
        denominator=parts[1] if is_ratio else None,
        rows=_whole(row["rows"]),
        state=state,
        dora_class=str(row["dora_class"]) if row["dora_class"] else None,
        is_trusted=metric.trusted_since is None or period.counted_from >= metric.trusted_since,
    )


def _part(measure: Measure, at: int, period: Period, row: Row) -> Decimal | None:
    if measure.agg == "days":
        return Decimal(period.days)
    value = row[f"value_{at}"]
    if value is None:
        # Where no row counts, nothing was spent; a sum of what is not known is not known.
        return Decimal(0) if measure.is_additive and not row[f"rows_{at}"] else None
    return Decimal(str(value))


def _divided(over: Decimal | None, under: Decimal | None) -> Decimal | None:
    return None if over is None or not under else (over / under).quantize(SIXTH, ROUND_HALF_UP)


def _state(question: Question, period: Period, row: Row) -> State:
    """As mart_dora says it: running is the period in which the last loaded day lies."""
    if row["is_archived"]:
        return "archived"
    if not question.metric.loaded_from:
        return "complete" if period.ends < question.today else "running"
    loaded, last = _whole(row["loaded_days"]), row["last_loaded"]
    if loaded == period.days:
        return "complete"
    if not loaded and not row["rows"]:
        return "not loaded"
    return "running" if isinstance(last, date) and period.ends > last else "partly loaded"


def _whole(value: object) -> int:
    return int(str(value or 0))


def _check_values(connection: Connection, question: Question) -> None:
    """A value that a dimension never has is a mistake, and no zero."""
    for name, values in question.where.items():
        asked = values_of(question.metric, name, MOST_VALUES, schema_of(question))
        known = [str(row[0]) for row in run(connection, asked)[1]]
        for value in values:
            if value not in known and len(known) < MOST_VALUES:
                near = did_you_mean(value, known) or f"there are {len(known):,} others"
                raise BadRequest(f"{question.metric.name} has no {name} {value!r}", remedy=near)


def _check_loaded(connection: Connection, question: Question) -> None:
    """Days that nobody has loaded have no answer, which is not the answer nothing."""
    metric, span = question.metric, question.span
    if not metric.loaded_from or run(connection, statement.loaded_span(metric, span))[1][0][0]:
        return
    first, last = loaded_days(connection, metric)
    remedy = f"choose days from {first} to {last}" if first else "load a day: miyabi-dw run daily, or miyabi-dw demo"
    raise BadRequest("no day of the range was loaded", f"{span[0]} to {span[1]}", remedy)
