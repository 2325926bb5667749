"""Does what the contributors' guide says, exactly: writes the files it shows, types the commands it types."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from miyabi_dw.common.paths import PROJECT
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, execute, query
from support import synthetic

GUIDE = (PROJECT / "docs" / "CONTRIBUTING.md").read_text(encoding="utf-8")
FILE = re.compile(r"^`(?P<path>[\w./]+)`\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SOURCE_TABLE = re.compile(r"^```sql\n(CREATE TABLE test_runs .*?)^```$", re.MULTILINE | re.DOTALL)
READ_TABLES = re.compile(r"^source_tables = \[.*?\]$", re.MULTILINE | re.DOTALL)
DAILY = "daily_issue_processing_etl"
# The stages of the day after, without their notebooks.
NEXT_DAY = """
from datetime import date
from etl.kit import Warehouse
from miyabi_dw.common.settings import load_settings
Warehouse(load_settings()).day(date(2026, 2, 11))
"""
RECONCILE = """
from datetime import UTC, datetime
from miyabi_dw.common.settings import load_settings
from miyabi_dw.db.connection import Database
from miyabi_dw.etl.reconcile import reconcile
reconcile(Database(load_settings()), load_settings(), datetime(2026, 4, 6, tzinfo=UTC))
"""


def section(heading: str) -> str:
    found = re.search(rf"^## {heading}$(.*?)^## ", GUIDE, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


PIPELINE, TABLE = section("Add a pipeline in ten minutes"), section("Read one more table of the source")


class Project:
    """A copy of what is not Python, for the guide to add to."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        path = os.pathsep.join([str(PROJECT / "lib"), str(PROJECT / "tests"), environment.get("PYTHONPATH", "")])
        self.environment = dict(environment) | {"MIYABI_PROJECT": str(folder), "PYTHONPATH": path}
        for name in ("sql", "expectations", "notebooks", "docs"):
            shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__marimo__", "data"))

    def follow(self, text: str) -> dict[str, str]:
        """Writes the files that a section shows and types its commands; what each of these printed."""
        for file in FILE.finditer(text):
            path = self.folder / file["path"]
            assert not path.exists(), f"{path.name} is there already: the guide needs another name"
            path.write_text(file["text"], encoding="utf-8")
        typed = [line[2:] for block in CONSOLE.findall(text) for line in block.splitlines() if line.startswith("$ ")]
        return {command: self.type(command) for command in typed}

    def type(self, command: str) -> str:
        program, *words = shlex.split(command)
        assert program == "miyabi-dw"
        return self.python("-m", "miyabi_dw", *words)

    def python(self, *words: str, statuses: tuple[int, ...] = (0,)) -> str:
        done = subprocess.run(
            [sys.executable, *words], env=self.environment, capture_output=True, text=True, check=False
        )  # fmt: skip
        assert done.returncode in statuses, f"{words}\n{done.stdout}{done.stderr}"
        return done.stdout

    def dictionary(self) -> str:
        return (self.folder / "docs" / "DATA_DICTIONARY.md").read_text(encoding="utf-8")


@pytest.fixture
def starting_source(request: pytest.FixtureRequest) -> str:
    """The real history, or empty for the table that the guide adds."""
    is_own = "test_runs" in request.fixturenames
    return str(request.getfixturevalue("empty_source_template" if is_own else "demo_source_template"))


@pytest.fixture
def project(tmp_path: Path, environment: dict[str, str]) -> Project:
    return Project(tmp_path / "project", environment)


