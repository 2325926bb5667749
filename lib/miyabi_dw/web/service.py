"""What can be asked from outside, whoever asks and in whatever form: all of it on the read-only role."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from miyabi_dw import registry
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import business_day, local_day
from miyabi_dw.db.connection import Database
from miyabi_dw.db.statements import rows_as
from miyabi_dw.metrics.answer import Answer
from miyabi_dw.metrics.definition import Definition
from miyabi_dw.metrics.definitions import load_all
from miyabi_dw.metrics.explain import Explanation, one_period
from miyabi_dw.metrics.periods import Grain, read_period
from miyabi_dw.metrics.reading import Asked, answer_of, explanation_of
from miyabi_dw.monitor import health
from miyabi_dw.monitor.findings import Finding
from miyabi_dw.operations.data_dictionary import Relation, RelationColumn
from miyabi_dw.registry import RunRecord, StageAttempt, outcomes
from miyabi_dw.registry.declarations import load_declarations

NAME = "miyabi-dw:api"


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run with what came of it."""

    run: RunRecord
    stages: Sequence[StageAttempt]
    rows: Sequence[outcomes.RowCount]
    facts: Sequence[outcomes.FactCount]
    checks: Sequence[outcomes.CheckOutcome]


@dataclass(frozen=True, slots=True)
class Entry:
    """A table, a column or a metric with its meaning; `name` is schema.table, schema.table.column or the metric's."""

    kind: str
    name: str
    type: str
    meaning: str


@dataclass(frozen=True)
class Service:
    """Answers questions. BadRequest for what cannot be meant, ConnectionFailed while the warehouse is away."""

    settings: Settings
    database: Database

    @property
    def now(self) -> datetime:
        return self.settings.now()

    @property
    def today(self) -> date:
        return local_day(self.now, self.settings.business_zone)

    def metrics(self) -> Sequence[Definition]:
        return load_all()

    def figures(self, metric: Definition, asked: Asked) -> Answer:
        return answer_of(self.database, metric, asked, self.today, NAME)

    def explained(self, metric: Definition, asked: Asked, period: str, limit: int, offset: int = 0) -> Explanation:
        """The rows behind the one figure of that period."""
        cut = Grain.parse(asked.grain, metric)
        question = one_period(metric, cut, read_period(metric, cut, period), self.today, dict(asked.where))
        return explanation_of(self.database, question, limit, offset, NAME)

    def runs(
        self, pipeline: str | None, state: str | None, since: date | None, limit: int, after: str | None = None
    ) -> list[RunRecord]:  # fmt: skip
        """Youngest first, from a business day on; `after` is the last run of the page before."""
        begin = business_day(since, self.settings.business_zone).start if since else None
        name = load_declarations().find(pipeline).name if pipeline else None
        with self.database.connect("analyst", application_name=NAME) as connection:
            known = registry.get_run(connection, after).run_id if after else None
            found = registry.list_runs(
                connection, pipeline=name, state=state, since=begin, after=known, limit=limit
            )  # fmt: skip
        return [run.as_seen() for run in found]

    def run(self, given: str) -> RunDetail:
        """The run of that identifier, of a part of one, or the `latest`."""
        with self.database.connect("analyst", application_name=NAME) as connection:
            run = registry.find_run(connection, given).as_seen()
            return RunDetail(
                run,
                registry.attempts(connection, run.run_id),
                outcomes.row_counts(connection, run.run_id),
                outcomes.fact_counts(connection, run.run_id),
                outcomes.check_outcomes(connection, run.run_id),
            )

    def health(self) -> list[Finding]:
        return health.examine(self.database, self.settings, self.now)

    def dictionary(self, words: str = "") -> list[Entry]:
        """Tables, columns and metrics with all of these words in name or meaning.

        What is called so comes first, then what has them in its name.
        """
        wanted = words.lower().split()
        called = "_".join(wanted)
        found = [
            each for each in self._entries() if all(word in f"{each.name} {each.meaning}".lower() for word in wanted)
        ]
        return sorted(
            found, key=lambda each: (each.name != called, not all(word in each.name.lower() for word in wanted))
        )

    def _entries(self) -> list[Entry]:
        with self.database.connect("analyst", application_name=NAME) as connection:
            relations = rows_as(Relation, connection, "operations/data_dictionary/relations")
            columns = rows_as(RelationColumn, connection, "operations/data_dictionary/columns")
        return [
            *(Entry("metric", each.name, each.unit, f"{each.label}: {each.description}") for each in self.metrics()),
            *(Entry(each.kind, f"{each.schema_name}.{each.relation}", "", each.description) for each in relations),
            *(
                Entry(
                    "column", f"{each.schema_name}.{each.relation}.{each.column_name}", each.data_type, each.description
                )
                for each in columns
            ),
        ]
