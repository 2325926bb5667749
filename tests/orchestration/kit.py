"""Small pipelines made of given cells, and processes that run them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from miyabi_dw import registry
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db.connection import Database, query
from miyabi_dw.orchestration.runner.recover_lost import wait_until
from miyabi_dw.orchestration.runner.result import RunResult
from miyabi_dw.registry.declarations import Declarations, load_declarations

PARAMETERS = """\
pipeline: str = ""
interval_start: str = ""
interval_end: str = ""
run_id: str = ""
as_of: str = ""
"""
# A session as the real stages open it: named after the run, its batch first on the search path.
SESSION = """\
from miyabi_dw.db.connection import Database, query, execute
from miyabi_dw.registry import application_name, run_schema
from miyabi_dw.common.settings import load_settings
settings = load_settings()
database = Database(settings)
name = application_name(run_id)
schema = run_schema(run_id)
"""
# Exit status, standard output and standard error of the words on a command line.
Command = Callable[..., tuple[int, str, str]]
LIBRARY = Path(__file__).resolve().parents[2] / "lib"


# What a second process runs: one pipeline, told line by line.
CHILD = """\
import sys
from pathlib import Path
from miyabi_dw import pipelines
from miyabi_dw.registry.declarations import load_declarations
result = pipelines.run(
    sys.argv[2], declared=load_declarations(Path(sys.argv[1])), tell=lambda event: print(event.text, flush=True)
)
print("RESULT", result.state, result.run_id, flush=True)
sys.exit(result.exit_status)
"""


def write_notebook(path: Path, cells: Sequence[str]) -> Path:
    sources = [(PARAMETERS, {"tags": ["parameters"]}), *((cell, {}) for cell in cells)]
    document = {
        "cells": [_code_cell(f"cell-{at}", source, metadata) for at, (source, metadata) in enumerate(sources)],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return path


def _code_cell(identifier: str, source: str, metadata: Mapping[str, object]) -> dict[str, object]:
    cell = {"cell_type": "code", "id": identifier, "metadata": metadata, "source": source}
    return cell | {"outputs": [], "execution_count": None}


def declare(folder: Path, name: str, stages: Mapping[str, Sequence[str]], /, **fields: object) -> Declarations:
    """A pipeline whose stages hold the given cells; all that are declared under `folder`."""
    for stage, cells in stages.items():
        write_notebook(folder / "small" / f"{stage}.ipynb", cells)
    values: dict[str, object] = {"name": name, "short": name.replace("_", "")[:15], "kind": "job", "title": name}
    values |= {"why": "a test", "owner": "tests", "alert_channel": "none", "schedule": "0 2 * * *"}
    values |= {"timezone": "Asia/Tokyo", "stages": [f"{stage}.ipynb" for stage in stages], "backoff_seconds": 0}
    lines = [f"{key} = {json.dumps(value)}" for key, value in (values | fields).items() if value is not None]
    (folder / "small" / f"{name}.toml").write_text("\n".join(lines) + "\n")
    return load_declarations(folder)


def start_python(code: str, environment: Mapping[str, str], *arguments: str) -> "subprocess.Popen[str]":
    """Another process of ours, with what it prints."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env={**environment, "PYTHONPATH": os.pathsep.join([str(LIBRARY), str(LIBRARY.parent / "tests")])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def start_run(folder: Path, name: str, environment: Mapping[str, str]) -> "subprocess.Popen[str]":
    return start_python(CHILD, environment, str(folder), name)


def recorded_run(
    name: str, *, settings: Settings, declared: Declarations, as_of: datetime, interval: Interval | None = None,
    trigger: registry.Trigger = "manual", **_: object,
) -> RunResult:  # fmt: skip
    """Stands in for the notebooks of a run that succeeds, for tests of which runs are made and when."""
    run_id = registry.new_run_id(declared.find(name).short)
    with Database(settings).connect("etl", autocommit=True) as connection:
        registry.record_run(connection, registry.NewRun(run_id, name, interval, as_of, trigger))
        registry.start_run(connection, run_id)
        registry.finish_run(connection, run_id, "succeeded")
    return RunResult(run_id, name, interval, "succeeded")


def wait_for(is_so: Callable[[], object], seconds: float = 120.0) -> None:
    """Looks ten times a second: to ask the registry costs what the runs could use."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def wait_for_flag(flag: Path, runner: "subprocess.Popen[str]", seconds: float = 120.0) -> None:
    """Until a cell of `runner` has set `flag`; else the runner is ended, and what it printed is shown."""
    wait_until(lambda: flag.exists() or runner.poll() is not None, seconds)
    if not flag.exists():
        runner.terminate()
        wait_until(lambda: runner.poll() is not None, 30)
        runner.kill()  # one that hangs may not hear the first
        output, _ = runner.communicate(timeout=seconds)
        raise AssertionError(f"no cell said that it had begun; the runner printed:\n{output}")


def sleep_in_query(flag: Path, seconds: int = 120) -> str:
    """A cell that says it has begun, then waits inside the database."""
    return (
        f"{SESSION}import pathlib\n"
        f"with database.connect('etl', application_name=name) as connection:\n"
        f"    pathlib.Path({str(flag)!r}).touch()\n"
        f"    execute(connection, 'SELECT pg_sleep({seconds})')\n"
    )


def wait_in_python(flag: Path, go: Path) -> str:
    """A cell that says it has begun, then waits to be told to go on."""
    return (
        f"import pathlib, time\npathlib.Path({str(flag)!r}).touch()\nuntil = time.monotonic() + 120\n"
        f"while not pathlib.Path({str(go)!r}).exists() and time.monotonic() < until:\n    time.sleep(0.05)"
    )


def only_run(database: Database, **wanted: str) -> registry.RunRecord:
    """The one run there is, or the one with these values."""
    with database.connect("etl") as connection:
        rows = [
            row
            for row in registry.list_runs(connection, limit=1000)
            if all(getattr(row, key) == wanted[key] for key in wanted)
        ]
        assert len(rows) == 1, rows
        return rows[0]


def states(database: Database) -> list[str]:
    """Of all runs, oldest first."""
    with database.connect("etl") as connection:
        return [row.state for row in reversed(registry.list_runs(connection, limit=1000))]


def sessions_of_runs(database: Database) -> list[str]:
    """Names of the sessions that work for some run or hold its lock."""
    with database.connect("owner") as connection:
        return [row["name"] for row in query(connection, SESSIONS)]


SESSIONS = """
    SELECT application_name AS name FROM pg_stat_activity
    WHERE datname = current_database() AND application_name ~ '^miyabi-dw(-lock|-book)?:2'
"""
