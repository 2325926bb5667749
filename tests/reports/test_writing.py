"""Pages appear whole or not at all, once, and a killed writer's work is made good."""

import multiprocessing
import os
import signal
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from miyabi_dw import reports
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db.connection import Database
from miyabi_dw.reports import chain, write
from support.archive_pages import broken_links
from support.archive_scenes import DAY, run_sql, small


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def test_an_archived_run_is_never_written_again(settings: Settings, database: Database) -> None:
    scene = small(settings, database)
    written = files(scene.write().parent)
    assert files(scene.write().parent) == written
    assert not any(path.stat().st_mode & 0o222 for path in scene.folder.iterdir())


def test_the_working_notebook_gives_way_to_its_compressed_copy(settings: Settings, database: Database) -> None:
    names = {path.name for path in small(settings, database).write().parent.iterdir()}
    assert names == {"index.html", "manifest.json", "01_extract.1.html", "01_extract.1.ipynb.gz"}


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dies_before(module: Any, name: str) -> None:
    setattr(module, name, lambda *_, **__: die())


def dies_after(module: Any, name: str) -> None:
    original = getattr(module, name)
    setattr(module, name, lambda *arguments, **named: (original(*arguments, **named), die()))


def dies_between_the_renames(*_: Any) -> None:
    original, seen = write.rename, []

    def rename(draft: Path, final: Path) -> None:
        if seen:
            die()
        seen.append(draft)
        original(draft, final)

    write.rename = rename  # type: ignore[assignment]


CRASHES: dict[str, Callable[[], None]] = {
    "while the pages are made": lambda: dies_after(write, "_keep"),
    "before the manifest": lambda: dies_before(write.manifest, "manifest"),
    "before the swap": lambda: dies_before(write, "_swap"),
    "between the two renames": dies_between_the_renames,
    "after the swap, before the ledger": lambda: dies_before(chain, "add"),
    "after the ledger, before the chain's file": lambda: dies_before(chain, "catch_up"),
    "before the month's page": lambda: dies_before(write.month, "write_month"),
}


def test_a_run_that_is_followed_leaves_the_top_page_to_the_next(settings: Settings, database: Database) -> None:
    scene = small(settings, database, 1)
    assert reports.write_run(settings, database, scene.run_id, top_page=False).is_file()
    assert not (settings.reports_dir / "index.html").exists()
    scene.write()
    assert (settings.reports_dir / "index.html").is_file()


@pytest.mark.parametrize("crash", CRASHES)
def test_a_killed_writer_leaves_no_half_page_and_the_next_one_heals(
    settings: Settings, database: Database, crash: str
) -> None:
    small(settings, database, 1).write()
    scene = small(settings, database, 2)

    def doomed() -> None:
        CRASHES[crash]()
        reports.write_run(settings, Database(settings), scene.run_id)

    process = multiprocessing.get_context("fork").Process(target=doomed)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    front = scene.folder / "index.html"
    assert not front.exists() or (broken_links(front) == [] and (scene.folder / "manifest.json").exists())
    assert scene.write() == front
    small(settings, database, 3).write()
    assert reports.verify(settings, database) == []
    assert broken_links(settings.reports_dir / "index.html") == []
    assert not [path.name for path in settings.reports_dir.rglob(".*")]


def test_runs_whose_writer_died_are_found_and_archived(settings: Settings, database: Database) -> None:
    scenes = [small(settings, database, number) for number in (1, 2)]
    run_sql(database, "run", scenes[0].run | {"run_id": "manual-daily-1", "parameters": "{}"})
    assert reports.write_missing(settings, database) == [scene.folder / "index.html" for scene in scenes]
    assert reports.write_missing(settings, database) == []


def test_many_writers_make_one_chain(settings: Settings, database: Database) -> None:
    scenes = [small(settings, database, number) for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda scene: reports.write_run(settings, Database(settings), scene.run_id), scenes))
    assert reports.verify(settings, database) == []
    lines = chain.read(settings.reports_dir / chain.FILE)
    assert [line["sequence"] for line in lines] == list(range(1, 9))
    month = (settings.reports_dir / "daily_issue_processing_etl/2025/11/index.html").read_text(encoding="utf-8")
    assert all(scene.run_id in month for scene in scenes)


@pytest.mark.parametrize("name", ["", "..", "../up", "a/b", ".hidden", "a b", "a\x00b", "x" * 200])
def test_no_name_leads_out_of_the_archive(settings: Settings, name: str) -> None:
    day = Interval(DAY, DAY + timedelta(days=1))
    with pytest.raises(BadRequest):
        reports.run_folder(settings, "backup", day, name)
    with pytest.raises(BadRequest):
        reports.run_folder(settings, name, day, "run-1")


def test_c8_archived_raw_rows_are_for_their_owner_only(settings: Settings, database: Database) -> None:
    scene = small(settings, database, 1)
    raw = scene.folder / "extract"
    raw.mkdir(parents=True)
    for name in ("issues.csv.gz", "types.json"):
        (raw / name).write_bytes(b"{}")
    scene.write()
    assert {oct(stat.S_IMODE(path.stat().st_mode)) for path in raw.iterdir()} == {"0o600"}
    assert oct(stat.S_IMODE(raw.stat().st_mode)) == "0o700"
    # Those of earlier versions follow with the next maintenance.
    raw.chmod(0o755)
    reports.prune(settings, database, DAY - timedelta(days=1000))
    assert oct(stat.S_IMODE(raw.stat().st_mode)) == "0o700"
