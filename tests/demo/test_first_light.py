"""The demonstration as a new user runs it: in a process of its own, on the data that ships with the project."""

import csv
import gzip
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from miyabi_dw import embedded
from miyabi_dw.database import Database, query
from miyabi_dw.demo import DATA
from miyabi_dw.settings import Settings

LAST_DAY = "2026-04-03"


@dataclass
class Shown:
    """A finished demonstration: its home and what the two calls printed."""

    settings: Settings
    first: str
    second: str

    def ask(self, sql: str) -> list[dict[str, object]]:
        with Database(self.settings).connect("analyst") as connection:
            return query(connection, sql)

    def source(self, table: str) -> list[dict[str, str]]:
        with gzip.open(DATA / f"{table}.csv.gz", "rt", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def shown() -> Iterator[Shown]:
    with tempfile.TemporaryDirectory(prefix="miyabi demo ") as folder:
        settings = Settings(home=Path(folder) / "home", reports_dir=Path(folder) / "reports")
        try:
            yield Shown(settings, _demo(settings), _demo(settings))
        finally:
            embedded.stop(settings)


def _demo(settings: Settings) -> str:
    given = {"MIYABI_HOME": str(settings.home), "MIYABI_REPORTS_DIR": str(settings.reports_dir)}
    own = {name: value for name, value in os.environ.items() if not name.startswith("MIYABI_")}
    done = subprocess.run(
        [sys.executable, "-m", "miyabi_dw", "demo"],
        env=own | given, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_ends_with_the_place_of_the_page(shown: Shown) -> None:
    line = next(line for line in shown.first.splitlines() if line.startswith("The run's page:"))
    page = Path(line.split(":", 1)[1].strip())
    assert page.is_relative_to(shown.settings.reports_dir)
    assert LAST_DAY.replace("-", "/") in str(page)
    assert "All rows" in page.read_text(encoding="utf-8") or "rows' way" in page.read_text(encoding="utf-8")


def test_the_guides_own_check_finds_the_last_day(shown: Shown) -> None:
    rows = shown.ask(f"SELECT count(*) AS n FROM fact_issue_processing WHERE process_date = DATE '{LAST_DAY}'")
    assert rows[0]["n"] == 1
    assert f"holds 1 row for {LAST_DAY}" in shown.first


def test_a_second_call_changes_nothing(shown: Shown) -> None:
    assert shown.second == shown.first
    assert shown.ask("SELECT count(*) AS n FROM ops.run")[0]["n"] == 4


def test_no_row_of_the_source_is_missing_from_the_account(shown: Shown) -> None:
    """The first run read everything up to the last day: each row is new or set aside."""
    found = {
        str(row["source_table"]): (row["inserted"], row["quarantined"])
        for row in shown.ask(
            "SELECT source_table, sum(inserted) AS inserted, sum(quarantined) AS quarantined"
            " FROM ops.row_count GROUP BY source_table"
        )
    }
    complete = [row for row in shown.source("agent_execution_logs") if row["completed_at"]]
    early = [row for row in complete if row["completed_at"] < "2026-04-03 23:00:00"]
    assert sum(found["agent_execution_logs"]) == len(early)  # type: ignore[arg-type]
    assert sum(found["deployment_pipelines"]) == 1877  # type: ignore[arg-type]
    assert sum(found["code_gen_tasks"]) == 2410  # type: ignore[arg-type]


def test_costs_lines_and_files_add_up_to_the_source(shown: Shown) -> None:
    executions = [row for row in shown.source("agent_execution_logs") if row["completed_at"]]
    early = [row for row in executions if row["completed_at"] < "2026-04-03 23:00:00"]
    reported = sum(Decimal(row["llm_cost_usd"]) for row in early if row["llm_cost_usd"])
    held = shown.ask("SELECT sum(llm_cost_usd) AS usd FROM fact_agent_execution WHERE llm_cost_source = 'reported'")
    assert held[0]["usd"] == reported
    generated = shown.source("code_gen_tasks")
    sums = shown.ask(
        "SELECT sum(lines_of_code_generated) AS lines, sum(files_modified) AS files FROM fact_issue_processing"
    )[0]
    assert sums["lines"] == sum(int(row["total_lines_generated"]) for row in generated if row["total_lines_generated"])
    assert sums["files"] == sum(int(row["total_files_generated"]) for row in generated if row["total_files_generated"])


def test_every_deployment_that_ended_is_a_fact(shown: Shown) -> None:
    ended = [
        row for row in shown.source("deployment_pipelines") if row["deployment_status"] in ("success", "rolled_back")
    ]
    assert shown.ask("SELECT count(*) AS n FROM fact_deployment")[0]["n"] == len(ended)


def test_the_server_is_not_left_behind(shown: Shown) -> None:
    embedded.stop(shown.settings)
    _demo(shown.settings)
    assert embedded.status(shown.settings) is None
