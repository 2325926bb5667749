"""What it takes from files to facts: the sample of transcripts through sync, extraction, transformation and load.

Run it alone: `PYTHONPATH=tests python tests/bench/connect_facts.py`. The measure is a bare `json.loads` of every line of the
same files, in the same process; both are the medians of some rounds in turn, each round with databases of its own.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from connect.sampled import claude_code_sample
from etl.kit import HOURLY, Warehouse
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval, business_day
from miyabi_dw.connect.agents.claude_code import ClaudeCode
from miyabi_dw.connect.declarations import add_connection
from miyabi_dw.connect.own_source import prepare_source
from miyabi_dw.connect.sync import sync
from miyabi_dw.db.connection import Database, query
from miyabi_dw.etl.extract import extract
from miyabi_dw.etl.load import load
from miyabi_dw.etl.transform import transform
from servers import TestServer, grant_warehouse, running_server, warehouse_template

FACTS_BAR, AGAIN_BAR = 3.0, 0.1
ROUNDS = 3
DAYS = (date(2026, 1, 1), date(2026, 2, 28))


def bare(folder: Path) -> None:
    for path in folder.rglob("*.jsonl"):
        with path.open("rb") as file:
            for line in file:
                json.loads(line)


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def fresh(server: TestServer, template: str, place: Path, sample: Path) -> Settings:
    """Empty databases, prepared as they are long before the first sync, and the connection to the sample."""
    names = server.create("source"), server.create("warehouse", template)
    grant_warehouse(server, names[1])
    source, warehouse = (SecretStr(server.database_url(name)) for name in names)
    settings = Settings(
        source_url=source,
        source_owner_url=source,
        warehouse_url=warehouse,
        home=place / "home",
        reports_dir=place / "reports",
    )
    add_connection(settings, ClaudeCode(name="agents", path=str(sample)))
    prepare_source(Database(settings))
    return settings


def to_facts(warehouse: Warehouse) -> None:
    zone = warehouse.settings.business_zone
    days = Interval(business_day(DAYS[0], zone).start, business_day(DAYS[1], zone).end)
    stage = warehouse.stage(days, HOURLY)
    extract(stage)
    transform(stage)
    load(stage)


def measured(server: TestServer, template: str, place: Path, sample: Path) -> tuple[float, float, float, float]:
    """Seconds of the bare reading, of the first sync, of the load after it, and of a second sync without news."""
    settings = fresh(server, template, place, sample)
    warehouse = Warehouse(settings).prepare()
    least = seconds(lambda: bare(sample))
    times = (
        least,
        seconds(lambda: sync(settings)),
        seconds(lambda: to_facts(warehouse)),
        seconds(lambda: sync(settings)),
    )
    with Database(settings).connect("etl") as connection:
        [found] = query(connection, "SELECT sum(llm_tokens_output) AS tokens FROM fact_agent_execution")
    assert found["tokens"] == 832_275, found
    return times


def result(name: str, value: float, bar: float, detail: str) -> dict[str, Any]:
    return {"name": name, "value": round(value, 3), "bar": bar, "ok": value <= bar, "detail": detail}


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server("bench_connect", Path(folder) / "server") as server,
    ):
        sample = claude_code_sample(Path(folder))
        template = warehouse_template(server)
        rounds = [measured(server, template, Path(folder) / str(number), sample) for number in range(ROUNDS)]
    least, first, loaded, again = (statistics.median(times) for times in zip(*rounds, strict=True))
    detail = f"sync {first:.2f} s, load {loaded:.2f} s, json.loads {least:.2f} s"
    print(
        json.dumps(
            result("from files to facts / json.loads of every line", (first + loaded) / least, FACTS_BAR, detail)
        )
    )
    print(json.dumps(result("a sync without news / the first", again / first, AGAIN_BAR, f"{again:.3f} s")))


if __name__ == "__main__":
    main()
