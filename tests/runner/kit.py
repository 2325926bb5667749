"""Small pipelines made of given cells, and processes that run them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from miyabi_dw.declarations import Pipeline, load_declarations

PARAMETERS = """\
pipeline: str = ""
interval_start: str = ""
interval_end: str = ""
run_id: str = ""
as_of: str = ""
"""
# A session as the real stages open it: named after the run, its batch first on the search path.
SESSION = """\
from miyabi_dw.database import Database, query, execute
from miyabi_dw.registry import application_name, run_schema
from miyabi_dw.settings import load_settings
settings = load_settings()
database = Database(settings)
name = application_name(run_id)
schema = run_schema(run_id)
"""
LIBRARY = Path(__file__).resolve().parents[2] / "lib"


def write_notebook(path: Path, cells: Sequence[str]) -> Path:
    parameters = {"tags": ["parameters"]}
    sources = [(PARAMETERS, parameters), *((cell, {}) for cell in cells)]
    document = {
        "cells": [
            {"cell_type": "code", "id": f"cell-{at}", "metadata": tags, "source": source, "outputs": [], "execution_count": None}
            for at, (source, tags) in enumerate(sources)
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return path


def declare(folder: Path, name: str, stages: Mapping[str, Sequence[str]], **fields: object) -> dict[str, Pipeline]:
    """A pipeline whose stages hold the given cells; all that are declared under `folder`."""
    for stage, cells in stages.items():
        write_notebook(folder / "small" / f"{stage}.ipynb", cells)
    values = {
        "name": name, "short": name.replace("_", "")[:15], "kind": "job", "title": name, "why": "a test", "owner": "tests",
        "alert_channel": "none", "schedule": "0 2 * * *", "timezone": "Asia/Tokyo", "stages": [f"{s}.ipynb" for s in stages],
        "backoff_seconds": 0, **fields,
    }  # fmt: skip
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    (folder / "small" / f"{name}.toml").write_text("\n".join(lines) + "\n")
    return load_declarations(folder)


def start_python(code: str, environment: Mapping[str, str], *arguments: str) -> "subprocess.Popen[str]":
    """Another process of ours, with what it prints."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env={**environment, "PYTHONPATH": os.pathsep.join([str(LIBRARY), str(LIBRARY.parent / "tests")])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
