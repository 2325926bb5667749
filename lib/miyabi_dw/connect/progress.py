"""How far a sync is: from the notebook's kernel to whoever waits for it, by a small file in the home."""

import contextlib
import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from miyabi_dw.common.files import write_atomically
from miyabi_dw.common.paths import connections_folder
from miyabi_dw.connect.landing import Progress

logger = logging.getLogger(__name__)

SECONDS_BETWEEN = 0.5


@contextmanager
def told(home: Path) -> Iterator[Progress]:
    """What to give a sync as its `tell`; the file is gone when the block ends."""
    path, last = _file(home), 0.0

    def tell(done: int, total: int, unit: str) -> None:
        nonlocal last
        if time.monotonic() - last >= SECONDS_BETWEEN:
            last = time.monotonic()
            # Nobody may be waiting, and a full disk is for the sync itself to tell.
            with contextlib.suppress(OSError):
                write_atomically(path, json.dumps([done, total, unit]).encode())

    try:
        yield tell
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def followed(home: Path, tell: Progress) -> Iterator[None]:
    """While the block runs, `tell` is told from a thread of its own how far the sync in another process is."""
    ended = threading.Event()

    def follow() -> None:
        while not ended.wait(SECONDS_BETWEEN):
            with contextlib.suppress(OSError, ValueError):
                tell(*json.loads(_file(home).read_text(encoding="utf-8")))

    thread = threading.Thread(target=follow, name="miyabi-sync-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _file(home: Path) -> Path:
    return connections_folder(home) / ".progress"
