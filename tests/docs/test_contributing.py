"""Follows "add a pipeline in ten minutes" to the letter: writes the files it shows, types the commands it types."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from miyabi_dw.common.paths import PROJECT
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from miyabi_dw.demo import source

SECTION = re.compile(r"^## Add a pipeline in ten minutes$(.*?)^## ", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^`(?P<path>[\w./]+)`\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def guide() -> str:
    found = SECTION.search((PROJECT / "docs" / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert found
    return found[1]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what is not Python, for the guide to add to."""
    copy = tmp_path / "project"
    for folder in ("sql", "expectations", "notebooks", "docs"):
        shutil.copytree(PROJECT / folder, copy / folder, ignore=shutil.ignore_patterns("__marimo__", "data"))
    return copy


@pytest.fixture
def answers(
    guide: str, project: Path, settings: Settings, database: Database, environment: dict[str, str]
) -> Iterator[dict[str, str]]:  # fmt: skip
    """What each command printed, on the source that `make demo` loads."""
    source.load_source(database)
    for file in FILE.finditer(guide):
        path = project / file["path"]
        assert not path.exists(), f"{path.name} is there already: the guide needs another name"
        path.write_text(file["text"], encoding="utf-8")
    yield {
        command: answer(command, environment | {"MIYABI_PROJECT": str(project)})
        for block in CONSOLE.findall(guide)
        for command in commands(block)
    }


def commands(block: str) -> list[str]:
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


def answer(command: str, environment: dict[str, str]) -> str:
    program, *words = shlex.split(command)
    assert program == "miyabi-dw"
    paths = {"PYTHONPATH": os.pathsep.join([str(PROJECT / "lib"), environment.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, "-m", "miyabi_dw", *words], env=environment | paths, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_guide_touches_no_python(guide: str) -> None:
    paths = [file["path"] for file in FILE.finditer(guide)]
    assert len(paths) == 4
    assert [path for path in paths if path.endswith((".py", ".ipynb"))] == []


def test_the_pipeline_it_adds_runs_and_fills_its_table(
    answers: dict[str, str], project: Path, database: Database
) -> None:  # fmt: skip
    ran = next(said for command, said in answers.items() if " run " in command)
    assert "daily_commit_etl succeeded" in ran
    counted = next(said for command, said in answers.items() if "psql" in command).split()
    assert counted[:3] == ["commits", "|", "authors"]
    with database.connect("owner") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM fact_commit")
        assert cursor.fetchone()[0] == int(counted[4]) > 0
        cursor.execute("SELECT DISTINCT outcome FROM ops.check_result WHERE table_name = 'fact_commit'")
        assert cursor.fetchall() == [("passed",)]
    assert "### fact_commit" in (project / "docs" / "DATA_DICTIONARY.md").read_text(encoding="utf-8")
