"""One warehouse for all: the demonstration's history with some reviews, incidents and costs of deployments, loaded but for two weeks, and a run that failed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from analysis.conftest import fresh, load
from etl.kit import Warehouse
from miyabi_dw.db.connection import execute
from miyabi_dw.metrics.answer import Answer, answer
from miyabi_dw.metrics.definitions import check
from miyabi_dw.metrics.definitions import load as metric
from miyabi_dw.metrics.periods import Grain
from miyabi_dw.metrics.question import Question, ask
from servers import TestServer

FIRST, LAST = date(2024, 8, 1), date(2026, 4, 3)
# Never loaded, so that there is a hole.
HOLE = date(2024, 10, 7), date(2024, 10, 20)
TODAY = date(2026, 4, 5)
REVIEWS_AND_INCIDENTS = """
UPDATE issues SET issue_type = 'incident' WHERE id %% 40 = 0;
UPDATE deployment_pipelines SET infrastructure_cost_usd = (id %% 7) / 4.0 WHERE id %% 3 > 0;
INSERT INTO review_results (issue_id, review_score, test_coverage_percent, created_at)
SELECT id, (id %% 10) / 10.0, 40 + id %% 60, closed_at FROM issues WHERE closed_at IS NOT NULL AND id %% 5 = 0
"""


@dataclass(frozen=True)
class Asked:
    """Asks the warehouse as the commands do, on the read-only role."""

    warehouse: Warehouse

    def question(
        self, name: str, grain: str = "month", first: date = FIRST, last: date = LAST, by: Sequence[str] = (),
        **where: str,
    ) -> Question:  # fmt: skip
        found = metric(name)
        kept = {key: [value] for key, value in where.items()}
        return ask(found, Grain.parse(grain, found), first, last, TODAY, by, kept)

    def __call__(self, name: str, *arguments: object, **options: object) -> Answer:
        question = self.question(name, *arguments, **options)  # type: ignore[arg-type]
        with self.warehouse.database.connect("analyst") as connection:
            check(connection, question.metric)
            return answer(connection, question)


@pytest.fixture(scope="session")
def history(
    server: TestServer, migrated_template: str, demo_source_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    folder: Path = tmp_path_factory.mktemp("metrics")
    with fresh(server, migrated_template, demo_source_template, folder) as warehouse:
        with warehouse.database.connect("source_owner") as source:
            execute(source, REVIEWS_AND_INCIDENTS, ())
        load(warehouse.prepare(), FIRST, LAST, gate=False)
        failed = warehouse.days(LAST, LAST)
        warehouse.execute("UPDATE ops.run SET state = 'failed', as_of = %s WHERE run_id = %s", LAST, failed.run_id)
        warehouse.execute("DELETE FROM ops.loaded_day WHERE day BETWEEN %s AND %s", *HOLE)
        for mart in ("mart_dora", "mart_agent_performance", "mart_development_performance"):
            warehouse.execute(f"REFRESH MATERIALIZED VIEW {mart}")
        yield warehouse


@pytest.fixture(scope="session")
def asked(history: Warehouse) -> Asked:
    return Asked(history)
