"""Where the program looks for its files, and where it writes, by where it is and where somebody works."""

import runpy
import shutil
from pathlib import Path

import pytest

from miyabi_dw.common import paths


@pytest.fixture(params=["checkout", "wheel"])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The module as it lies in a checkout, or beside what a wheel carries; the folder with the SQL."""
    package = tmp_path / "program" / "lib" / "miyabi_dw"
    (package / "common").mkdir(parents=True)
    shutil.copy(paths.__file__, package / "common" / "paths.py")
    shipped = tmp_path / "program" if request.param == "checkout" else package / "_project"
    (shipped / "sql").mkdir(parents=True)
    return shipped


def found(
    tmp_path: Path, where: Path, monkeypatch: pytest.MonkeyPatch, project: Path | None = None
) -> tuple[Path, Path, Path]:
    """Project, SQL and the place where relative settings start, for somebody who works at `where`."""
    where.mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(where)
    monkeypatch.delenv("MIYABI_PROJECT", raising=False)
    if project:
        monkeypatch.setenv("MIYABI_PROJECT", str(project))
    read = runpy.run_path(str(tmp_path / "program/lib/miyabi_dw/common/paths.py"))
    return read["PROJECT"], read["SQL"], read["BASE"]


def test_a_workbench_is_found_from_any_folder_within(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = tmp_path / "bench"
    bench.mkdir()
    (bench / paths.MARKER).touch()
    expected = (bench, program / "sql", bench)
    assert found(tmp_path, bench / "notebooks" / "etl", monkeypatch) == expected
    assert found(tmp_path, tmp_path / "elsewhere", monkeypatch, project=bench) == expected


def test_without_one_the_program_has_its_own_and_writes_nothing_into_a_wheel(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    base = elsewhere if program.name == "_project" else program
    assert found(tmp_path, elsewhere, monkeypatch) == (program, program / "sql", base)


def test_a_project_that_is_named_brings_its_own_sql(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = tmp_path / "named"
    assert found(tmp_path, tmp_path / "elsewhere", monkeypatch, project=named) == (named, named / "sql", named)


def test_a_working_directory_that_is_gone_is_no_reason_to_fail(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.delenv("MIYABI_PROJECT", raising=False)
    assert runpy.run_path(str(tmp_path / "program/lib/miyabi_dw/common/paths.py"))["PROJECT"] == program
