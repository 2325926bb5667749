"""Files as several rooms treat them: written whole or not at all, known by their digest, on a disk with some room."""

import contextlib
import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import Any

# An object of JSON whose keys another program's format defines: a notebook's cell, a figure of plotly, a server's plan.
Json = dict[str, Any]
READABLE, PRIVATE = 0o644, 0o600
PRIVATE_FOLDER = 0o700
# How the name of a file ends that is not whole yet. Nobody writes one for a day.
DRAFT = ".draft"
DEAD_AFTER_SECONDS = 86_400


def write_atomically(path: Path, content: bytes, mode: int = READABLE, *, is_durable: bool = True) -> None:
    """A reader finds the old file or the new one, never half of one; where it is durable also after a power failure."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=DRAFT, dir=path.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            if is_durable:
                os.fsync(file.fileno())
        rename(unfinished, path, is_durable=is_durable)
    finally:
        unfinished.unlink(missing_ok=True)


def sweep_drafts(folder: Path, left_out: Path | None = None) -> int:
    """Removes drafts of files that a killed process left anywhere in the folder, but in `left_out`; how many."""
    before = time.time() - DEAD_AFTER_SECONDS
    removed = 0
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if Path(place, name) != left_out]
        for path in (Path(place, name) for name in names if name.startswith(".") and name.endswith(DRAFT)):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()
                    removed += 1
    return removed


def write_private(path: Path, text: str) -> None:
    """Writes `path` whole or not at all, readable by its owner only."""
    write_atomically(path, text.encode(), PRIVATE)


def rename(draft: Path, final: Path, *, is_durable: bool = True) -> None:
    """Gives a finished file or folder its name. What is in it must be on the disk already; then the name is, too."""
    draft.replace(final)
    if is_durable:
        flush(final.parent)


def flush(path: Path) -> None:
    """Has a file's bytes, or a folder's names, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def flush_all(folder: Path) -> None:
    """Has a folder with all that is in it on the disk, before it is given its name."""
    for path in [*folder.rglob("*"), folder]:
        flush(path)


def sha256(path: Path) -> str:
    """The digest of the file's bytes, read in constant memory; OSError when it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def existing_parent(folder: Path) -> Path:
    """The folder, or the nearest above it that exists: where its disk can be asked."""
    return next(place for place in (folder, *folder.parents) if place.exists())
