"""Where a metric is asked from: a read-only connection, the question in words, and the answer in time."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.db.connection import Connection, Database, DatabaseError
from miyabi_dw.db.errors import code_of
from miyabi_dw.metrics.answer import Answer, answer, usual_range
from miyabi_dw.metrics.definition import Definition
from miyabi_dw.metrics.definitions import check
from miyabi_dw.metrics.explain import Explanation, explain
from miyabi_dw.metrics.periods import Grain
from miyabi_dw.metrics.question import Question, ask
from miyabi_dw.registry.cold_session import BY_DAY, join_months

LONGEST_ANSWER_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to know of a metric; without a first or a last day the usual range is meant."""

    grain: str = "month"
    by: Sequence[str] = ()
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    first: date | None = None
    last: date | None = None


@contextmanager
def reading(database: Database, metric: Definition, name: str) -> Iterator[Connection]:
    """A read-only connection. What the warehouse refuses is held against the definition, whose fault it may be."""
    with database.connect("analyst", application_name=name, statement_timeout=LONGEST_ANSWER_SECONDS) as connection:
        try:
            yield connection
        except DatabaseError as error:
            connection.rollback()
            check(connection, metric)
            if code_of(error) == "statement-cancelled":
                what = f"the answer took longer than {LONGEST_ANSWER_SECONDS} seconds"
                raise BadRequest(what, metric.name, "choose a shorter range or fewer dimensions") from error
            raise


def answer_of(database: Database, metric: Definition, asked: Asked, today: date, name: str) -> Answer:
    """The answer; BadRequest for what the metric does not have, and for days of which none was loaded."""
    cut = Grain.parse(asked.grain, metric)
    with reading(database, metric, name) as connection:
        first, last = asked.first, asked.last
        if first is None or last is None:
            usual = usual_range(connection, metric, cut, today, last)
            first, last = first or usual[0], last or usual[1]
        question = ask(metric, cut, first, last, today, asked.by, asked.where)
        return answer(connection, with_cold_months(database, connection, question))


def explanation_of(database: Database, question: Question, limit: int, offset: int, name: str) -> Explanation:
    """The rows behind the one number of `explain.one_period`'s question."""
    with reading(database, question.metric, name) as connection:
        return explain(connection, with_cold_months(database, connection, question), limit, offset)


def with_cold_months(database: Database, connection: Connection, question: Question) -> Question:
    """The question with its months in cold storage at hand on the connection; as it is where it reaches into none.

    ArchiveDamaged when the file of one is not as it was written.
    """
    metric = question.metric
    if metric.fact is None:
        return question
    days = question.span if metric.source in BY_DAY else None
    has_months = join_months(connection, database.settings, [metric.fact], days)
    return replace(question, has_cold_months=has_months)


def kept_values(pairs: Sequence[str]) -> dict[str, Sequence[str]]:
    """dimension=value, several times, as values by dimension; BadRequest for one without a value."""
    kept: dict[str, list[str]] = {}
    for pair in pairs:
        name, given, value = pair.partition("=")
        if not (given and value):
            raise BadRequest(f"{pair!r} has no value", remedy="write it as dimension=value")
        kept.setdefault(name.strip().replace("-", "_"), []).append(value)
    return dict(kept)


def split_names(by: str) -> list[str]:
    """Names with commas between them."""
    return [name.strip() for name in by.split(",") if name.strip()]
