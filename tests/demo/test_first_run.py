"""The demonstration as a new user runs it: in a process of its own, on the data that ships with the project."""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest

from miyabi_dw.common.paths import PROJECT
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import embedded
from miyabi_dw.db.connection import Database, query
from miyabi_dw.reports import read_notebook
from servers import quick_place

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
LAST_DAY = "2026-02-10"
SENTENCE = "demonstration: it is 11 Feb 2026, 09:00 JST"
# What the daily and the hourly runs of that morning have read, in the source's own time.
READ_UNTIL = "2026-02-10 23:00:00"
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

    def source(self, sql: str) -> object:
        """The only value of a query on the source."""
        with Database(self.settings).connect("source") as connection:
            return next(iter(query(connection, sql)[0].values()))


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
    line = next(line for line in shown.first.splitlines() if line.startswith("The night's page:"))
    return Path(line.split(":", 1)[1].strip())


def test_it_ends_with_the_place_of_the_page(shown: Shown) -> None:
    page = page_of(shown)
    assert page.is_relative_to(shown.settings.reports_dir)
    assert LAST_DAY.replace("-", "/") in str(page)
    assert "Row accounting" in page.read_text(encoding="utf-8")


def test_the_guides_own_check_finds_the_last_day(shown: Shown) -> None:
    rows = shown.ask(f"SELECT count(*) AS n FROM fact_issue_processing WHERE process_date = DATE '{LAST_DAY}'")
    assert rows[0]["n"] == 53
    assert f"holds 53 rows for {LAST_DAY}" in shown.first


def test_d4_two_weeks_of_nights_and_a_days_hours_are_behind_it(shown: Shown) -> None:
    nights = shown.ask(
        """SELECT (interval_start AT TIME ZONE 'Asia/Tokyo')::date::text AS day, string_agg(state::text, ' ' ORDER BY run_number) AS ends
           FROM ops.run WHERE pipeline = 'daily_issue_processing_etl' AND trigger = 'demo' GROUP BY 1 ORDER BY 1"""
    )
    assert [night["day"] for night in nights] == [*(f"2026-01-{day}" for day in range(28, 32)),
                                                  *(f"2026-02-{day:02}" for day in range(1, 11))]  # fmt: skip
    assert {str(night["day"]) for night in nights if night["ends"] != "succeeded"} == {"2026-02-05"}
    assert next(night["ends"] for night in nights if night["day"] == "2026-02-05") == "failed succeeded"
    others = "SELECT pipeline, count(*) AS n FROM ops.run WHERE state = 'succeeded' AND trigger = 'demo' GROUP BY 1 ORDER BY 1"
    assert {str(row["pipeline"]): row["n"] for row in shown.ask(others)} == {
        "backup": 1, "daily_issue_processing_etl": 14, "hourly_agent_metrics_etl": 12, "morning_checklist": 1,
    }  # fmt: skip
    pages = shown.ask("SELECT run_id, archive_path FROM ops.run")
    assert len(pages) == 30
    assert [
        row for row in pages if not (shown.settings.reports_dir / str(row["archive_path"]) / "index.html").is_file()
    ] == []


def test_d4_the_last_day_is_a_rich_one_and_nothing_lies_after_the_clock(shown: Shown) -> None:
    found = shown.ask(
        """SELECT
            (SELECT count(*) FROM fact_agent_execution WHERE time_key = 20260210) AS executions,
            (SELECT count(*) FROM fact_deployment WHERE time_key = 20260210) AS deployments,
            (SELECT count(*) FROM fact_issue_processing WHERE time_key > 20260211) AS later_days,
            (SELECT count(*) FROM fact_deployment WHERE deployed_at > '2026-02-11') AS later_deployments"""
    )
    # The day has 44 executions; the source tells of one of them on 12 February only.
    assert found == [{"executions": 43, "deployments": 42, "later_days": 0, "later_deployments": 0}]


def test_d4_monitor_is_good_by_the_homes_own_clock(shown: Shown) -> None:
    done = _command(shown.settings, "monitor", "--json")
    findings = json.loads(done.stdout)["findings"]
    # The disk is that of this machine.
    assert [each for each in findings if each["level"] != "ok" and not each["name"].startswith("disk")] == []
    assert SENTENCE in done.stderr and json.loads(done.stdout)["as_of"].startswith("2026-02-11")


