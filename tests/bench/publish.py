"""What publishing after a day costs at one year of history and at ten, days of both being published in turn.

Run it alone: `PYTHONPATH=lib:tests python tests/bench/publish.py`.
"""

import json
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from miyabi_dw import publishing
from miyabi_dw.database import Connection, Database, execute, query
from miyabi_dw.settings import Settings
from miyabi_dw.statements import statement
from servers import grant_warehouse, running_server, warehouse_template

SQL = Path(__file__).parents[1] / "support" / "sql" / "publish"
MARTS = ("mart_development_performance", "mart_agent_performance", "mart_infrastructure_cost", "mart_dora")
# Rows of a day. The guide calls 50 to 200 issue days normal.
DAY = {"issues": 200, "executions": 1_000, "deployments": 10}
LAST_DAY = date(2026, 5, 31)
LOOKBACK = timedelta(days=30)
ROUNDS = 7
GROWTH_BAR = 1.25
# A second publish of the same day looks and finds nothing.
IDLE_BAR = 0.1


@dataclass
class Warehouse:
    """One warehouse with so many years of history, published up to its last day."""

    years: int
    database: Database
    connection: Connection
    day: date = LAST_DAY

    def fill(self) -> None:
        execute(self.connection, (SQL / "dimensions.sql").read_text(), {})
        self._add(LAST_DAY - timedelta(days=365 * self.years - 1), LAST_DAY)
        self.publish()
        self.connection.autocommit = True
        query(self.connection, "VACUUM ANALYZE")
        self.connection.autocommit = False

    def next_day(self) -> None:
        self.day += timedelta(days=1)
        self._add(self.day, self.day)

    def publish(self) -> tuple[float, list[publishing.Published]]:
        """Seconds from an open connection to the commit, and what was done."""
        first = self.day - LOOKBACK
        with self.database.connect("etl") as connection:
            began = time.perf_counter()
            query(connection, statement("publish/prepare_session"))
            done = publishing.publish_marts(connection, MARTS, first.year * 100 + first.month, self.day)
            connection.commit()
            return time.perf_counter() - began, done

    def rows(self) -> dict[str, int]:
        return {mart: query(self.connection, f"SELECT count(*) AS n FROM {mart}")[0]["n"] for mart in MARTS}

    def _add(self, first: date, last: date) -> None:
        execute(self.connection, (SQL / "fill.sql").read_text(), DAY | {"first_day": first, "last_day": last})
        self.connection.commit()


def main() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder, running_server("bench_publish", Path(folder)) as server:
        template = warehouse_template(server)
        names = {years: server.create("publish", template) for years in (1, 10)}
        for name in names.values():
            grant_warehouse(server, name)
        young, old = (Database(Settings(warehouse_url=server.database_url(names[years]))) for years in (1, 10))
        with young.connect("owner") as first, old.connect("owner") as second:
            return measure(Warehouse(1, young, first), Warehouse(10, old, second))


def measure(young: Warehouse, old: Warehouse) -> list[dict[str, Any]]:
    taken: dict[tuple[int, str], list[float]] = {}
    parts: dict[tuple[int, str], list[float]] = {}
    for warehouse in (young, old):
        warehouse.fill()
    for _ in range(ROUNDS):
        for warehouse in (young, old):
            warehouse.next_day()
            for kind in ("day", "again"):
                seconds, done = warehouse.publish()
                taken.setdefault((warehouse.years, kind), []).append(seconds)
                for published in done if kind == "day" else []:
                    parts.setdefault((warehouse.years, published.mart), []).append(published.seconds)
    cost = {key: statistics.median(seconds) for key, seconds in taken.items()}
    by_mart = {mart: f"{_median(parts, 1, mart)} -> {_median(parts, 10, mart)} s" for mart in MARTS}
    seen = f"{cost[1, 'day']:.3f} s at 1 year, {cost[10, 'day']:.3f} s at 10; {by_mart}; mart rows {old.rows()}"
    return [
        _result("publish a day, 10 years / 1 year", cost[10, "day"] / cost[1, "day"], GROWTH_BAR, seen),
        _result("publish it again / publish it", cost[10, "again"] / cost[10, "day"], IDLE_BAR, "nothing is dirty"),
    ]


def _median(parts: dict[tuple[int, str], list[float]], years: int, mart: str) -> float:
    return round(statistics.median(parts[years, mart]), 3)


def _result(name: str, ratio: float, bar: float, detail: str) -> dict[str, Any]:
    return {"name": name, "value": round(ratio, 3), "bar": bar, "ok": ratio <= bar, "detail": detail}


if __name__ == "__main__":
    print(json.dumps(main(), indent=2))
