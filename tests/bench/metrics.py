"""What asking for a metric costs against the best SQL by hand, over two years of history; both taken in turn.

Run it alone: `PYTHONPATH=tests python tests/bench/metrics.py [EXECUTIONS]`, the executions of a day: 1370 make a million,
which is what the bar is meant for; by default there are few, so that what does not depend on rows weighs more.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import days, time_key
from miyabi_dw.db.connection import Connection, Database, execute, query, query_columns
from miyabi_dw.etl import catalogue
from miyabi_dw.metrics.answer import answer
from miyabi_dw.metrics.definitions import load
from miyabi_dw.metrics.periods import Grain
from miyabi_dw.metrics.question import Question, ask
from servers import TestServer, grant_warehouse, running_server, warehouse_template

SQL = Path(__file__).parents[1] / "support" / "sql" / "publish"
LAST_DAY = date(2026, 4, 30)
FIRST_DAY = date(2024, 5, 1)
FEW, ISSUES_PER_EXECUTION, DEPLOYMENTS_PER_EXECUTION = 100, 5, 100
ROUNDS = 9
BAR = 1.3
WITHIN = "time_key BETWEEN %s AND %s"


@dataclass(frozen=True)
class Case:
    """A question, and the statement of somebody who knows the tables; the last column of both is the number."""

    metric: str
    grain: str
    by: tuple[str, ...]
    by_hand: str

    @property
    def name(self) -> str:
        return f"{self.metric} by {' and '.join((self.grain, *self.by))}"

    @property
    def question(self) -> Question:
        metric = load(self.metric)
        return ask(metric, Grain.parse(self.grain, metric), FIRST_DAY, LAST_DAY, LAST_DAY + timedelta(days=1), self.by)


CASES = (
    Case("llm_cost", "month", (), "SELECT time_key / 100, sum(llm_cost_usd) FILTER (WHERE llm_cost_is_suspect IS NOT TRUE)"
         f" FROM fact_agent_execution WHERE {WITHIN} GROUP BY 1 ORDER BY 1"),
    Case("llm_cost", "month", ("agent",),
         "SELECT f.time_key / 100, a.agent_name, sum(f.llm_cost_usd) FILTER (WHERE f.llm_cost_is_suspect IS NOT TRUE)"
         f" FROM fact_agent_execution f JOIN dim_agent a USING (agent_key) WHERE {WITHIN} GROUP BY 1, 2 ORDER BY 1, 2"),
    Case("agent_success_rate", "quarter", ("agent",),
         "SELECT date_trunc('quarter', ops.day_of(f.time_key)), a.agent_name,"
         " round(count(*) FILTER (WHERE success)::numeric / count(success), 6)"
         f" FROM fact_agent_execution f JOIN dim_agent a USING (agent_key) WHERE {WITHIN} GROUP BY 1, 2 ORDER BY 1, 2"),
    Case("tokens_input", "day", (), f"SELECT time_key, sum(llm_tokens_input) FROM fact_agent_execution WHERE {WITHIN}"
         " GROUP BY 1 ORDER BY 1"),
    Case("review_score", "month", ("repository",),
         "SELECT f.time_key / 100, i.repository, round(avg(f.review_score), 6) FROM fact_issue_processing f"
         f" JOIN dim_issue i ON f.issue_key = i.issue_key WHERE {WITHIN} GROUP BY 1, 2 ORDER BY 1, 2"),
)  # fmt: skip


def main(executions: int = FEW) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder, running_server("bench_metrics", Path(folder), durable=True) as server:
        database = filled(server, executions, Path(folder))
        with database.connect("analyst") as connection:
            return [measured(connection, case) for case in CASES]


def filled(server: TestServer, executions: int, folder: Path) -> Database:
    name = server.create("metrics", warehouse_template(server))
    grant_warehouse(server, name)
    url = server.database_url(name)
    database = Database(Settings(home=folder / "home", warehouse_url=url, source_url=url))
    rows = {
        "executions": executions, "issues": max(executions // ISSUES_PER_EXECUTION, 1),
        "deployments": max(executions // DEPLOYMENTS_PER_EXECUTION, 1),
    }  # fmt: skip
    with database.connect("owner") as connection:
        catalogue.extend_calendar(connection)
        execute(connection, (SQL / "dimensions.sql").read_text(), {})
        execute(connection, (SQL / "fill.sql").read_text(), rows | {"first_day": FIRST_DAY, "last_day": LAST_DAY})
        tables = [
            "agent_execution_logs",
            "issues",
            "code_gen_tasks",
            "review_results",
            "deployment_pipelines",
            "commits",
        ]
        execute(
            connection,
            "INSERT INTO ops.loaded_day SELECT t, d, 'bench' FROM unnest(%s) AS t, unnest(%s::date[]) AS d ON CONFLICT DO NOTHING",
            (tables, list(days(FIRST_DAY, LAST_DAY))),
        )
    with database.connect("owner", autocommit=True) as connection:
        query(connection, "VACUUM ANALYZE")
    return database


def measured(connection: Connection, case: Case) -> dict[str, Any]:
    keys = (time_key(FIRST_DAY), time_key(LAST_DAY))

    def by_hand() -> list[Decimal]:
        return [Decimal(row[-1]) for row in query_columns(connection, case.by_hand, keys)[1]]

    def by_metric() -> list[Decimal]:
        return [figure.value or Decimal() for figure in answer(connection, case.question).figures]

    if [round(value, 4) for value in by_hand()] != [round(value, 4) for value in by_metric()]:
        raise SystemExit(f"{case.name}: the metric and SQL by hand differ")
    took: dict[str, list[float]] = {"metric": [], "hand": []}
    for _ in range(ROUNDS):
        took["hand"].append(seconds(by_hand))
        took["metric"].append(seconds(by_metric))
    hand, metric = (statistics.median(took[name]) for name in ("hand", "metric"))
    ratio = metric / hand
    detail = f"{metric:.4f} s against {hand:.4f} s"
    return {"name": case.name, "value": round(ratio, 3), "bar": BAR, "ok": ratio <= BAR, "detail": detail}


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(main(*map(int, sys.argv[1:])), indent=2))
