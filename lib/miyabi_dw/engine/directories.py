"""The private folder of each kernel: its sockets, its connection file. A killed runner's is swept by the next one."""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from functools import cache
from pathlib import Path

# A path of a unix socket has at most 107 bytes on Linux, 103 on macOS.
LONGEST_DIRECTORY = 80
SHORT = "/tmp"  # noqa: S108 - only as the parent of a private directory
PREFIX, LOCK = "miyabi-k-", "lock"
# One that is being made has no lock yet.
YOUNG_SECONDS = 60.0


class PrivateDirectory:
    """Short enough for the sockets in it; nobody else may look into it (mkdtemp makes it 0700)."""

    def __init__(self) -> None:
        _sweep_once(_base())
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_base()))
        # Held as long as this process lives, however it ends: whoever gets it knows that nobody needs the folder.
        self._lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.close(self._lock)


def _base() -> str:
    base = tempfile.gettempdir()
    return base if len(base) <= LONGEST_DIRECTORY else SHORT


@cache
def _sweep_once(base: str) -> None:
    sweep(Path(base))


def sweep(base: Path) -> list[Path]:
    """Removes the folders of ours whose owner is gone; which they were."""
    swept = [folder for folder in base.glob(f"{PREFIX}*") if _is_abandoned(folder)]
    for folder in swept:
        shutil.rmtree(folder, ignore_errors=True)
    return swept


def _is_abandoned(folder: Path) -> bool:
    try:
        seen = folder.lstat()
        if seen.st_uid != os.getuid() or time.time() - seen.st_mtime < YOUNG_SECONDS:
            return False
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return folder.is_dir()
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True
