"""Runs as the registry would have recorded them, with executed notebooks, for the archive to tell."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from miyabi_dw import reports
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database, execute, json_value

SQL = Path(__file__).parent / "sql" / "archive"
HOSTILE = "<script>alert(1)</script>"
PIPELINE = "daily_issue_processing_etl"
DAY = datetime(2025, 11, 17, 15, tzinfo=UTC)  # 18 November in Tokyo
STAGES = ("01_extract", "02_transform", "03_gate", "04_load", "05_publish")
TABLES = {
    "agent_execution_logs": (2314, 812, 31, 1468, 3),
    "issues": (184, 12, 41, 131, 0),
    "code_gen_tasks": (96, 22, 4, 70, 0),
    "review_results": (71, 18, 0, 53, 0),
    "deployment_pipelines": (38, 6, 9, 22, 1),
    "commits": (240, 57, 0, 183, 0),
    "label_history": (412, 44, 0, 368, 0),
    "worktree_states": (19, 2, 7, 10, 0),
}
FACTS = {
    "fact_issue_processing": (143, 28, 611, 4),
    "fact_agent_execution": (812, 31, 1468, 0),
    "fact_code_generation": (22, 4, 70, 0),
    "fact_deployment": (6, 9, 22, 0),
    "fact_code_change": (57, 3, 180, 0),
}


class Scene:
    """One run in the registry and its folder; every method adds to it."""

    def __init__(self, settings: Settings, database: Database, **run: Any) -> None:
        self.settings, self.database = settings, database
        begin = run.pop("begin", DAY + timedelta(days=1, hours=2))
        length = run.pop("length", timedelta(seconds=94))
        self.run = {
            "run_id": "20251118T170004Z-daily-a1b2c3",
            "pipeline": PIPELINE,
            "interval_start": DAY,
            "interval_end": DAY + timedelta(days=1),
            "as_of": begin,
            "trigger": "schedule",
            "parameters": {"pipeline": PIPELINE, "interval_start": "2025-11-18T00:00:00+09:00"},
            "state": "succeeded",
            "reason": None,
            "error": None,
            "queued_at": begin,
            "started_at": begin,
            "finished_at": begin + length,
        } | run
        self._insert("run", self.run | {name: json_value(self.run[name]) for name in ("parameters", "error")})
        self.at = begin

    @property
    def run_id(self) -> str:
        return str(self.run["run_id"])

    @property
    def folder(self) -> Path:
        placed = self.run["interval_start"] or self.run["queued_at"]
        return reports.run_folder(self.settings, self.run["pipeline"], placed, self.run_id)

    def stage(
        self, stage: str, notebook: dict[str, Any] | None = None, *, attempt: int = 1, state: str = "succeeded",
        seconds: float = 15, error: dict[str, Any] | None = None,
    ) -> "Scene":  # fmt: skip
        position = int(stage[:2]) if stage[:2].isdigit() else 1
        row = {"stage": stage, "attempt": attempt, "position": position, "state": state, "started_at": self.at}
        self.at += timedelta(seconds=seconds)
        row |= {"finished_at": self.at, "cells_completed": 6 if state == "succeeded" else 3}
        self._insert("attempt", row | {"run_id": self.run_id, "error": error and json_value(error)})
        if notebook is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / f"{stage}.{attempt}.ipynb"
            path.write_text(json.dumps(notebook), encoding="utf-8")
        return self

    def rows(self, tables: dict[str, tuple[int | None, ...]] = TABLES) -> "Scene":
        names = ("extracted", "inserted", "updated", "unchanged", "quarantined")
        for name, counts in tables.items():
            self._insert("row_count", {"run_id": self.run_id, "name": name, **dict(zip(names, counts, strict=True))})
        return self

    def facts(self) -> "Scene":
        for name, counts in FACTS.items():
            values = dict(zip(("inserted", "updated", "unchanged", "deleted"), counts, strict=True))
            self._insert("fact_count", {"run_id": self.run_id, "name": name, **values})
        return self

    def check(self, check_id: str = "issues.id.unique", **check: Any) -> "Scene":
        base = {
            "run_id": self.run_id,
            "suite": "conformed/issues",
            "table_name": "issues",
            "check_id": check_id,
            "column_name": "id",
            "expectation": "expect_column_values_to_be_unique",
            "severity": "critical",
            "outcome": "passed",
            "note": "Two rows of one issue would count its cost twice.",
            "observed": {},
            "rows_checked": 184,
            "rows_failed": 0,
            "offending_rows_sql": None,
        } | check
        self._insert("check", base | {"observed": json_value(base["observed"])})
        return self

    def quarantine(self, key: str, reason: str, content: dict[str, Any], table: str = "issues") -> "Scene":
        row = {"run_id": self.run_id, "source_table": table, "source_key": key, "reason": reason}
        self._insert("quarantine", row | {"content": json_value(content), "check_id": "issues.created_before_closed"})
        return self

    def write(self) -> Path:
        return reports.write_run(self.settings, self.database, self.run_id)

    def _insert(self, name: str, values: dict[str, Any]) -> None:
        run_sql(self.database, name, values)


def run_sql(database: Database, name: str, values: dict[str, Any]) -> None:
    with database.connect("owner") as connection:
        execute(connection, (SQL / f"{name}.sql").read_text(encoding="utf-8"), values)


def small(settings: Settings, database: Database, number: int = 0) -> Scene:
    """One of several runs, each of a day of its own."""
    start = DAY + timedelta(days=number)
    run_id = f"2025111{number}T170000Z-daily-00000{number}"
    scene = Scene(settings, database, run_id=run_id, interval_start=start, interval_end=start + timedelta(days=1))
    return scene.stage("01_extract", executed("transform"))


def good_night(settings: Settings, database: Database, **run: Any) -> Scene:
    """A run that loaded everything but four rows, after one lost connection."""
    scene = Scene(settings, database, **run).rows().facts()
    lost = {
        "cause": "cell raised",
        "reason": "the server closed the connection (source, db.example:5432/miyabi)",
        "error_class": "miyabi_dw.common.errors.ConnectionFailed",
        "error_message": "the server closed the connection",
        "remedy": "see why in the server's log, then try again",
        "frames": [],
    }
    scene.stage("01_extract", executed("lost"), state="failed", seconds=9, error=lost)
    scene.stage("01_extract", executed("extract"), attempt=2, seconds=21)
    for stage, seconds in zip(STAGES[1:], (14, 8, 19, 23), strict=True):
        scene.stage(stage, executed("transform"), seconds=seconds)
    for number in range(24):
        scene.check(f"issues.rule_{number:02d}", note=f"Rule {number} holds because the source promises it.")
    scene.check(
        "executions.growth", table_name="agent_execution_logs", column_name=None, severity="warning", outcome="failed",
        note="A day brings 50 to 200 executions; fewer means agents stood still, more means a loop.",
        observed={"value": 812, "expected": "50 to 200"}, expectation="expect_table_row_count_to_be_between",
        rows_checked=812, rows_failed=None,
    )  # fmt: skip
    row = {"id": 90117, "issue_number": 4411, "title": HOSTILE, "created_at": "2025-11-18T03:11:09Z", "closed_at": None}
    for at in range(4):
        scene.quarantine(str(90117 + at), "closed before it was created", row | {"id": 90117 + at})
    return scene


def failed_gate(settings: Settings, database: Database, **run: Any) -> Scene:
    """A run that the gate stopped."""
    sentence = "12 of 184 issues were closed before they were created"
    error = {
        "stage": "03_gate",
        "cause": "cell raised",
        "reason": sentence,
        "remedy": "correct the rows in the source, or discard them with `miyabi-dw quarantine discard`",
        "error_class": "miyabi_dw.common.errors.GateFailed",
        "error_message": sentence,
        "cell_source": 'report = gates.run_suites(stage, "conformed")\nreport.frame()',
        "frames": [
            {"file": "miyabi_dw/gates/running.py", "line": 41, "function": "run_suites", "code": "raise GateFailed("},
        ],
    }
    defaults = {"run_id": "20251119T170003Z-daily-0badc0", "state": "failed", "reason": sentence, "error": error}
    scene = Scene(settings, database, **defaults | run)
    scene.rows({name: (counts[0], None, None, None, None) for name, counts in TABLES.items()})
    for stage in STAGES[:2]:
        scene.stage(stage, executed("transform"))
    scene.stage("03_gate", executed("gate"), state="failed", seconds=6, error=error)
    sample = [
        {"id": 90117 + at, "title": HOSTILE, "created_at": "2025-11-18", "closed_at": "2025-11-17"} for at in range(3)
    ]
    scene.check(
        "issues.created_before_closed", column_name="closed_at", outcome="failed", rows_failed=12,
        note="An issue cannot be closed before it exists; lead time would be negative.",
        observed={"sample": sample}, expectation="expect_column_pair_values_a_to_be_greater_than_b",
        offending_rows_sql="SELECT * FROM run_x.stg_issues WHERE closed_at < created_at",
    )  # fmt: skip
    scene.check(
        "issues.repository.known", column_name="repository", severity="warning", outcome="could not run",
        note="Costs are shown by repository.", observed={"reason": "column repository does not exist"},
        rows_checked=None, rows_failed=None,
    )  # fmt: skip
    for number in range(18):
        scene.check(f"issues.rule_{number:02d}")
    return scene


@cache
def executed(name: str) -> dict[str, Any]:
    """A notebook as its kernel left it; each is executed once a test session."""
    notebook = new_notebook(
        cells=CELLS[name](), metadata={"kernelspec": {"name": "python3", "display_name": "python3"}}
    )
    try:
        NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    except CellExecutionError:
        notebook.cells[-1].metadata["papermill"] = {"exception": True, "status": "failed", "duration": 0.4}
    return json.loads(nbformat.writes(notebook))


def stored(page: Path, name: str) -> dict[str, Any]:
    return json.loads(gzip.decompress((page.parent / f"{name}.ipynb.gz").read_bytes()))


def _parameters() -> list[Any]:
    cell = new_code_cell(f'pipeline = "{PIPELINE}"\ninterval_start = "2025-11-18T00:00:00+09:00"\nrun_id = "r"')
    cell.metadata["tags"] = ["injected-parameters"]
    return [cell]


def _extract() -> list[Any]:
    return [
        new_markdown_cell("# Extract\n\nCopies the rows of one business day from the source. *Grain*: one source row."),
        *_parameters(),
        new_code_cell("import pandas as pd\nimport plotly.express as px"),
        new_code_cell(
            'tables = pd.DataFrame({"table": ["agent_execution_logs", "issues", "commits", "label_history"],'
            ' "rows": [2314, 184, 240, 412], "seconds": [1.204, 0.311, 0.093, 0.188]})\ntables'
        ),
        new_code_cell(
            'px.bar(tables, x="table", y="rows", title="Rows read by table", labels={"table": "", "rows": "rows"})'
        ),
        new_code_cell(
            "import datetime as dt\n"
            'days = pd.date_range("2025-10-20", periods=30)\n'
            'growth = pd.DataFrame({"day": list(days) * 2, "rows": [120 + 7 * (n % 9) for n in range(30)]'
            ' + [80 + 5 * (n % 7) for n in range(30)], "kind": ["new"] * 30 + ["changed"] * 30})\n'
            'px.line(growth, x="day", y="rows", color="kind", title="Rows a day, last 30 days")'
        ),
        new_markdown_cell(f"Hostile text stays text: {HOSTILE} and [a link](https://example.com/x)."),
        new_code_cell(
            f'titles = pd.DataFrame({{"issue_number": [4411, 4412], "title": ["{HOSTILE}", "<img src=x>"],'
            ' "cost_usd": [None, 1234567]})\ntitles'
        ),
        new_code_cell(f'px.bar(x=["{HOSTILE}", "plain & <b>bold</b>"], y=[3, 5], title="By title {HOSTILE}")'),
        new_code_cell(
            f'from IPython.display import HTML\nHTML("<p>{HOSTILE}</p><img src=\\"https://example.com/a.png\\">")'
        ),
        new_code_cell(f'import sys\nprint("{HOSTILE}")\nprint("\\x1b[31mred\\x1b[0m", file=sys.stderr)'),
        new_code_cell('for n in range(3):\n    print(f"\\r{n + 1}/3 tables", end="")'),
    ]


def _transform() -> list[Any]:
    return [
        new_markdown_cell("# Transform\n\nConforms times, spellings and duplicates."),
        *_parameters(),
        new_code_cell('import pandas as pd\npd.DataFrame({"table": ["issues", "commits"], "rows": [184, 240]})'),
        new_code_cell('print("424 rows in, 421 out, 3 rejected")'),
    ]


def _gate() -> list[Any]:
    return [
        new_markdown_cell("# Gate\n\nHolds the batch against its expectations."),
        *_parameters(),
        new_code_cell(
            "from miyabi_dw.common.errors import GateFailed\n"
            f'raise GateFailed("12 of 184 issues were closed before they were created", "{HOSTILE}", "correct them")'
        ),
    ]


def _lost() -> list[Any]:
    return [
        new_markdown_cell("# Extract"),
        *_parameters(),
        new_code_cell(
            "from miyabi_dw.common.errors import ConnectionFailed\n"
            "try:\n"
            '    raise OSError("server postgresql://etl:swordfish-7@db.example:5432/miyabi closed the connection")\n'
            "except OSError as error:\n"
            '    raise ConnectionFailed("the server closed the connection", "source", "try again") from error'
        ),
    ]


CELLS = {"extract": _extract, "transform": _transform, "gate": _gate, "lost": _lost}
