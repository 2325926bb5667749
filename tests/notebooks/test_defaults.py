"""Every notebook of the pipelines and jobs, run by its own defaults in a plain kernel, without the engine."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from miyabi_dw.common.paths import NOTEBOOKS

STAGES = ("01_extract", "02_transform", "03_gate", "04_load", "05_publish")
# The five stages share one batch. The review comes before there is a backup, with which it would rehearse a recovery, and
# before the recovery of a fact, which then finds its month in cold storage: tests/recovery runs both for real.
FIRST = (*STAGES, "monthly_review", "backup")


def in_order() -> list[Path]:
    found = {path.stem: path for folder in ("etl", "ops") for path in (NOTEBOOKS / folder).glob("*.ipynb")}
    return [found.pop(name) for name in FIRST] + [found[name] for name in sorted(found)]


def nbmake(notebooks: Sequence[Path], environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """A pytest of its own, because nbmake's option is for a whole session; it stops at the first that fails."""
    settings = folder / "pytest.ini"
    settings.write_text("[pytest]\n", encoding="utf-8")
    options = ("-c", str(settings), "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "--nbmake", "--nbmake-timeout=300", *options, *map(str, notebooks)],
        env=environment, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_notebook_runs_from_top_to_bottom_by_its_defaults_and_one_that_fails_is_named(
    kernel_environment: dict[str, str], tmp_path: Path
) -> None:
    notebooks, broken = in_order(), tmp_path / "broken.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1"), new_code_cell("from miyabi_dw import nonsense")]), broken)
    before = [path.read_bytes() for path in notebooks]
    done = nbmake([*notebooks, broken], kernel_environment, tmp_path)
    assert f"1 failed, {len(notebooks)} passed" in done.stdout, done.stdout + done.stderr
    assert "broken.ipynb" in done.stdout and "cannot import name 'nonsense'" in done.stdout
    assert [path.read_bytes() for path in notebooks] == before, "a run must not write its outputs into the project"
