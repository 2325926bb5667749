"""What loading costs: beside a bare COPY, beside pandas, on top of history, on an unchanged day, for 1 % of the issues.

Run it alone: `PYTHONPATH=tests python tests/bench/load.py [--quick] [PART...]`. Every figure is a ratio of two things measured in
this one process on one server that flushes to disk as in operation. What is compared takes turns, after a turn that does
not count, and the medians are compared. --quick takes a tenth of the rows, too few for the ratios to mean much.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from etl.kit import DAILY, HOURLY, Warehouse
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval, business_day
from miyabi_dw.db import connection as db
from miyabi_dw.etl.extract import extract
from miyabi_dw.etl.load import Loader
from miyabi_dw.etl.transform import transform
from miyabi_dw.etl.windows import Window
from servers import TestServer, grant_warehouse, running_server, source_template, warehouse_template
from support import synthetic

SQL = Path(__file__).parent / "sql" / "load"
YEAR = (date(2025, 1, 1), date(2025, 12, 31))
COPY_BAR, PANDAS_BAR, MEMORY_BAR = 0.45, 15.0, 1.2
HISTORY_BAR, EMPTY_BAR, UNCHANGED_BAR, RESTATE_BAR = 1.25, 1.5, 0.35, 0.05
DAY_ROWS, FEW = 10_000, 20_000
TURNS, ROUNDS, NEW_DAYS = 5, 3, 15
# The day before the new days, which makes the month's partition and does not count.
WARM_UP, LATER = date(2026, 1, 14), date(2026, 6, 1)
EVER = Window(datetime(2020, 1, 1), datetime(2030, 1, 1))
READER = """
import resource
import sys
from miyabi_dw.etl.extract import extract
from miyabi_dw.etl.load import load
from miyabi_dw.etl.batch import open_stage
from miyabi_dw.etl.transform import transform
stage = open_stage("hourly_agent_metrics_etl", *sys.argv[1:3])
extract(stage)
transform(stage)
load(stage)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def main(*, quick: bool = False, only: Collection[str] = ()) -> Iterator[dict[str, Any]]:
    """Each figure as soon as it is known; `only` names parts: throughput, ages, restating."""
    million = 100_000 if quick else 1_000_000
    parts: dict[str, Callable[[Bench], list[dict[str, Any]]]] = {
        "throughput": lambda bench: throughput(bench, million),
        "ages": lambda bench: ages(bench, {"none": 0, "short": million, "long": 10 * million}),
        "restating": lambda bench: [restating(bench, million)],
    }
    with tempfile.TemporaryDirectory() as folder, running_server("bench_load", Path(folder), durable=True) as server:
        bench = Bench(server, Path(folder), warehouse_template(server), source_template(server))
        for name, part in parts.items():
            if not only or name in only:
                yield from part(bench)


def at_least(name: str, value: float, bar: float, detail: str) -> dict[str, Any]:
    return {"name": name, "value": round(value, 3), "bar": bar, "ok": value >= bar, "detail": detail}


def at_most(name: str, value: float, bar: float, detail: str) -> dict[str, Any]:
    return {"name": name, "value": round(value, 3), "bar": bar, "ok": value <= bar, "detail": detail}


@dataclass
class Bench:
    """One server, and as many sources and warehouses on it as the measurements need."""

    server: TestServer
    folder: Path
    warehouse_template: str
    source_template: str

    def source(self, *, issues: int, executions: int, first: date, last: date, last_id: int = 0) -> str:
        url = self.server.database_url(self.server.create("source", self.source_template))
        with self.writer(url) as connection:
            if last_id:
                db.execute(connection, _sql("leave_room"), {"last_id": last_id})
            span = {"first_day": first, "last_day": last}
            synthetic.generate(connection, n_issues=issues, n_executions=executions, seed=1, **span)
            db.execute(connection, "ANALYZE")
        return url

    def writer(self, source_url: str) -> AbstractContextManager[db.Connection]:
        settings = Settings(home=self.folder, source_url=source_url, source_owner_url=source_url)
        return db.Database(settings).connect("source_owner", autocommit=True)

    def settle(self) -> None:
        """Writes out what earlier steps left behind, so that what is measured next does not pay for it."""
        if self.server.is_embedded:
            with self.server.connect(admin=True) as connection:
                db.execute(connection, "CHECKPOINT")

    def warehouse(self, source_url: str, **settings: Any) -> Warehouse:
        name = self.server.create("warehouse", self.warehouse_template)
        grant_warehouse(self.server, name)
        urls = {"warehouse_url": self.server.database_url(name), "source_url": source_url}
        return Warehouse(Settings(home=self.folder / name, reports_dir=self.folder, **urls, **settings)).prepare()