@pytest.mark.parametrize(("text", "files"), [(PIPELINE, 4), (TABLE, 5)], ids=["pipeline", "table"])
def test_the_guide_touches_no_python(text: str, files: int) -> None:
    paths = [file["path"] for file in FILE.finditer(text)]
    assert len(paths) == files
    assert [path for path in paths if path.endswith((".py", ".ipynb")) or path.startswith("lib/")] == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_pipeline_it_adds_runs_and_loads_its_table(project: Project, database: Database) -> None:
    answers = project.follow(PIPELINE)
    ran = next(said for command, said in answers.items() if " run " in command)
    assert "daily_commit_etl succeeded" in ran
    counted = next(said for command, said in answers.items() if "psql" in command).split()
    assert counted[:3] == ["commits", "|", "authors"]
    with database.connect("owner") as connection:
        assert query(connection, "SELECT count(*) AS n FROM fact_commit") == [{"n": int(counted[4])}]
        assert int(counted[4]) > 0
        outcomes = query(connection, "SELECT DISTINCT outcome FROM ops.check_result WHERE table_name = 'fact_commit'")
        assert outcomes == [{"outcome": "passed"}]
    assert "### fact_commit" in project.dictionary()
    assert "is gone" not in project.python("-m", "miyabi_dw", "doctor", statuses=(0, 1))


@pytest.fixture
def test_runs(source: Connection) -> Connection:
    """A source with the table that the guide reads: two good rows, one that a check finds, one without a day."""
    synthetic.generate(source, n_issues=8, n_executions=20, first_day=date(2026, 2, 8), last_day=date(2026, 2, 11))
    execute(source, SOURCE_TABLE.findall(TABLE)[0])
    execute(
        source,
        "INSERT INTO test_runs VALUES (1, 1, ' Unit ', 10, 0, '2026-02-10 02:00'), (2, 2, NULL, 7, 1, '2026-02-10 03:00'),"
        " (3, 1, 'unit', 9, -1, '2026-02-10 04:00'), (4, 2, 'unit', 1, 0, NULL)",
    )
    return source


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_table_it_reads_arrives_with_all_that_a_table_has(
    project: Project, test_runs: Connection, database: Database, settings: Settings
) -> None:
    modules = sorted((PROJECT / "lib").rglob("*.py"))
    before = [path.read_bytes() for path in modules]
    declaration = project.folder / "notebooks" / "etl" / f"{DAILY}.toml"
    listed = READ_TABLES.findall(TABLE)[0]
    declaration.write_text(READ_TABLES.sub(listed, declaration.read_text(encoding="utf-8")), encoding="utf-8")
    answers = project.follow(TABLE)
    assert f"{DAILY} succeeded" in next(said for command, said in answers.items() if " run " in command)
    with database.connect("owner", autocommit=True) as connection:
        counted = "SELECT extracted, inserted, updated, quarantined FROM ops.row_count WHERE source_table = 'test_runs'"
        assert [tuple(row.values()) for row in query(connection, counted)] == [(4, 2, 0, 2)]
        reasons = "SELECT source_key, check_id FROM ops.quarantine WHERE source_table = 'test_runs' ORDER BY 1"
        assert [tuple(row.values()) for row in query(connection, reasons)] == [
            ("3", "test_runs.failed-in-range"), ("4", "test_runs.no-day"),
        ]  # fmt: skip
        execute(test_runs, "UPDATE test_runs SET tests_failed = 5 WHERE id IN (1, 3)")
        project.python("-c", NEXT_DAY)
        kept = "SELECT id, suite, tests_failed FROM staging.test_runs ORDER BY id"
        assert [tuple(row.values()) for row in query(connection, kept)] == [
            (1, "unit", 5),
            (2, None, 1),
            (3, "unit", 5),
        ]
        execute(test_runs, "INSERT INTO test_runs VALUES (5, 3, 'unit', 3, 0, '2026-02-02 02:00')")
        project.python("-c", RECONCILE)
        assert 5 in {row["id"] for row in query(connection, kept)}
        months = "SELECT bucket, is_equal, reread FROM ops.reconciliation WHERE source_table = 'test_runs' ORDER BY 1"
        assert [tuple(row.values()) for row in query(connection, months)] == [
            (date(1970, 1, 1), True, False), (date(2026, 2, 1), True, True),
        ]  # fmt: skip
    assert "### test_runs" in project.dictionary()
    assert [path.read_bytes() for path in modules] == before
