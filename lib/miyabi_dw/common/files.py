"""Files as several rooms treat them: written whole or not at all, known by their digest, on a disk with some room."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

# An object of JSON whose keys another program's format defines: a notebook's cell, a figure of plotly, a server's plan.
Json = dict[str, Any]
READABLE = 0o644


def write_atomically(path: Path, content: bytes) -> None:
    """A reader finds the old file or the new one, never half of one."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        unfinished.chmod(READABLE)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_private(path: Path, text: str) -> None:
    """Writes `path` whole or not at all, readable by its owner only."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def sha256(path: Path) -> str:
    """The digest of the file's bytes, read in constant memory; OSError when it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def existing_parent(folder: Path) -> Path:
    """The folder, or the nearest above it that exists: where its disk can be asked."""
    return next(place for place in (folder, *folder.parents) if place.exists())
