"""Folders of kernels whose runner was killed are swept; those of a living one are not touched."""

import os
import subprocess
import sys
import time
from pathlib import Path

from miyabi_dw.engine.directories import LOCK, PREFIX, YOUNG_SECONDS, PrivateDirectory, sweep

OWNER = """
import sys
from miyabi_dw.engine.directories import PrivateDirectory
mine = PrivateDirectory()
(mine.path / "connection.json").write_text("{}")
print(mine.path, flush=True)
sys.stdin.read()
"""


def age(folder: Path) -> None:
    old = time.time() - 2 * YOUNG_SECONDS
    os.utime(folder, (old, old))


def test_b35_what_a_killed_runner_left_in_the_temporary_folder_is_swept(tmp_path: Path) -> None:
    runner = subprocess.Popen(
        [sys.executable, "-c", OWNER], env=os.environ | {"TMPDIR": str(tmp_path)}, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert runner.stdout
    folder = Path(runner.stdout.readline().strip())
    age(folder)
    assert sweep(tmp_path) == []
    runner.kill()
    runner.wait()
    runner.stdout.close()
    assert (folder / "connection.json").is_file()
    assert sweep(tmp_path) == [folder]
    assert list(tmp_path.iterdir()) == []


def test_b35_one_that_was_killed_before_it_had_its_lock_is_swept_when_it_is_old(tmp_path: Path) -> None:
    folder = tmp_path / f"{PREFIX}abc"
    folder.mkdir()
    assert sweep(tmp_path) == []
    age(folder)
    assert sweep(tmp_path) == [folder]


def test_b35_folders_and_files_of_others_are_left(tmp_path: Path) -> None:
    for name in ("miyabi-test-1", "other"):
        (tmp_path / name).mkdir()
        age(tmp_path / name)
    (tmp_path / f"{PREFIX}file").write_text("")
    age(tmp_path / f"{PREFIX}file")
    assert sweep(tmp_path) == []


def test_a_folder_is_gone_with_its_owner(tmp_path: Path) -> None:
    mine = PrivateDirectory()
    assert (mine.path / LOCK).is_file()
    mine.remove()
    assert not mine.path.exists()
