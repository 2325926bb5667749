"""Whatever is done to the archive afterwards is found and named."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from miyabi_dw import reports
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from miyabi_dw.reports import chain, manifest
from support.archive_scenes import Scene, run_sql, small


@pytest.fixture
def three(settings: Settings, database: Database) -> list[Scene]:
    scenes = [small(settings, database, number) for number in (1, 2, 3)]
    for scene in scenes:
        scene.write()
    return scenes


def found(settings: Settings, database: Database) -> list[tuple[str, str, str]]:
    return [(one.kind, one.run_id, Path(one.path).name) for one in reports.verify(settings, database)]


def test_an_untouched_archive_has_no_findings(settings: Settings, database: Database, three: list[Scene]) -> None:
    seen: list[tuple[int, int]] = []
    assert reports.verify(settings, database, lambda done, of: seen.append((done, of))) == []
    assert seen == [(1, 3), (2, 3), (3, 3)]


def change(path: Path, content: bytes | None = None) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b" " if content is None else content)


TOUCHED: dict[str, tuple[Callable[[Path], None], tuple[str, str]]] = {
    "a byte of a page": (lambda folder: change(folder / "index.html"), ("changed", "index.html")),
    "a byte of a notebook": (
        lambda folder: change(folder / "01_extract.1.ipynb.gz"),
        ("changed", "01_extract.1.ipynb.gz"),
    ),
    "a byte of the manifest": (lambda folder: change(folder / "manifest.json"), ("changed", "manifest.json")),
    "a file removed": (lambda folder: (folder / "01_extract.1.html").unlink(), ("missing", "01_extract.1.html")),
    "a file added": (lambda folder: (folder / "extra.html").write_text("hello"), ("added", "extra.html")),
    "the run removed": (lambda folder: shutil.rmtree(folder), ("removed", "20251112T170000Z-daily-000002")),
    "the manifest removed": (
        lambda folder: (folder / "manifest.json").unlink(),
        ("removed", "20251112T170000Z-daily-000002"),
    ),
}


@pytest.mark.parametrize("touch", TOUCHED)
def test_a_touched_run_is_named(settings: Settings, database: Database, three: list[Scene], touch: str) -> None:
    act, (kind, name) = TOUCHED[touch]
    act(three[1].folder)
    assert found(settings, database) == [(kind, three[1].run_id, name)]


def test_a_forger_who_mends_the_manifest_is_found(settings: Settings, database: Database, three: list[Scene]) -> None:
    folder = three[1].folder
    change(folder / "index.html")
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    told["files"]["index.html"] = manifest.sha256(folder / "index.html")
    change(folder / "manifest.json", json.dumps(told).encode())
    assert found(settings, database) == [("changed", three[1].run_id, "manifest.json")]


def test_a_run_taken_out_with_its_ledger_entry_is_missed(
    settings: Settings, database: Database, three: list[Scene]
) -> None:
    run_sql(database, "forget_entry", {"run_id": three[1].run_id})
    shutil.rmtree(three[1].folder)
    assert ("chain", three[2].run_id, three[2].run_id) in found(settings, database)


def test_a_folder_that_the_ledger_lost_is_a_stranger(
    settings: Settings, database: Database, three: list[Scene]
) -> None:
    run_sql(database, "forget_entry", {"run_id": three[2].run_id})
    assert found(settings, database) == [
        ("chain", three[2].run_id, chain.FILE),
        ("unknown", three[2].run_id, three[2].run_id),
    ]


def test_a_reordered_chain_is_found(settings: Settings, database: Database, three: list[Scene]) -> None:
    run_sql(database, "loosen_names", {})
    run_sql(database, "swap_entries", {})
    kinds = {(kind, name) for kind, _, name in found(settings, database)}
    assert ("chain", chain.FILE) in kinds
    assert ("chain", "manifest.json") in kinds


@pytest.mark.parametrize("line", ["removed", "changed", "doubled"])
def test_the_chains_file_is_held_against_the_ledger(
    settings: Settings, database: Database, three: list[Scene], line: str
) -> None:
    path = settings.reports_dir / chain.FILE
    lines = path.read_text(encoding="utf-8").splitlines()
    forged = {"removed": lines[:1] + lines[2:], "changed": [lines[0], "{}", lines[2]], "doubled": [*lines, lines[2]]}
    path.write_text("\n".join(forged[line]) + "\n", encoding="utf-8")
    assert {(kind, name) for kind, _, name in found(settings, database)} == {("chain", chain.FILE)}


def test_a_line_cut_short_by_a_crash_is_written_again(
    settings: Settings, database: Database, three: list[Scene]
) -> None:
    path = settings.reports_dir / chain.FILE
    path.write_bytes(path.read_bytes()[:-25])
    small(settings, database, 4).write()
    assert found(settings, database) == []


def damaged(path: Path, number: int, act: Callable[[bytes], bytes]) -> None:
    """Does something to one line of the file, counted from 1."""
    lines = path.read_bytes().splitlines(keepends=True)
    lines[number - 1] = act(lines[number - 1])
    path.write_bytes(b"".join(lines))


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "no JSON": lambda line: b"\xff" + line[1:],
    "another number": lambda line: line.replace(b'"sequence": 3', b'"sequence": 93').replace(b'": 2,', b'": 92,'),
    "another digest": lambda line: line.replace(b'_sha256": "', b'_sha256": "0', 1),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_b31_of_a_damaged_last_line_only_that_line_is_named_and_later_runs_verify(
    settings: Settings, database: Database, three: list[Scene], how: str
) -> None:
    damaged(settings.reports_dir / chain.FILE, 3, DAMAGE[how])
    small(settings, database, 4).write()
    assert {(one.run_id, one.path) for one in reports.verify(settings, database)} == {(three[2].run_id, chain.FILE)}
    lines = (settings.reports_dir / chain.FILE).read_bytes().splitlines()
    assert len(lines) == 4, "nothing is written twice"


@pytest.mark.parametrize("number", [1, 2])
def test_b31_of_a_damaged_line_in_the_middle_only_that_line_is_named(
    settings: Settings, database: Database, three: list[Scene], number: int
) -> None:
    damaged(settings.reports_dir / chain.FILE, number, DAMAGE["no JSON"])
    small(settings, database, 4).write()
    assert found(settings, database) == [("chain", three[number - 1].run_id, chain.FILE)]


def test_a_shared_file_that_changed_is_named_once(settings: Settings, database: Database, three: list[Scene]) -> None:
    script = next((settings.reports_dir / "assets").glob("report-*.js"))
    change(script)
    assert [(kind, name) for kind, _, name in found(settings, database)] == [("changed", script.name)]


def test_pruned_is_not_removed(settings: Settings, database: Database, three: list[Scene]) -> None:
    run_sql(database, "age_entries", {})
    four = small(settings, database, 4)
    four.write()
    # The file of the chain tells when each was archived, so it ages with the ledger here.
    (settings.reports_dir / chain.FILE).unlink()
    chain.catch_up(settings, database)
    pruned = reports.prune(settings, database, datetime.now(UTC) - timedelta(days=30))
    assert pruned == [scene.run_id for scene in three]
    assert [path.name for path in three[0].folder.iterdir()] == ["manifest.json"]
    assert (four.folder / "index.html").exists()
    assert found(settings, database) == []
    month = (settings.reports_dir / "daily_issue_processing_etl/2025/11/index.html").read_text(encoding="utf-8")
    assert month.count("manifest only") == 3
    shutil.rmtree(three[0].folder)
    assert found(settings, database) == [("removed", three[0].run_id, three[0].run_id)]


def test_after_a_restored_backup_the_later_runs_are_taken_up_again(
    settings: Settings, database: Database, three: list[Scene]
) -> None:
    for scene in three[1:]:
        run_sql(database, "forget_entry", {"run_id": scene.run_id})
    assert found(settings, database) != []
    assert reports.restore_entries(settings, database) == 2
    assert reports.restore_entries(settings, database) == 0
    assert found(settings, database) == []


def test_the_manifest_tells_what_ran_with_what(settings: Settings, database: Database, three: list[Scene]) -> None:
    told = json.loads((three[1].folder / "manifest.json").read_text(encoding="utf-8"))
    first = manifest.sha256(three[0].folder / "manifest.json")
    assert (told["sequence"], told["previous_sha256"], told["run_id"]) == (2, first, three[1].run_id)
    assert told["parameters"]["pipeline"] == "daily_issue_processing_etl"
    assert told["interval_start"] == "2025-11-19T15:00:00+00:00"
    assert {"plotly", "papermill", "pandas", "psycopg2-binary"} <= told["packages"].keys()
    assert told["server_version"].split(".")[0].isdigit()
    assert set(told["files"]) == {"index.html", "01_extract.1.html", "01_extract.1.ipynb.gz"}
    assert len(told["assets"]) == 3
    assert str(settings.reports_dir) not in json.dumps(told)
