"""A file that has its name is on the disk, and so is its name: in this order, whatever the file."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from miyabi_dw.common import files


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is flushed and renamed, in order; all of it is done as well."""
    order: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def flushed(handle: int) -> None:
        order.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    def renamed(path: Path, target: Path) -> Path:
        order.append("rename")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(Path, "replace", renamed)
    return order


def test_b35_a_file_is_flushed_then_renamed_then_its_folder_flushed(tmp_path: Path, synced: list[str]) -> None:
    files.write_atomically(tmp_path / "page.html", b"1")
    files.write_private(tmp_path / "secret", "2")
    assert synced == ["file", "rename", "folder"] * 2
    assert {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in tmp_path.iterdir()} == {
        "page.html": "0o644", "secret": "0o600",
    }  # fmt: skip


def test_b35_a_folder_has_all_that_is_in_it_on_the_disk_before_its_name(tmp_path: Path, synced: list[str]) -> None:
    draft = tmp_path / "draft"
    (draft / "inner").mkdir(parents=True)
    (draft / "inner" / "row").write_text("1")
    files.flush_all(draft)
    files.rename(draft, tmp_path / "final")
    assert sorted(synced[:3]) == ["file", "folder", "folder"]
    assert synced[3:] == ["rename", "folder"]


def test_a_writer_that_fails_leaves_the_old_file_and_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "page.html"
    files.write_atomically(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.write_atomically(path, b"new")
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("page.html", b"old")]


def test_drafts_of_a_killed_process_are_swept_after_a_day(tmp_path: Path) -> None:
    words = (
        "import os, sys; from pathlib import Path; from miyabi_dw.common import files;"
        "files.rename = lambda *_, **__: os.kill(os.getpid(), 9); files.write_atomically(Path(sys.argv[1]), b'half')"
    )
    inner, server = tmp_path / "inner", tmp_path / "postgres"
    for folder in (inner, server):
        folder.mkdir()
        done = subprocess.run([sys.executable, "-c", words, str(folder / "page.html")], check=False)
        assert done.returncode == -9
    [draft], [foreign] = inner.iterdir(), server.iterdir()
    (inner / ".page.html.kept").write_text("no draft of ours")
    assert files.sweep_drafts(tmp_path, left_out=server) == 0
    for path in (draft, foreign, inner / ".page.html.kept"):
        os.utime(path, (0, 0))
    assert files.sweep_drafts(tmp_path, left_out=server) == 1
    assert [path.name for path in inner.iterdir()] == [".page.html.kept"] and foreign.exists()
