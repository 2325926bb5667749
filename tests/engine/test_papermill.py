"""papermill itself, with our engine and without it."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from papermill import execute_notebook
from papermill.exceptions import PapermillException

from miyabi_dw.engine.papermill_engine import MiyabiEngine

from .conftest import NOTEBOOKS


def papermill(name: str, folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "papermill", str(NOTEBOOKS / f"{name}.ipynb"), "out.ipynb", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("options", [(), ("--engine", "miyabi")], ids=["stock", "miyabi"])
def test_papermill_runs_a_notebook(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = papermill("succeeds", tmp_path, *options, "-p", "name", "Ren", "--no-progress-bar")
    assert done.returncode == 0, done.stderr
    assert "hello Ren" in (tmp_path / "out.ipynb").read_text()


def test_the_command_fails_with_our_engine(tmp_path: Path) -> None:
    assert papermill("exit_called", tmp_path, "--engine", "miyabi", "--no-progress-bar").returncode != 0


@pytest.mark.parametrize("name", ["sys_exit_zero", "kernel_killed_in_last_cell", "shell_false", "exit_called"])
def test_papermill_fails_with_our_engine_what_it_would_let_pass(tmp_path: Path, name: str) -> None:
    output = tmp_path / "out.ipynb"
    with pytest.raises(PapermillException):
        execute_notebook(NOTEBOOKS / f"{name}.ipynb", output, engine_name="miyabi", progress_bar=False, cwd=tmp_path)
    assert json.loads(output.read_text())["metadata"]["papermill"]["exception"] is True


def test_copies_installed_before_find_the_engine_where_it_was() -> None:
    former = importlib.import_module("miyabi_dw.engine.entry_point")
    assert former.engine.execute_managed_notebook == MiyabiEngine.execute_managed_notebook
