"""The months in cold storage inside a backup: the warehouse has their rows no more, so their files are all there is.

A backup's copies are its own, apart from the files that are read; several backups share one copy on the disk.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from miyabi_dw.common.files import PRIVATE, PRIVATE_FOLDER, flush, rename
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection
from miyabi_dw.operations.backup.folder import backups_folder
from miyabi_dw.registry.cold_files import ColdFile, fault_of, make_folder, recorded

FOLDER = "cold"


def take(connection: Connection, settings: Settings, folder: Path) -> list[str]:
    """Puts every month that is in cold storage alone into the backup; the names of those without a good copy."""
    files = [file for file in recorded(connection) if file.is_only_copy]
    return [file.name for file in files if not _take(settings, folder, file)]


def _take(settings: Settings, folder: Path, file: ColdFile) -> bool:
    target, path = _place(folder, file), file.path(settings)
    target.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    kept = next(copies(settings, file), None)
    if kept is not None:
        _link(kept, target)
        return True
    if not fault_of(file, path):
        shutil.copyfile(path, target)
        target.chmod(PRIVATE)
    if fault_of(file, target):
        target.unlink(missing_ok=True)
        return False
    return True


def _link(kept: Path, target: Path) -> None:
    try:
        os.link(kept, target)
    except OSError:
        shutil.copyfile(kept, target)


def copies(settings: Settings, file: ColdFile) -> Iterator[Path]:
    """The good copies of a file in backups, youngest first."""
    folders = sorted(backups_folder(settings).glob("[!.]*"), reverse=True)
    return (
        path for path in (_place(folder, file) for folder in folders) if path.is_file() and not fault_of(file, path)
    )


def _place(folder: Path, file: ColdFile) -> Path:
    return folder / FOLDER / file.fact_table / f"{file.month_key}.parquet"


def put_back(settings: Settings, folder: Path, files: Sequence[ColdFile]) -> int:
    """Brings back from a backup what is not as the warehouse restored from it says; how many files.

    A file of another state of the warehouse is renamed, never overwritten.
    """
    wanted = [file for file in files if file.is_only_copy and fault_of(file, file.path(settings))]
    found = [file for file in wanted if _place(folder, file).is_file()]
    for file in found:
        replace(settings, file, _place(folder, file))
    return len(found)


def replace(settings: Settings, file: ColdFile, good: Path) -> None:
    """Puts a good copy in the file's place; what was there is kept under a name that no engine reads."""
    path = file.path(settings)
    make_folder(path)
    draft = path.with_name(f".{path.name}.partial")
    shutil.copyfile(good, draft)
    draft.chmod(PRIVATE)
    flush(draft)
    if path.exists():
        rename(path, replaced_path(path))
    rename(draft, path)


def replaced_path(path: Path) -> Path:
    """Where a file is kept that a good copy has replaced."""
    return path.with_name(f".{path.name}.replaced")
