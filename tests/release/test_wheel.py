"""A release as somebody gets it: built twice, installed outside the checkout, a workbench made, a day run on it."""

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest

from miyabi_dw.common.paths import PROJECT
from miyabi_dw.db.connection import Connection
from release.build import SUMS, build
from support.synthetic import generate

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (PROJECT / ".git").exists(), reason="a release is built from a commit"),
]
DAY = date(2026, 1, 5)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    build(PROJECT, folder)
    return folder


@pytest.fixture(scope="module")
def program(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel in an environment of its own, which borrows from ours all but the package itself."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    words = ["install", "--quiet", "--no-deps", "--no-index", "--no-compile", str(next(built.glob("*.whl")))]
    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), *words], check=True)
    # Links within a folder named in a .pth file are not followed, so that of our editable installation leads nowhere.
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site_packages(folder) / "borrowed.pth").write_text("\n".join(borrowed), encoding="utf-8")
    return folder


def site_packages(folder: Path) -> Path:
    return next(folder.glob("lib/python*/site-packages"))


def miyabi(
    program: Path, *words: str, cwd: Path, variables: Mapping[str, str] = {}
) -> "subprocess.CompletedProcess[str]":  # fmt: skip
    """What a shell in `cwd` would get, which knows nothing of this checkout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MIYABI_", "PYTHON"))}
    command = [program / "bin" / "miyabi-dw", *words]
    return subprocess.run(command, cwd=cwd, env=kept | variables, capture_output=True, text=True)


def digests(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            yield path.relative_to(folder).as_posix(), sha256(path.read_bytes()).hexdigest()


def test_a_second_build_is_equal_byte_for_byte(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    before = os.umask(0o077)
    try:
        build(PROJECT, tmp_path)
    finally:
        os.umask(before)
    assert dict(digests(tmp_path)) == dict(digests(built))
    assert {path.suffix for path in tmp_path.iterdir()} == {".whl", ".gz", ".json", ""}
    checked = subprocess.run(["sha256sum", "--check", "--strict", SUMS], cwd=built, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout.count(": OK")) == (0, 3)


def test_the_wheel_has_every_file_that_the_program_reads(built: Path) -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    wanted = {name for name in listed.splitlines() if name.startswith(("sql/", "notebooks/", "expectations/"))}
    with ZipFile(next(built.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    assert {f"miyabi_dw/_project/{name}" for name in wanted} <= names
    assert {name for name in listed.splitlines() if name.startswith("lib/")} <= {f"lib/{name}" for name in names}


def test_a_day_runs_on_a_workbench(
    program: Path, environment: dict[str, str], source: Connection, tmp_path: Path
) -> None:
    generate(source, n_issues=3, n_executions=5, first_day=DAY, last_day=DAY)
    variables = {name: value for name, value in environment.items() if name.startswith("MIYABI_") and "URL" in name}
    shipped = dict(digests(site_packages(program)))
    made = miyabi(program, "init", "bench", cwd=tmp_path)
    assert (made.returncode, "cd bench" in made.stdout) == (0, True), made.stderr
    bench = tmp_path / "bench"
    declared = bench / "notebooks" / "etl" / "daily_issue_processing_etl.toml"
    declared.write_text(declared.read_text().replace("Daily issue processing", "Our days"))
    # From a folder within, as one works.
    done = miyabi(program, "run", "daily", "--date", str(DAY), cwd=declared.parent, variables=variables)
    assert done.returncode == 0, done.stdout + done.stderr
    run = next((bench / "reports" / "daily_issue_processing_etl").glob("2026/01/05/*"))
    # Both are written by kernels, which have to find the same workbench.
    assert "Our days" in (run / "01_extract.1.html").read_text(encoding="utf-8")
    assert [*(run / "extract").iterdir()]
    refused = miyabi(program, "init", "bench", cwd=tmp_path)
    assert (refused.returncode, "is a workbench already" in refused.stderr) == (2, True)
    upgraded = miyabi(program, "init", "--upgrade", cwd=bench)
    assert (upgraded.returncode, "had every file already" in upgraded.stdout) == (0, True), upgraded.stderr
    assert "Our days" in declared.read_text()
    assert dict(digests(site_packages(program))) == shipped


def test_without_a_workbench_state_lies_where_one_works(program: Path, tmp_path: Path) -> None:
    told = miyabi(program, "version", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert f"state would be in {tmp_path}/.miyabi, reports in {tmp_path}/reports; `miyabi-dw init DIR`" in told.stderr
    checked = miyabi(program, "metrics", "list", cwd=tmp_path)
    assert (checked.returncode, [*tmp_path.iterdir()]) == (0, []), checked.stderr
