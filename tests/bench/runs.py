"""What a run costs beside plain papermill, and a backfill beside its intervals one by one.

Run it alone: `PYTHONPATH=tests python tests/bench/runs.py [INTERVALS]`; 50 intervals are run one by one unless told
otherwise, which takes most of the time. Every ratio is of two times taken on the same machine in the same run.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from etl.kit import DAILY, HOURLY, Warehouse
from miyabi_dw.common.paths import NOTEBOOKS, PROJECT, SQL
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db.connection import Database
from miyabi_dw.demo.source import load_source
from miyabi_dw.orchestration.runner.request import day_range
from miyabi_dw.registry.intervals import units_of
from orchestration.kit import declare
from servers import TestServer, grant_warehouse, running_server, source_template, warehouse_template

FIRST, LAST = date(2025, 7, 1), date(2026, 6, 30)
BUSY_DAY = date(2026, 1, 15)
STAGES = sorted((NOTEBOOKS / "etl").glob("0*.ipynb"))
ROUNDS = 3
RUN_BAR, NOOP_BAR, BACKFILL_BAR, WORKERS_BAR, CLUSTER_BAR = 0.4, 0.25, 20.0, 1.5, 1.7
# `airflow dags test` of Airflow 3.3 on four tasks that do nothing, measured where this bar was set.
AIRFLOW_SECONDS = 7.5
# Until a dask worker has imported and registered itself.
STARTED_SECONDS = 15


@dataclass
class Bench:
    """A source with the demonstration data, and a fresh warehouse whenever one is asked for."""

    server: TestServer
    folder: Path
    template: str
    source: str

    @contextmanager
    def warehouse(self) -> Iterator[dict[str, str]]:
        """The variables that lead a process to it."""
        name = self.server.create("warehouse", self.template)
        grant_warehouse(self.server, name)
        home = self.folder / name
        home.mkdir()
        variables = {
            "MIYABI_HOME": str(home),
            "MIYABI_REPORTS_DIR": str(home / "reports"),
            "MIYABI_WAREHOUSE_URL": self.server.database_url(name),
            "MIYABI_SOURCE_URL": self.server.database_url(self.source),
            "MIYABI_CONFIG_DIR": str(self.folder),
            "PYTHONPATH": str(PROJECT / "lib"),
        }
        plain = {key: value for key, value in os.environ.items() if not key.startswith("MIYABI_")}
        urls = {"warehouse_url": variables["MIYABI_WAREHOUSE_URL"], "source_url": variables["MIYABI_SOURCE_URL"]}
        Warehouse(Settings(home=home, **urls)).prepare()
        yield plain | variables
        self.server.drop(name)


@contextmanager
def bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as name, running_server("bench_runner", Path(name)) as server:
        source = server.create("source", source_template(server))
        url = server.database_url(source)
        load_source(Database(Settings(home=Path(name), source_url=url, source_owner_url=url, warehouse_url=url)))
        yield Bench(server, Path(name), warehouse_template(server), source)


def seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def ours(environment: dict[str, str], *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "miyabi_dw", *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"miyabi-dw {' '.join(words)}: {done.stderr[-1000:]}")


def stock(environment: dict[str, str], pipeline: str, span: Interval, *, html: bool) -> None:
    """The five notebooks as papermill runs them, each in a process of its own, and, if wanted, nbconvert after each."""
    for notebook in STAGES:
        output = Path(environment["MIYABI_HOME"]) / notebook.name
        given = {"pipeline": pipeline, "interval_start": span.start.isoformat(), "interval_end": span.end.isoformat()}
        words = [word for name, value in given.items() for word in ("-r", name, value)]
        _python(environment, "papermill", str(notebook), str(output), *words, "--no-progress-bar")
        if html:
            _python(environment, "nbconvert", "--to", "html", "--log-level", "ERROR", str(output))


def _python(environment: dict[str, str], module: str, *words: str) -> None:
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=PROJECT, check=False)
    if done.returncode:
        raise SystemExit(f"{module}: {done.stderr[-1000:]}")


def result(name: str, value: float, bar: float, detail: str, *, at_least: bool = False) -> dict[str, Any]:
    ok = value >= bar if at_least else value <= bar
    return {"name": name, "value": round(value, 3), "bar": bar, "ok": ok, "detail": detail}


def daily_run(place: Bench) -> dict[str, Any]:
    day = day_range(BUSY_DAY, BUSY_DAY, Settings())
    words = ("run", DAILY, "--date", f"{BUSY_DAY}")
    with place.warehouse() as environment:
        ours(environment, *words)  # both then find the day loaded and have the same to do
        rounds = [
            (seconds(lambda: stock(environment, DAILY, day, html=True)), seconds(lambda: ours(environment, *words)))
            for _ in range(ROUNDS)
        ]
    plain, mine = (min(times) for times in zip(*rounds, strict=True))
    detail = f"{mine:.2f} s against {plain:.2f} s, best of {ROUNDS}, each in fresh processes"
    return result("daily run with gate, archive and HTML / five papermill and nbconvert", mine / plain, RUN_BAR, detail)


def no_operation(place: Bench) -> dict[str, Any]:
    project = place.folder / "project"
    declare(project / "notebooks", "nothing", {f"0{number}_nothing": ["pass"] for number in range(1, 5)})
    (project / "sql").symlink_to(SQL)
    with place.warehouse() as environment:
        environment["MIYABI_PROJECT"] = str(project)
        took = min(seconds(lambda: ours(environment, "run", "nothing")) for _ in range(ROUNDS))
    detail = f"{took:.2f} s against {AIRFLOW_SECONDS} s of Airflow 3.3, the latter from another machine"
    return result("four stages that do nothing / airflow dags test", took / AIRFLOW_SECONDS, NOOP_BAR, detail)


def one_by_one(place: Bench, pipeline: str, kind: str, count: int) -> float:
    """Seconds an interval, the intervals spread over the year."""
    units = units_of(kind, day_range(FIRST, LAST, Settings()), Settings().business_zone)
    chosen = [units[number * len(units) // count] for number in range(count)]
    with place.warehouse() as environment:
        took = seconds(lambda: [stock(environment, pipeline, span, html=False) for span in chosen])
    return took / count


def fill(place: Bench, pipeline: str, *words: str, cluster_of: int = 0) -> float:
    year = ("--from", f"{FIRST}", "--to", f"{LAST}")
    with place.warehouse() as environment, dask_workers(environment, cluster_of) as scheduler:
        where = ("--scheduler", scheduler) if cluster_of else ()
        return seconds(lambda: ours(environment, "backfill", pipeline, *year, *words, *where))


@contextmanager
def dask_workers(environment: dict[str, str], count: int) -> Iterator[str]:
    """The address of a scheduler with so many workers of one thread, each a process as somebody starts it by hand."""
    address = "tcp://127.0.0.1:18786"
    words = [["scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2], "--no-dashboard"]]
    words += [["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]] * count
    commands = [[sys.executable, "-m", "dask", *each] for each in words] if count else []
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": environment["MIYABI_HOME"]}
    started = [subprocess.Popen(command, env=environment, **quiet) for command in commands]  # type: ignore[call-overload]
    try:
        time.sleep(STARTED_SECONDS if count else 0)
        yield address
    finally:
        for process in started:
            process.kill()
            process.wait()


def backfill(place: Bench, pipeline: str, kind: str, units: int, count: int) -> dict[str, Any]:
    each = one_by_one(place, pipeline, kind, count)
    filled = fill(place, pipeline)
    detail = f"{filled:.1f} s against {each:.2f} s each, measured on {count} and extrapolated to {units:,}"
    name = f"a year of {units:,} {kind}s one by one through papermill / backfill"
    return result(name, each * units / filled, BACKFILL_BAR, detail, at_least=True)


def two_workers(place: Bench) -> dict[str, Any]:
    one, two = (fill(place, DAILY, "--chunk", "month", "--workers", workers) for workers in ("1", "2"))
    detail = (
        f"{one:.1f} s against {two:.1f} s, a year by months on {os.cpu_count()} cores; {_cores():.2f} cores at hand"
    )
    return result("one worker / two workers", one / two, WORKERS_BAR, detail, at_least=True)


def dask_cluster(place: Bench) -> dict[str, Any]:
    one, two = (fill(place, DAILY, "--chunk", "month", cluster_of=workers) for workers in (1, 2))
    detail = f"{one:.1f} s against {two:.1f} s, a year by months; {_cores():.2f} cores at hand"
    return result("one dask worker / two", one / two, CLUSTER_BAR, detail, at_least=True)


def _cores() -> float:
    """How many processes at once this machine really serves now: others may be using it."""
    count = os.cpu_count() or 1
    code = "import time; t = time.perf_counter(); sum(range(20_000_000)); print(time.perf_counter() - t)"

    def spin(_: int) -> float:
        return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)

    alone = spin(0)
    with ThreadPoolExecutor(count) as pool:
        return count * alone / max(pool.map(spin, range(count)))


def main(intervals: int = 50) -> Iterator[dict[str, Any]]:
    """Each result as soon as it is known."""
    with bench() as place:
        year = (LAST - FIRST + timedelta(days=1)).days
        yield no_operation(place)
        yield daily_run(place)
        yield two_workers(place)
        yield dask_cluster(place)
        yield backfill(place, DAILY, "day", year, intervals // 2)
        yield backfill(place, HOURLY, "hour", year * 24, intervals - intervals // 2)


if __name__ == "__main__":
    for line in main(*map(int, sys.argv[1:])):
        verdict = "ok" if line["ok"] else "MISSED"
        print(f"{line['value']:.3f} (bar {line['bar']}, {verdict})  {line['name']}: {line['detail']}", flush=True)
