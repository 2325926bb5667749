"""What publishing after a day, marts and checks, costs at one year of history and at ten; days of both taken in turn.

Measured as in operation: the stage's notebook in a kernel of its own, its cell that publishes and its cell that checks.
Run it alone: `PYTHONPATH=tests python tests/bench/publish.py [--quick]`; --quick takes a tenth of the rows of a day, so
that the part of the cost that does not depend on rows weighs more.
"""

import json
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from miyabi_dw.common.paths import NOTEBOOKS
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import business_day, time_key
from miyabi_dw.db.connection import Database, execute, query
from miyabi_dw.engine import execute as execute_notebook
from miyabi_dw.etl import catalogue, publish
from miyabi_dw.etl.batch import StageContext, make_stage
from miyabi_dw.orchestration.runner.request import RunRequest
from miyabi_dw.registry.declarations import load_declarations
from servers import TestServer, grant_warehouse, running_server, warehouse_template

SQL = Path(__file__).parents[1] / "support" / "sql" / "publish"
PIPELINE = load_declarations().find("daily_issue_processing_etl")
NOTEBOOK = NOTEBOOKS / "etl" / "05_publish.ipynb"
CELLS = {"marts": "publish(stage)", "checks": 'report = run_suites(stage, "facts")'}
# Rows of a day; the guide calls 50 to 200 issue days normal.
DAY = {"issues": 200, "executions": 1_000, "deployments": 10}
YEARS = (1, 10)
LAST_DAY = date(2026, 5, 10)
ROUNDS = 15
GROWTH_BAR = 1.1
# What changes with and without agents cost to refresh must not grow with their history.
IMPACT = "mart_agent_impact"
IMPACT_BAR = 1.1
# A second publish of the same day looks and finds nothing to refresh.
IDLE_BAR = 0.15


@dataclass
class Warehouse:
    """One warehouse with so many years of history, published up to its last day, and the seconds that its days took."""

    years: int
    settings: Settings
    rows: dict[str, int]
    day: date = LAST_DAY
    seconds: dict[str, list[float]] = field(default_factory=dict)

    @property
    def stage(self) -> StageContext:
        interval = business_day(self.day, self.settings.business_zone)
        as_of = (interval.end + timedelta(hours=2)).isoformat()
        return make_stage(self.settings, PIPELINE, interval, as_of=as_of)

    def fill(self) -> None:
        with Database(self.settings).connect("owner") as connection:
            catalogue.extend_calendar(connection)
            execute(connection, (SQL / "dimensions.sql").read_text(), {})
        self._add(LAST_DAY - timedelta(days=365 * self.years - 1), LAST_DAY)
        publish.publish(self.stage)
        with Database(self.settings).connect("owner", autocommit=True) as connection:
            query(connection, "VACUUM ANALYZE")

    def live_a_day(self) -> None:
        self.day += timedelta(days=1)
        self._add(self.day, self.day)
        stage = self.stage
        make_batch(stage, self.day)
        cells = self._run_notebook(stage)
        for name, cell in CELLS.items():
            self._note(name, cells[cell])
        began = time.perf_counter()
        publish.publish(stage)
        self._note("marts again", time.perf_counter() - began)
        with Database(self.settings).connect("etl") as connection:
            began = time.perf_counter()
            publish.refresh(connection, [IMPACT])
            self._note(IMPACT, time.perf_counter() - began)

    def cost(self, *names: str) -> float:
        """The median day's seconds, the first day apart, on which everything is read and imported for the first time."""
        return statistics.median(map(sum, zip(*(self.seconds[name][1:] for name in names), strict=True)))

    def mart_rows(self) -> dict[str, int]:
        with Database(self.settings).connect("owner") as connection:
            return {mart: query(connection, f"SELECT count(*) AS n FROM {mart}")[0]["n"] for mart in PIPELINE.marts}

    def _run_notebook(self, stage: StageContext) -> dict[str, float]:
        """The seconds of each cell, by its name."""
        url = stage.settings.warehouse_url
        assert url is not None
        home, address = str(self.settings.home), url.get_secret_value()
        environment = {"MIYABI_HOME": home, "MIYABI_WAREHOUSE_URL": address, "MIYABI_SOURCE_URL": address}
        output = self.settings.home / NOTEBOOK.name
        asked = RunRequest(stage.pipeline, stage.interval, stage.as_of).parameters(stage.run_id)
        done = execute_notebook(NOTEBOOK, output, asked, env=environment)
        if done.failure:
            raise SystemExit(f"the rows that the benchmark made are not right: {done.reason}")
        return {cell.name: cell.seconds for cell in done.durations}

    def _note(self, name: str, seconds: float) -> None:
        self.seconds.setdefault(name, []).append(seconds)

    def _add(self, first: date, last: date) -> None:
        with Database(self.settings).connect("owner") as connection:
            execute(connection, (SQL / "fill.sql").read_text(), self.rows | {"first_day": first, "last_day": last})


def make_batch(stage: StageContext, day: date) -> None:
    with stage.warehouse() as connection:
        execute(connection, f"CREATE SCHEMA {stage.schema}")
        execute(connection, (SQL / "batch.sql").read_text(), {"time_key": time_key(day)})


def main(*, quick: bool = False) -> list[dict[str, Any]]:
    rows = {name: count // 10 if quick else count for name, count in DAY.items()}
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server("bench_publish", Path(folder), durable=True) as server,
    ):
        template = warehouse_template(server)
        young, old = (made(server, template, years, rows, Path(folder)) for years in YEARS)
        for _ in range(1 + ROUNDS):
            young.live_a_day()
            old.live_a_day()
        return results(young, old)


def made(server: TestServer, template: str, years: int, rows: dict[str, int], folder: Path) -> Warehouse:
    name = server.create("publish", template)
    grant_warehouse(server, name)
    url = server.database_url(name)
    warehouse = Warehouse(years, Settings(home=folder / name, warehouse_url=url, source_url=url), rows)
    warehouse.fill()
    return warehouse


def results(young: Warehouse, old: Warehouse) -> list[dict[str, Any]]:
    def compared(*names: str) -> str:
        return f"{young.cost(*names):.3f} s -> {old.cost(*names):.3f} s"

    parts = {name: compared(name) for name in CELLS}
    growth = old.cost("marts", "checks") / young.cost("marts", "checks")
    impact = old.cost(IMPACT) / young.cost(IMPACT)
    idle = old.cost("marts again") / old.cost("marts")
    return [
        _result("publish a day, 10 years / 1 year", growth, GROWTH_BAR, f"{parts}, mart rows {old.mart_rows()}"),
        _result(f"refresh {IMPACT}, 10 years / 1 year", impact, IMPACT_BAR, compared(IMPACT)),
        _result("publish it again / publish it", idle, IDLE_BAR, f"nothing dirty: {old.cost('marts again'):.3f} s"),
    ]


def _result(name: str, ratio: float, bar: float, detail: str) -> dict[str, Any]:
    return {"name": name, "value": round(ratio, 3), "bar": bar, "ok": ratio <= bar, "detail": detail}


if __name__ == "__main__":
    print(json.dumps(main(quick="--quick" in sys.argv), indent=2))
