"""A workbench brought from version to version: what nobody touched is replaced, and no change is ever lost."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.paths import MARKER, PROJECT
from miyabi_dw.operations import workbench_folder
from miyabi_dw.operations.workbench_folder import Changes, make, upgrade

EXTRACT, GATE, LOAD = (f"notebooks/etl/{name}.ipynb" for name in ("01_extract", "03_gate", "04_load"))
FIRST = {EXTRACT: "extract", GATE: "gate", LOAD: "load"}
Release = Callable[[str, dict[str, str]], None]


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    """Makes the program one of this version that comes with these files."""

    def install(version: str, files: dict[str, str]) -> None:
        program = tmp_path / f"program-{version}"
        for name, text in {**files, "miyabi.toml.example": "# explained", ".env.example": "# secret"}.items():
            (program / name).parent.mkdir(parents=True, exist_ok=True)
            (program / name).write_text(text)
        monkeypatch.setattr(workbench_folder, "SHIPPED", program)
        monkeypatch.setattr(workbench_folder, "__version__", version)

    install("1.0.0", FIRST)
    return install


@pytest.fixture
def bench(release: Release, tmp_path: Path) -> Path:
    make(tmp_path / "bench")
    return tmp_path / "bench"


def texts(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MARKER
    }


def test_it_has_all_that_the_program_comes_with(tmp_path: Path) -> None:
    changes = make(tmp_path / "bench")
    for name in changes.added:
        here = (tmp_path / "bench" / name).read_bytes()
        assert not (PROJECT / name).exists() or name in ("README.md", ".gitignore", ".env.example", "miyabi.toml") or (
            here == (PROJECT / name).read_bytes()
        )  # fmt: skip
    assert {"notebooks/etl/03_gate.ipynb", "notebooks/ops/backup.toml", "expectations/facts/dim_time.yml"} <= {
        *changes.added
    }
    assert "miyabi.toml.example" not in (tmp_path / "bench" / ".env.example").read_text()


def test_what_nobody_touched_is_replaced_added_and_removed(bench: Path, release: Release) -> None:
    release("1.1.0", {EXTRACT: "extract", GATE: "gate 2", "notebooks/etl/06_new.ipynb": "new"})
    changes = upgrade(bench)
    assert changes == Changes(added=("notebooks/etl/06_new.ipynb",), replaced=(GATE,), removed=(LOAD,))
    assert {name: text for name, text in texts(bench).items() if name.startswith("notebooks")} == {
        EXTRACT: "extract", GATE: "gate 2", "notebooks/etl/06_new.ipynb": "new",
    }  # fmt: skip
    assert upgrade(bench) == Changes()


def test_what_somebody_changed_is_kept_with_the_new_one_beside_it(bench: Path, release: Release) -> None:
    for name in FIRST:
        (bench / name).write_text(f"my {FIRST[name]}")
    (bench / "notebooks/etl/mine.toml").write_text("mine")
    release("1.1.0", {EXTRACT: "extract", GATE: "gate 2", "notebooks/etl/mine.toml": "theirs"})
    changes = upgrade(bench)
    assert changes == Changes(kept=(GATE, "notebooks/etl/mine.toml"), left=(LOAD,))
    found = texts(bench)
    assert [found[name] for name in (EXTRACT, GATE, f"{GATE}.new", LOAD)] == [
        "my extract", "my gate", "gate 2", "my load",
    ]  # fmt: skip
    assert [found["notebooks/etl/mine.toml"], found["notebooks/etl/mine.toml.new"]] == ["mine", "theirs"]
    assert f"{EXTRACT}.new" not in found
    # Told once: the next version that changes nothing more has nothing to say.
    assert upgrade(bench) == Changes()


def test_a_file_that_somebody_removed_stays_removed(bench: Path, release: Release) -> None:
    (bench / GATE).unlink()
    release("1.1.0", FIRST | {GATE: "gate 2"})
    assert upgrade(bench) == Changes()
    assert not (bench / GATE).exists()


def test_work_in_a_file_laid_beside_is_not_overwritten(bench: Path, release: Release) -> None:
    (bench / GATE).write_text("my gate")
    release("1.1.0", FIRST | {GATE: "gate 2"})
    upgrade(bench)
    (bench / f"{GATE}.new").write_text("gate 2 and mine")
    release("1.2.0", FIRST | {GATE: "gate 3", LOAD: "load 3"})
    before = texts(bench)
    with pytest.raises(BadRequest, match=r"03_gate\.ipynb\.new was changed since an upgrade wrote it"):
        upgrade(bench)
    assert texts(bench) == before
    (bench / f"{GATE}.new").write_text("gate 2")
    assert upgrade(bench) == Changes(replaced=(LOAD,), kept=(GATE,))


def test_an_upgrade_that_was_interrupted_is_finished_by_the_next(bench: Path, release: Release) -> None:
    marker = (bench / MARKER).read_bytes()
    (bench / GATE).write_text("my gate")
    release("1.1.0", {EXTRACT: "extract 2", GATE: "gate 2"})
    upgrade(bench)
    done = texts(bench)
    # As one that had no time to write its list; and as one in the middle of its work.
    (bench / MARKER).write_bytes(marker)
    (bench / EXTRACT).write_text("extract")
    upgrade(bench)
    assert texts(bench) == done


def test_a_workbench_of_a_newer_program_is_refused(bench: Path, release: Release) -> None:
    release("0.9.0", FIRST)
    with pytest.raises(BadRequest, match=r"of version 1\.0\.0, newer than this program's 0\.9\.0"):
        upgrade(bench)


@pytest.mark.parametrize("name", ["../precious.txt", "/precious.txt", "a/../../precious.txt"])
def test_a_list_that_names_files_elsewhere_is_refused(bench: Path, name: str) -> None:
    told = json.loads((bench / MARKER).read_text())
    told["files"][name] = "0"
    (bench / MARKER).write_text(json.dumps(told))
    with pytest.raises(BadRequest, match="list of files is damaged"):
        upgrade(bench)


@pytest.mark.parametrize("text", ["", "[]", '{"version": "x", "files": {}}', '{"version": "1.0.0"}'])
def test_a_damaged_list_is_refused(bench: Path, text: str) -> None:
    (bench / MARKER).write_text(text)
    with pytest.raises(BadRequest, match="list of files is damaged"):
        upgrade(bench)


def test_a_folder_that_holds_something_is_left_alone(bench: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for name in (".git", ".venv", ".miyabi", "reports"):
        (own / name).mkdir()
    (own / "notes.txt").write_text("mine")
    with pytest.raises(BadRequest, match=r"not empty: it holds notes\.txt"):
        make(own)
    with pytest.raises(BadRequest, match="this is a file"):
        make(own / "notes.txt")
    with pytest.raises(BadRequest, match="is a workbench already"):
        make(bench)
    with pytest.raises(BadRequest, match="there is no workbench here"):
        upgrade(own)
    (own / "notes.txt").unlink()
    assert make(own).added
