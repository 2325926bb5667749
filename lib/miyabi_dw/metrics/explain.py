"""The rows behind one number, with where to look further where that is known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.db.connection import Connection
from miyabi_dw.metrics import statement
from miyabi_dw.metrics.answer import Figure, answer
from miyabi_dw.metrics.catalogue import columns_of, run
from miyabi_dw.metrics.definition import Definition
from miyabi_dw.metrics.periods import Grain, Period
from miyabi_dw.metrics.question import Question, ask

# A column of these names says where more of a row is: an address, or a folder of the reports.
LINKS = ("url", "page")


@dataclass(frozen=True, slots=True)
class Explanation:
    """A figure and, of its `figure.rows` rows, the first ones; `links` has for each row its address, '' for none."""

    metric: Definition
    figure: Figure
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    links: tuple[str, ...]


def explain(connection: Connection, question: Question, limit: int, offset: int = 0) -> Explanation:
    """The only figure of a question of one period and no split, and the rows that it is made of from `offset` on."""
    figure = answer(connection, question).figures[0]
    names = list(columns_of(connection, question.metric.rows))
    columns, rows = run(connection, statement.rows_behind(question, names, limit, offset))
    at = [columns.index(name) for name in LINKS if name in columns]
    links = tuple(next((str(row[place]) for place in at if row[place]), "") for row in rows)
    return Explanation(question.metric, figure, tuple(columns), tuple(rows), links)


def one_period(
    metric: Definition, grain: Grain, period: Period, today: date, where: dict[str, Sequence[str]]
) -> Question:  # fmt: skip
    """The question about one period, as `explain` takes it; BadRequest where it has more than one number."""
    question = replace(ask(metric, grain, period.ends, period.ends, today, (), where), periods=(period,))
    for name in question.by:
        raise BadRequest(f"{metric.name} has a number for each {name}", remedy=f"choose one with --{name} NAME")
    return question
