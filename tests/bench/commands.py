"""What somebody waits for: whole commands on a home whose server is stopped, beside what they cannot do without.

Run it alone: `PYTHONPATH=tests python tests/bench/commands.py [ROUNDS]`. All are taken in turn, each in a process of its
own; the best of the rounds counts. A run finds nothing new.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.runs import BUSY_DAY, DAILY, HOURLY, ours, result, seconds
from miyabi_dw.common.paths import PROJECT
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from miyabi_dw.demo.source import load_source

ROUNDS = 3
IMPORTS_BAR, HOURLY_BAR, HEALTH_BAR, QUERY_BAR = 1.2, 0.7, 0.5, 2.0
DAYS = ("--from", "2026-01-01", "--to", "2026-01-31")
RUNS = {
    "a daily run": ("run", DAILY, "--date", f"{BUSY_DAY}"),
    "an hourly run": ("run", HOURLY, "--hour", f"{BUSY_DAY}T10"),
    "connection_health": ("run", "connection_health"),
}
QUERIES = {
    "psql -c": ("psql", "--", "-c", "SELECT count(*) FROM fact_agent_execution"),
    "metrics query": ("metrics", "query", "llm_cost", "--grain", "month", *DAYS),
}
IMPORTS = "import pandas, great_expectations"


def home(folder: Path) -> dict[str, str]:
    """The variables that lead a command to a home with an embedded server, in which the day is loaded."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith("MIYABI_")}
    plain.pop("PYTHONDONTWRITEBYTECODE", None)
    places = {"MIYABI_HOME": folder / "home", "MIYABI_REPORTS_DIR": folder / "reports", "MIYABI_CONFIG_DIR": folder}
    environment = plain | {name: str(path) for name, path in places.items()} | {"PYTHONPATH": str(PROJECT / "lib")}
    load_source(Database(Settings(home=folder / "home")))
    ours(environment, "schema", "migrate")
    for words in (*RUNS.values(), *QUERIES.values()):
        ours(environment, *words)
    return environment


def measured(environment: dict[str, str], rounds: int) -> dict[str, float]:
    """Seconds of each command, the best of so many."""
    best: dict[str, float] = {}

    def take(name: str, act: Callable[[], object]) -> None:
        best[name] = min(seconds(act), best.get(name, float("inf")))

    for _ in range(rounds):
        take(IMPORTS, lambda: subprocess.run([sys.executable, "-c", IMPORTS], env=environment, check=True))
        for name, words in RUNS.items():
            ours(environment, "server", "stop")
            take(name, lambda words=words: ours(environment, *words))  # type: ignore[misc]
        for name, words in QUERIES.items():
            take(name, lambda words=words: ours(environment, *words))  # type: ignore[misc]
    return best


def main(rounds: int = ROUNDS) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        environment = home(folder)
        try:
            best = measured(environment, rounds)
        finally:
            ours(environment, "server", "stop")
    for one, other, bar in (
        ("a daily run", IMPORTS, IMPORTS_BAR),
        ("an hourly run", "a daily run", HOURLY_BAR),
        ("connection_health", "a daily run", HEALTH_BAR),
        ("metrics query", "psql -c", QUERY_BAR),
    ):
        detail = f"{best[one]:.2f} s against {best[other]:.2f} s, best of {rounds}"
        yield result(f"{one} / {other}", best[one] / best[other], bar, detail)


if __name__ == "__main__":
    lines = list(main(*map(int, sys.argv[1:])))
    for line in lines:
        verdict = "ok" if line["ok"] else "MISSED"
        print(f"{line['value']:.3f} (bar {line['bar']}, {verdict})  {line['name']}: {line['detail']}", flush=True)
    sys.exit(not all(line["ok"] for line in lines))