def test_d4_every_page_says_that_it_is_a_demonstration_and_when(shown: Shown) -> None:
    top = (shown.settings.reports_dir / "index.html").read_text(encoding="utf-8")
    assert top.count(SENTENCE) == 1
    assert SENTENCE in page_of(shown).read_text(encoding="utf-8")


def test_the_bad_night_is_shown_as_what_it_is(shown: Shown) -> None:
    failed = shown.ask("SELECT reason, archive_path FROM ops.run WHERE state = 'failed'")
    assert len(failed) == 1 and "01_extract" in str(failed[0]["reason"])
    page = (shown.settings.reports_dir / str(failed[0]["archive_path"]) / "index.html").read_text(encoding="utf-8")
    assert "the user lacks a right on the server" in page
    assert shown.ask("SELECT count(*) AS n FROM ops.incident WHERE recovered_at IS NULL") == [{"n": 0}]


def test_the_backup_is_verified(shown: Shown) -> None:
    assert shown.ask("SELECT state, verified_at IS NOT NULL AS is_verified FROM ops.backup") == [
        {"state": "good", "is_verified": True}
    ]


def test_a_second_call_changes_nothing(shown: Shown) -> None:
    assert shown.second == shown.first
    assert shown.ask("SELECT count(*) AS n FROM ops.run")[0]["n"] == 30


def test_no_row_of_the_source_is_missing_from_the_warehouse(shown: Shown) -> None:
    """Each row that was read is a fact or quarantined."""
    quarantined = shown.ask(
        "SELECT count(DISTINCT source_key) AS n FROM ops.quarantine WHERE field IS NULL AND state = 'open'"
    )
    held = shown.ask("SELECT count(*) AS n FROM fact_agent_execution")[0]["n"]
    read = shown.source(f"SELECT count(*) AS n FROM agent_execution_logs WHERE completed_at < '{READ_UNTIL}'")
    assert held == read and quarantined == [{"n": 0}]
    for table, counted in (("code_gen_tasks", "updated_at"), ("deployment_pipelines", "created_at")):
        early = shown.source(f"SELECT count(*) AS n FROM {table} WHERE {counted} < '2026-02-10 15:00:00'")
        assert early <= shown.ask(f"SELECT count(*) AS n FROM staging.{table}")[0]["n"]  # type: ignore[operator]


def test_costs_lines_and_files_add_up_to_the_source(shown: Shown) -> None:
    reported = shown.source(
        f"SELECT sum(llm_cost_usd) AS usd FROM agent_execution_logs WHERE completed_at < '{READ_UNTIL}'"
    )
    held = shown.ask("SELECT sum(llm_cost_usd) AS usd FROM fact_agent_execution WHERE llm_cost_source = 'reported'")
    assert held[0]["usd"] == reported
    sums = shown.ask(
        "SELECT sum(lines_of_code_generated) AS lines, sum(files_modified) AS files FROM fact_issue_processing"
    )
    # A row made before the night's run at 02:00 JST is there with its last change, whenever that was.
    generated = "SELECT sum({}) AS n FROM code_gen_tasks WHERE created_at < '2026-02-10 17:00:00'"
    assert sums[0]["lines"] == shown.source(generated.format("total_lines_generated"))
    assert sums[0]["files"] == shown.source(generated.format("total_files_generated"))


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


def test_the_next_day_comes_with_its_night_and_its_morning(shown: Shown) -> None:
    """The last test: it moves the clock of the home that they all look at."""
    said = shown.call("demo", "next-day")
    assert "11 Feb 2026 is played. Demonstration: it is 12 Feb 2026, 09:00 JST." in said
    day = shown.ask("SELECT count(*) AS n FROM fact_agent_execution WHERE time_key = 20260211")
    # The day has 49 executions; the source tells of four of them later.
    assert day == [{"n": 45}]
    found = json.loads(shown.call("monitor", "--json"))
    assert found["as_of"].startswith("2026-02-12")
    assert [each for each in found["findings"] if each["level"] == "critical"] == []
    assert "it is 12 Feb 2026, 09:00 JST" in (shown.settings.reports_dir / "index.html").read_text(encoding="utf-8")
