"""What loading costs: beside a bare COPY, beside pandas, on top of history, on an unchanged day, for 1 % of the issues.

Run it alone: `PYTHONPATH=tests python tests/bench/load.py [--quick]`. Every figure is a ratio of two things measured in
this one process, one after the other, on one server; --quick takes a tenth of the rows.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from miyabi_dw import database as db
from miyabi_dw.extraction import extract
from miyabi_dw.loading import Loader
from miyabi_dw.settings import Settings
from miyabi_dw.stage import StageContext
from miyabi_dw.timeframe import Interval, business_day
from miyabi_dw.transformation import transform
from pipeline.kit import DAILY, HOURLY, Warehouse
from servers import TestServer, grant_warehouse, running_server, source_template, warehouse_template
from support import synthetic

SQL = Path(__file__).parent / "sql" / "load"
YEAR = (date(2025, 1, 1), date(2025, 12, 31))
COPY_BAR, PANDAS_BAR, MEMORY_BAR = 0.3, 15.0, 1.2
HISTORY_BAR, EMPTY_BAR, UNCHANGED_BAR, RESTATE_BAR = 1.25, 1.5, 0.35, 0.05
DAY_ROWS, FEW = 10_000, 20_000
NEW_DAY, LATER = date(2026, 1, 15), date(2026, 6, 1)
READER = """
import resource
from miyabi_dw.extraction import extract
from miyabi_dw.stage import open_stage
import sys
extract(open_stage("hourly_agent_metrics_etl", *sys.argv[1:3]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def main(*, quick: bool = False) -> list[dict[str, Any]]:
    part = 10 if quick else 1
    with tempfile.TemporaryDirectory() as folder, running_server("bench_load", Path(folder)) as server:
        bench = Bench(server, Path(folder), warehouse_template(server), source_template(server))
        return [
            *throughput(bench, 1_000_000 // part),
            *ages(bench, {"empty": 0, "short": 1_000_000 // part, "long": 10_000_000 // part}),
            restating(bench, 1_000_000 // part),
        ]


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

    def warehouse(self, source_url: str, **settings: Any) -> Warehouse:
        name = self.server.create("warehouse", self.warehouse_template)
        grant_warehouse(self.server, name)
        urls = {"warehouse_url": self.server.database_url(name), "source_url": source_url}
        return Warehouse(Settings(home=self.folder / name, reports_dir=self.folder, **urls, **settings)).prepare()


class TimedLoader(Loader):
    """Tells how long the facts of issues took, and the whole."""

    issue_seconds = 0.0
    seconds = 0.0

    def load(self) -> None:
        self.seconds = _seconds(super().load)

    def _load_issue_facts(self) -> None:
        self.issue_seconds = _seconds(super()._load_issue_facts)


def throughput(bench: Bench, executions: int) -> list[dict[str, Any]]:
    """From the source to the indexed, partitioned fact, beside a COPY into a table without any of that."""
    source = bench.source(issues=executions // 50, executions=executions, first=YEAR[0], last=YEAR[1])
    rows, floor = bare(bench, source)
    miyabi = bench.warehouse(source)
    stage = miyabi.stage(_span(miyabi, *YEAR), HOURLY)
    seconds = _seconds(lambda: (extract(stage), transform(stage)))
    loader = timed_load(stage)
    seconds += loader.seconds - loader.issue_seconds
    floor = statistics.mean((floor, bare(bench, source)[1]))
    loaded = miyabi.value("SELECT count(*) FROM fact_agent_execution")
    pandas_rate = by_pandas(miyabi)
    week, year = (memory(miyabi, last) for last in (YEAR[0] + timedelta(days=7), YEAR[1]))
    return [
        at_least("source to fact / bare COPY, rows per second", (loaded / seconds) / (rows / floor), COPY_BAR,
                 f"{loaded:,} rows in {seconds:.1f} s, COPY {floor:.1f} s; {loader.issue_seconds:.1f} s more of issues"),
        at_least("source to fact / pandas merge and to_sql", loaded / seconds / pandas_rate, PANDAS_BAR,
                 f"{loaded / seconds:,.0f} against {pandas_rate:,.0f} rows a second"),
        at_most("client memory, rows of a year / of a week", year / week, MEMORY_BAR, f"{year} kB against {week} kB"),
    ]  # fmt: skip


def bare(bench: Bench, source: str) -> tuple[int, float]:
    """How many executions the source has, and how long a COPY of them into a bare table takes."""
    path = bench.folder / "executions.copy"
    with bench.writer(source) as connection, connection.cursor() as cursor:
        with path.open("wb") as file:
            cursor.copy_expert(
                "COPY (SELECT * FROM agent_execution_logs WHERE completed_at IS NOT NULL) TO STDOUT", file
            )
        db.execute(connection, _sql("bare"))
        with path.open("rb") as file:
            seconds = _seconds(lambda: cursor.copy_expert("COPY bare FROM STDIN", file))
        return cursor.rowcount, seconds


def by_pandas(miyabi: Warehouse) -> float:
    """Rows per second of the usual way into the same fact: read frames, merge the dimensions, append."""
    import pandas

    writer, reader = (miyabi.database.sqlalchemy_engine(role) for role in ("owner", "source"))
    begin = time.perf_counter()
    rows = pandas.read_sql(_sql("pandas_rows"), reader, params={"rows": FEW})
    agents = pandas.read_sql("SELECT agent_key, agent_name AS agent_id FROM dim_agent WHERE NOT is_inferred", writer)
    issues = pandas.read_sql("SELECT issue_id, issue_key FROM dim_issue WHERE is_current", writer)
    rows = (
        rows.merge(agents, how="left", on="agent_id").merge(issues, how="left", on="issue_id").drop(columns="agent_id")
    )
    rows = rows.fillna({"agent_key": -1, "issue_key": -1})
    rows.to_sql("fact_agent_execution", writer, index=False, if_exists="append")
    return FEW / (time.perf_counter() - begin)


def memory(miyabi: Warehouse, last: date) -> int:
    """The peak of a process of its own that extracts from the year's first day to `last`."""
    span = _span(miyabi, YEAR[0], last)
    urls = {"WAREHOUSE_URL": miyabi.settings.warehouse_url, "SOURCE_URL": miyabi.settings.source_url}
    environment = {f"MIYABI_{name}": url.get_secret_value() for name, url in urls.items() if url}
    command = [sys.executable, "-c", READER, span.start.isoformat(), span.end.isoformat()]
    environment |= {
        "MIYABI_HOME": str(miyabi.settings.home),
        **{k: v for k, v in os.environ.items() if "MIYABI" not in k},
    }
    return int(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


def ages(bench: Bench, histories: dict[str, int]) -> list[dict[str, Any]]:
    """One day of ten thousand executions loaded into warehouses of different age, and the same day again."""
    first = NEW_DAY - timedelta(days=1)
    last_id = max(histories.values())
    source = bench.source(issues=2_000, executions=2 * DAY_ROWS, first=first, last=NEW_DAY, last_id=last_id)
    new, same = {}, {}
    for age, rows in histories.items():
        miyabi = bench.warehouse(source, lookback_days=0)
        remember(miyabi, rows, first)
        miyabi.day(first, pipeline=HOURLY)
        new[age] = loaded_day(miyabi).seconds
        written = miyabi.value("SELECT max(xmin::text::bigint) FROM fact_agent_execution WHERE time_key > 20260101")
        same[age] = statistics.median(loaded_day(miyabi).seconds for _ in range(3))
        assert written == miyabi.value(
            "SELECT max(xmin::text::bigint) FROM fact_agent_execution WHERE time_key > 20260101"
        )
    said = ", ".join(f"{age} {new[age]:.2f} s and again {same[age]:.2f} s" for age in histories)
    return [
        at_most("a new day into a long history / into a tenth of it", new["long"] / new["short"], HISTORY_BAR, said),
        at_most("a new day into a history / into an empty table", new["short"] / new["empty"], EMPTY_BAR, said),
        at_most("an unchanged day again / a new day", same["long"] / new["long"], UNCHANGED_BAR, said),
    ]


def remember(miyabi: Warehouse, rows: int, before: date) -> None:
    days = rows // DAY_ROWS
    if days:
        with miyabi.database.connect("owner") as connection:
            first = before.replace(day=1) - timedelta(days=days)
            db.execute(connection, _sql("history"), {"days": days, "first": first})


def loaded_day(miyabi: Warehouse) -> TimedLoader:
    stage = miyabi.stage(business_day(NEW_DAY, miyabi.settings.business_zone), HOURLY)
    extract(stage)
    transform(stage)
    return timed_load(stage)


def restating(bench: Bench, issues: int) -> dict[str, Any]:
    """A day that touches one issue in a hundred, beside computing the facts of every issue."""
    source = bench.source(issues=issues, executions=issues, first=YEAR[0], last=YEAR[1])
    miyabi = bench.warehouse(source, lookback_days=0)
    whole = prepared(miyabi, _span(miyabi, *YEAR))
    everything = timed_load(whole).issue_seconds
    with bench.writer(source) as connection:
        db.execute(connection, _sql("touch_issues"), {})
    part = timed_load(prepared(miyabi, business_day(LATER, miyabi.settings.business_zone))).issue_seconds
    said = f"{part:.2f} s against {everything:.1f} s for {issues:,} issues"
    return at_most("facts of one issue in a hundred restated / of all issues", part / everything, RESTATE_BAR, said)


def prepared(miyabi: Warehouse, span: Interval) -> StageContext:
    stage = miyabi.stage(span, DAILY)
    extract(stage)
    transform(stage)
    return stage


def timed_load(stage: StageContext) -> TimedLoader:
    with stage.warehouse() as connection:
        loader = TimedLoader(stage, connection)
        begin = time.perf_counter()
        loader.load()
    loader.seconds = time.perf_counter() - begin
    return loader


def _span(miyabi: Warehouse, first: date, last: date) -> Interval:
    zone = miyabi.settings.business_zone
    return Interval(business_day(first, zone).start, business_day(last, zone).end)


def _seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def _sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


if __name__ == "__main__":
    for line in main(quick="--quick" in sys.argv):
        verdict = "ok" if line["ok"] else "MISSED"
        print(f"{line['value']:.3f} (bar {line['bar']}, {verdict})  {line['name']}: {line['detail']}", flush=True)
