"""What a gate costs beside one hand-written query that counts the same.

Run it alone: `PYTHONPATH=tests python tests/bench/gates.py`. Figures are ratios of two things measured in this one process.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import parse_interval
from miyabi_dw.db import connection as db
from miyabi_dw.etl import gates
from miyabi_dw.etl.batch import StageContext, make_stage
from miyabi_dw.etl.gates import suites
from miyabi_dw.registry.declarations import load_declarations
from servers import TestServer, grant_warehouse, running_server, warehouse_template

SQL = Path(__file__).parents[1] / "support" / "sql" / "gates"
TABLE = "agent_execution_logs"
MANY, FEW = 1_000_000, 10_000
TIME_BAR, QUERY_BAR, MEMORY_BAR = 1.4, 10, 1.1
ROUNDS = 5
CHECKS = (
    "id-known", "id-unique", "completed-at-known", "completed-at-in-our-time", "started-at-in-our-time",
    "completed-after-started", "duration-in-range", "duration-usual", "tokens-input-in-range", "tokens-output-in-range",
    "cost-in-range", "cost-usual",
)  # fmt: skip


def main() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder, running_server("bench_gates", Path(folder)) as server:
        small, large = made(server, FEW, folder), made(server, MANY, folder)
        return [*speed(server, large), *process(small, large)]


def result(name: str, value: float, bar: float, detail: str) -> dict[str, Any]:
    return {"name": name, "value": round(value, 4), "bar": bar, "ok": value <= bar, "detail": detail}


def made(server: TestServer, rows: int, folder: str) -> Settings:
    """A warehouse with a conformed batch of so many executions."""
    name = server.create(f"gates_{rows}", warehouse_template(server))
    grant_warehouse(server, name)
    settings = Settings(home=Path(folder) / name, warehouse_url=server.database_url(name), source_url=server.url)
    stage = opened(settings)
    with stage.warehouse() as connection:
        db.execute(connection, (SQL.parent.parents[2] / "sql" / "etl" / "extract" / "create_batch.sql").read_text().format(
            schema=stage.schema))  # fmt: skip
        db.execute(connection, (SQL / "million.sql").read_text(), {"rows": rows})
    return settings


def opened(settings: Settings) -> StageContext:
    """The stage of a pipeline that reads nothing but executions."""
    pipeline = load_declarations().find("hourly_agent_metrics_etl").model_copy(update={"source_tables": (TABLE,)})
    return make_stage(settings, pipeline, parse_interval("2026-01-14T15:00:00+00:00", "2026-01-15T15:00:00+00:00"))


@contextmanager
def twelve_checks() -> Iterator[None]:
    """The gate with twelve of the table's checks, those that the hand-written query counts as well."""
    whole = suites.load_suite("conformed", TABLE)
    chosen = [check for check in whole.expectations if check.id.partition(".")[2] in CHECKS]
    assert len(chosen) == len(CHECKS) == 12
    from miyabi_dw.etl.gates import running

    original = running.load_suites
    running.load_suites = lambda *_: (whole.model_copy(update={"expectations": tuple(chosen)}),)
    try:
        yield
    finally:
        running.load_suites = original


def speed(server: TestServer, settings: Settings) -> list[dict[str, Any]]:
    stage = opened(settings)
    with twelve_checks():
        gates.run_suites(stage, "conformed")
        by_gate, by_hand = alternately(lambda: gates.run_suites(stage, "conformed"), lambda: hand_written(stage))
        queries = counted(server, settings, lambda: gates.run_suites(stage, "conformed"))
    detail = f"{by_gate * 1000:.0f} ms and {by_hand * 1000:.0f} ms"
    rows = [result(f"a gate of 12 checks on {MANY:,} rows / one query by hand", by_gate / by_hand, TIME_BAR, detail)]
    if queries is not None:
        rows.append(result("its queries", queries, QUERY_BAR, "results recorded, nothing failed"))
    return rows


def alternately(*measured: Callable[[], object]) -> list[float]:
    """The median time of each, taken in turns so that a busy machine hits all alike."""
    times: list[list[float]] = [[] for _ in measured]
    for _ in range(ROUNDS):
        for index, act in enumerate(measured):
            began = time.perf_counter()
            act()
            times[index].append(time.perf_counter() - began)
    return [statistics.median(one) for one in times]


def hand_written(stage: StageContext) -> list[dict[str, Any]]:
    with stage.warehouse() as connection:
        return db.query(connection, (SQL / "by_hand.sql").read_text())


def counted(server: TestServer, settings: Settings, act: Callable[[], object]) -> int | None:
    """How many statements `act` sends; None on a server that does not count them."""
    name = (
        settings.warehouse_url.get_secret_value().rpartition("/")[2].partition("?")[0] if settings.warehouse_url else ""
    )
    with server.connect(name, admin=True) as connection:
        if not db.query(connection, "SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'"):
            return None
        db.query(connection, "SELECT pg_stat_statements_reset()")
        act()
        return int(db.query(connection, (SQL / "calls.sql").read_text())[0]["calls"])


def process(small: Settings, large: Settings) -> list[dict[str, Any]]:
    """Each size in a process of its own, since memory once taken is not given back."""
    few, many = alone(small), alone(large)
    memory = f"{few['peak_mb']:.0f} MB with {FEW:,} rows, {many['peak_mb']:.0f} MB with {MANY:,}"
    again = f"the first took {few['first']:.2f} s and imported {few['imported']:,} modules, the second {few['second']:.2f} s"
    return [
        result("memory of the client, large batch / small", many["peak_mb"] / few["peak_mb"], MEMORY_BAR, memory),
        result("modules that a second gate imports", few["imported_again"], 0, again),
    ]


def alone(settings: Settings) -> dict[str, float]:
    assert settings.warehouse_url and settings.source_url
    variables = {
        "MIYABI_HOME": str(settings.home),
        "MIYABI_WAREHOUSE_URL": settings.warehouse_url.get_secret_value(),
        "MIYABI_SOURCE_URL": settings.source_url.get_secret_value(),
        "MIYABI_CONFIG_DIR": str(settings.home),
    }
    done = subprocess.run(
        [sys.executable, __file__, "--alone"], env=os.environ | variables, capture_output=True, text=True, check=True
    )
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def one_process() -> dict[str, float]:
    """Two gates in this process."""
    stage = opened(Settings())
    loaded, times = [len(sys.modules)], []
    for _ in range(2):
        began = time.perf_counter()
        with twelve_checks():
            gates.run_suites(stage, "conformed")
        times.append(time.perf_counter() - began)
        loaded.append(len(sys.modules))
    return {
        "first": times[0],
        "second": times[1],
        "imported": loaded[1] - loaded[0],
        "imported_again": loaded[2] - loaded[1],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    if "--alone" in sys.argv:
        print(json.dumps(one_process()))
    else:
        for row in main():
            print(f"{'ok ' if row['ok'] else 'BAD'}  {row['name']}: {row['value']} (bar {row['bar']}; {row['detail']})")
