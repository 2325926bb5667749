"""The demonstration as a new user runs it: in a process of its own, on the data that ships with the project."""

import csv
import gzip
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest

from miyabi_dw.common.paths import PROJECT
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import embedded
from miyabi_dw.db.connection import Database, query
from miyabi_dw.demo.source import DATA
from miyabi_dw.reports import read_notebook
from servers import quick_place

pytestmark = pytest.mark.slow
LAST_DAY = "2026-04-03"
README_BLOCKS = re.findall(
    r"^```console\n(.*?)^```$", (PROJECT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)
# What a notebook in marimo holds after it has been run as a script.
RUN_AGAIN = """
import contextlib, io, json, runpy, sys
app = runpy.run_path(sys.argv[1])["app"]
with contextlib.redirect_stdout(io.StringIO()):
    shown, held = app.run()
names = ("pipeline", "interval_start", "interval_end", "run_id", "as_of")
counts = next(frame for frame in shown if "extracted" in getattr(frame, "columns", ()))
print(json.dumps({"parameters": {name: held[name] for name in names}, "counts": counts.to_string()}))
"""


@dataclass
class Shown:
    """A finished demonstration: its home, what the two calls printed, the server that still ran after them, and
    the steps that the first one told.
    """

    settings: Settings
    first: str
    second: str
    left_behind: object
    steps: str

    def call(self, *words: str) -> str:
        """What the command prints in this home, whatever its exit status."""
        return _command(self.settings, *words).stdout

    def ask(self, sql: str) -> list[dict[str, object]]:
        with Database(self.settings).connect("analyst") as connection:
            return query(connection, sql)

    def source(self, table: str) -> list[dict[str, str]]:
        with gzip.open(DATA / f"{table}.csv.gz", "rt", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def shown() -> Iterator[Shown]:
    with tempfile.TemporaryDirectory(prefix="miyabi demo ", dir=quick_place()) as folder:
        settings = Settings(home=Path(folder) / "home", reports_dir=Path(folder) / "reports")
        try:
            first, second = _demo(settings), _demo(settings)
            yield Shown(settings, first.stdout, second.stdout, embedded.status(settings), first.stderr)
        finally:
            embedded.stop(settings)


def _demo(settings: Settings) -> subprocess.CompletedProcess[str]:
    done = _command(settings, "demo")
    assert done.returncode == 0, done.stderr
    return done


def _command(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "miyabi_dw", *words],
        env=_environment(settings), capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip


def _environment(settings: Settings) -> dict[str, str]:
    given = {"MIYABI_HOME": str(settings.home), "MIYABI_REPORTS_DIR": str(settings.reports_dir), "COLUMNS": "80"}
    return {name: value for name, value in os.environ.items() if not name.startswith("MIYABI_")} | given


def page_of(shown: Shown) -> Path:
    line = next(line for line in shown.first.splitlines() if line.startswith("The run's page:"))
    return Path(line.split(":", 1)[1].strip())


def test_it_ends_with_the_place_of_the_page(shown: Shown) -> None:
    page = page_of(shown)
    assert page.is_relative_to(shown.settings.reports_dir)
    assert LAST_DAY.replace("-", "/") in str(page)
    assert "Row accounting" in page.read_text(encoding="utf-8")


def test_the_guides_own_check_finds_the_last_day(shown: Shown) -> None:
    rows = shown.ask(f"SELECT count(*) AS n FROM fact_issue_processing WHERE process_date = DATE '{LAST_DAY}'")
    assert rows[0]["n"] == 1
    assert f"holds 1 row for {LAST_DAY}" in shown.first


def test_a_second_call_changes_nothing(shown: Shown) -> None:
    assert shown.second == shown.first
    assert shown.ask("SELECT count(*) AS n FROM ops.run")[0]["n"] == 4


def test_no_row_of_the_source_is_missing_from_the_account(shown: Shown) -> None:
    """The first run read everything up to the last day: each row is inserted or quarantined."""
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


@pytest.mark.parametrize("block", README_BLOCKS)
def test_the_readme_shows_what_is_printed(shown: Shown, block: str) -> None:
    for command, printed in typed(block):
        program, *words = shlex.split(command)
        if (program, *words) == ("make", "demo"):
            said = shown.steps + shown.first.replace(str(shown.settings.reports_dir), "reports")
        elif program == "miyabi-dw" and words != ["serve"]:
            said = shown.call(*words)
        else:
            continue
        assert missing(printed, said) == [], said


def typed(block: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a block with the lines below it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *lines = part.splitlines()
        yield command, [line for line in lines if line]


def missing(printed: list[str], said: str) -> list[str]:
    """The first line of the document that the program has not printed, in this order; `...` stands for any lines."""
    lines = iter(masked(line) for line in said.splitlines() if line.strip())
    previous = "..."
    for line in printed:
        if line == "...":
            previous = line
            continue
        following = lines if previous == "..." else islice(lines, 1)
        if masked(line) not in following:
            return [line]
        previous = line
    return []


def masked(line: str) -> str:
    """Without what differs from one run to the next."""
    return re.sub(r"\d{8}T\d{6}Z-\w+-[0-9a-f]{6}", "RUN", line).rstrip()


def test_what_the_readme_should_not_say_is_found() -> None:
    said = "one\ntwo\n\nthree 20260101T000000Z-daily-abcdef\n"
    assert missing(["one", "...", "three 20270101T000000Z-daily-000000"], said) == []
    assert missing(["one", "three"], said) == ["three"]
    assert missing(["...", "four"], said) == ["four"]


def test_the_notebook_of_an_archived_run_opens_at_its_state(shown: Shown, tmp_path: Path) -> None:
    """Run again as a script, on the database as it is, it shows what the archive shows, and the archive stays."""
    folder = page_of(shown).parent
    copy = tmp_path / "extract.py"
    assert shown.call("runs", "open", folder.name, "--stage", "extract", "--output", str(copy)).strip() == str(copy)
    archived = read_notebook(folder / "01_extract.1.ipynb.gz")
    cell = next(cell for cell in archived["cells"] if "extract_or_read_back(" in "".join(cell["source"]))
    again = subprocess.run(
        [sys.executable, "-c", RUN_AGAIN, str(copy)], env=_environment(shown.settings), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    told = json.loads(again.stdout.splitlines()[-1])
    assert told["parameters"] == archived["metadata"]["papermill"]["parameters"] | {"run_id": ""}
    assert told["counts"] == "".join(cell["outputs"][0]["data"]["text/plain"])
    assert shown.call("runs", "verify").strip() == "the reports are as they were written"


def test_an_archived_notebook_is_found_by_its_stage(shown: Shown, tmp_path: Path) -> None:
    run_id, copy = page_of(shown).parent.name, tmp_path / "gate.py"
    shown.call("runs", "open", run_id, "--stage", "03_gate.1", "--same-batch", "--output", str(copy))
    assert "# 3 Gate" in copy.read_text(encoding="utf-8")
    assert f"run_id: str = '{run_id}'" in copy.read_text(encoding="utf-8")
    wrong = _command(shown.settings, "runs", "open", run_id, "--stage", "nonsense")
    assert wrong.returncode == 2
    assert "01_extract, 02_transform, 03_gate, 04_load, 05_publish" in wrong.stderr


def test_the_server_is_not_left_behind(shown: Shown) -> None:
    assert shown.left_behind is None