class TimedLoader(Loader):
    """Tells how long the facts of issues took."""

    issue_seconds = 0.0

    def _load_restated(self) -> None:
        self.issue_seconds = _seconds(super()._load_restated)


@dataclass(frozen=True)
class Timed:
    """Seconds of one run's stages, the load's with its commit, and of the issue facts within it."""

    before: float
    load: float
    issues: float

    @property
    def executions(self) -> float:
        return self.before + self.load - self.issues


def throughput(bench: Bench, executions: int) -> list[dict[str, Any]]:
    """From the source to the indexed, partitioned fact, beside a COPY into a table without any of that.

    The warehouse knows the issues already, so that what is timed is the executions alone.
    """
    source = bench.source(issues=executions // 50, executions=executions, first=YEAR[0], last=YEAR[1])
    ours, floor, pandas = [], [], []
    for turn in range(1 + TURNS):
        bench.settle()
        floor.append(bare(bench, source))
        miyabi = bench.warehouse(source)
        miyabi.run(_span(miyabi, *YEAR), DAILY, asked={"issues": [EVER]})
        bench.settle()
        ours.append(timed(miyabi, _span(miyabi, *YEAR)))
        pandas.append(by_pandas(miyabi, turn))
    rows = miyabi.value("SELECT count(*) FROM fact_agent_execution WHERE execution_id <= %s", executions)
    took, copied = _median(run.executions for run in ours[1:]), _median(floor[1:])
    issues, slow = _median(run.issues for run in ours[1:]), _median(pandas[1:])
    memory = [peak_memory(bench.warehouse(source), last) for last in (YEAR[0] + timedelta(days=7), YEAR[1])]
    return [
        at_least("source to fact / bare COPY, rows a second", copied / took, COPY_BAR,
                 f"{rows:,} rows in {took:.1f} s, COPY {copied:.2f} s; {issues:.1f} s more for the facts of issues"),
        at_least("source to fact / pandas merge and to_sql, rows a second", rows / took / slow, PANDAS_BAR,
                 f"{rows / took:,.0f} against {slow:,.0f} rows a second"),
        at_most("client memory, a year / a week", memory[1] / memory[0], MEMORY_BAR,
                f"{memory[1]:,} kB for {rows:,} rows, {memory[0]:,} kB for about {rows * 8 // 365:,}"),
    ]  # fmt: skip


def bare(bench: Bench, source: str) -> float:
    """How long a COPY of the executions into a bare table takes that the same transaction makes, so that it needs no log."""
    path = bench.folder / "executions.copy"
    with bench.writer(source) as connection, connection.cursor() as cursor, path.open("wb") as file:
        cursor.copy_expert("COPY (SELECT * FROM agent_execution_logs WHERE completed_at IS NOT NULL) TO STDOUT", file)
    with bench.writer(source) as connection, connection.cursor() as cursor, path.open("rb") as file:
        connection.autocommit = False
        db.execute(connection, _sql("bare"))
        begin = time.perf_counter()
        cursor.copy_expert("COPY bare FROM STDIN", file)
        connection.commit()
        return time.perf_counter() - begin


def by_pandas(miyabi: Warehouse, turn: int) -> float:
    """Rows per second of the usual way into the same fact: read frames, merge the dimensions, append."""
    import pandas

    writer, reader = (miyabi.database.sqlalchemy_engine(role) for role in ("owner", "source"))
    begin = time.perf_counter()
    rows = pandas.read_sql(_sql("pandas_rows"), reader, params={"rows": FEW, "turn": turn})
    agents = pandas.read_sql("SELECT agent_key, agent_name AS agent_id FROM dim_agent WHERE NOT is_inferred", writer)
    issues = pandas.read_sql("SELECT issue_id, issue_key FROM dim_issue WHERE is_current", writer)
    rows = (
        rows.merge(agents, how="left", on="agent_id").merge(issues, how="left", on="issue_id").drop(columns="agent_id")
    )
    rows = rows.fillna({"agent_key": -1, "issue_key": -1})
    rows.to_sql("fact_agent_execution", writer, index=False, if_exists="append")
    return FEW / (time.perf_counter() - begin)


def peak_memory(miyabi: Warehouse, last: date) -> int:
    """The peak, in kB, of a process of its own that runs all stages from the year's first day to `last`."""
    span = _span(miyabi, YEAR[0], last)
    urls = {"WAREHOUSE_URL": miyabi.settings.warehouse_url, "SOURCE_URL": miyabi.settings.source_url}
    environment = {name: value for name, value in os.environ.items() if "MIYABI" not in name}
    environment |= {f"MIYABI_{name}": url.get_secret_value() for name, url in urls.items() if url}
    environment["MIYABI_HOME"] = str(miyabi.settings.home)
    command = [sys.executable, "-c", READER, span.start.isoformat(), span.end.isoformat()]
    return int(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


def ages(bench: Bench, histories: dict[str, int]) -> list[dict[str, Any]]:
    """Days of ten thousand executions loaded into warehouses of different age in turn, and each of them again."""
    last_id = max(histories.values())
    first, last = WARM_UP - timedelta(days=1), WARM_UP + timedelta(days=1 + NEW_DAYS)
    count = DAY_ROWS * ((last - first).days + 1)
    source = bench.source(issues=2_000, executions=count, first=first, last=last, last_id=last_id)
    warehouses = {age: bench.warehouse(source, lookback_days=0) for age in histories}
    new: dict[str, list[Timed]] = {age: [] for age in histories}
    same: dict[str, list[Timed]] = {age: [] for age in histories}
    for age, miyabi in warehouses.items():
        remember(miyabi, histories[age], first)
        live(miyabi, WARM_UP)
    for day in range(1, 1 + NEW_DAYS):
        for age, miyabi in warehouses.items():
            new[age].append(live(miyabi, WARM_UP + timedelta(days=day)))
            places = miyabi.value(_sql("places"))
            same[age].append(live(miyabi, WARM_UP + timedelta(days=day)))
            if places != miyabi.value(_sql("places")):
                raise SystemExit("an unchanged day wrote a row version")
    first_time, again = ({age: _median(run.load for run in runs[age]) for age in histories} for runs in (new, same))
    whole = {age: _median(run.before + run.load for run in new[age]) for age in histories}
    said = "; ".join(
        f"{rows:,} rows: {first_time[age]:.3f} s, again {again[age]:.3f} s, with extraction {whole[age]:.2f} s"
        for age, rows in histories.items()
    )
    return [
        at_most("a day loaded into a long history / a tenth of it", first_time["long"] / first_time["short"],
                HISTORY_BAR, said),
        at_most("a day loaded into a history / into none", first_time["short"] / first_time["none"], EMPTY_BAR, "same"),
        at_most("an unchanged day again / a new day", again["long"] / first_time["long"], UNCHANGED_BAR, "same"),
    ]  # fmt: skip


def remember(miyabi: Warehouse, rows: int, before: date) -> None:
    days = rows // DAY_ROWS
    if days:
        with miyabi.database.connect("owner") as connection:
            first = before.replace(day=1) - timedelta(days=days)
            db.execute(connection, _sql("history"), {"days": days, "first": first})


def live(miyabi: Warehouse, day: date) -> Timed:
    return timed(miyabi, business_day(day, miyabi.settings.business_zone))


def restating(bench: Bench, issues: int) -> dict[str, Any]:
    """Days that touch one issue in a hundred, beside computing the facts of every issue."""
    source = bench.source(issues=issues, executions=issues, first=YEAR[0], last=YEAR[1])
    miyabi = bench.warehouse(source, lookback_days=0)
    everything = timed(miyabi, _span(miyabi, *YEAR), DAILY)
    part = []
    for turn in range(ROUNDS):
        with bench.writer(source) as connection:
            db.execute(connection, _sql("touch_issues"), {"turn": turn})
        later = business_day(LATER + timedelta(days=turn), miyabi.settings.business_zone)
        part.append(timed(miyabi, later, DAILY))
    few, whole = _median(run.issues for run in part), _median(run.load for run in part)
    said = f"{few:.2f} s against {everything.issues:.1f} s for {issues:,} issues; whole load {whole:.2f} s against {everything.load:.1f} s"
    return at_most("facts of one issue in a hundred / of all issues", few / everything.issues, RESTATE_BAR, said)


def timed(miyabi: Warehouse, span: Interval, pipeline: str = HOURLY) -> Timed:
    """Runs extraction, transformation and load."""
    stage = miyabi.stage(span, pipeline)
    begin = time.perf_counter()
    extract(stage)
    transform(stage)
    between = time.perf_counter()
    with stage.warehouse() as connection:
        loader = TimedLoader(stage, connection)
        loader.load()
    return Timed(between - begin, time.perf_counter() - between, loader.issue_seconds)


def _span(miyabi: Warehouse, first: date, last: date) -> Interval:
    zone = miyabi.settings.business_zone
    return Interval(business_day(first, zone).start, business_day(last, zone).end)


def _seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def _median(seconds: Iterable[float]) -> float:
    return statistics.median(seconds)


def _sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


if __name__ == "__main__":
    for line in main(quick="--quick" in sys.argv, only=[name for name in sys.argv[1:] if name != "--quick"]):
        verdict = "ok" if line["ok"] else "MISSED"
        print(f"{line['value']:.3f} (bar {line['bar']}, {verdict})  {line['name']}: {line['detail']}", flush=True)
