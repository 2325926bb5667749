"""The backups on the disk, which can be found when no database is left to ask."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from miyabi_dw.common.errors import BackupDamaged, BadRequest
from miyabi_dw.common.files import write_private
from miyabi_dw.common.settings import Settings
from miyabi_dw.operations.backup.folder import MANIFEST, VERIFICATION, backups_folder, read_manifest

REMEDY = "choose one of `miyabi-dw backup list`, or its folder"


@dataclass(frozen=True, slots=True)
class BackupOnDisk:
    """`verified_at` is null until it has been restored and compared."""

    backup_id: str
    started_at: datetime
    verified_at: datetime | None
    folder: Path


def backups_on_disk(settings: Settings) -> list[BackupOnDisk]:
    """Every backup whose manifest can be read, youngest first."""
    return sorted(_read_all(backups_folder(settings)), key=lambda found: found.started_at, reverse=True)


def _folders(folder: Path) -> list[Path]:
    """Each backup's folder is named by its id; one that is being made begins with a dot."""
    return sorted(path.parent for path in folder.glob(f"*/{MANIFEST}") if not path.parent.name.startswith("."))


def _read_all(folder: Path) -> Iterator[BackupOnDisk]:
    for path in _folders(folder):
        try:
            yield read_backup(path)
        except BackupDamaged:
            # Its name stays in the table of backups; `verify` says what is wrong with it.
            continue


def read_backup(folder: Path) -> BackupOnDisk:
    manifest = read_manifest(folder)
    return BackupOnDisk(manifest.backup_id, manifest.started_at, _verified_at(folder), folder)


def _verified_at(folder: Path) -> datetime | None:
    try:
        told = json.loads((folder / VERIFICATION).read_text(encoding="utf-8"))
        return datetime.fromisoformat(told["verified_at"]) if told["is_good"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_verification(folder: Path, *, is_good: bool) -> datetime:
    """Notes beside the backup how its latest comparison went, and when."""
    at = datetime.now(UTC)
    told = {"verified_at": at.isoformat(), "is_good": is_good}
    write_private(folder / VERIFICATION, json.dumps(told))
    return at


def find(settings: Settings, wanted: str) -> Path:
    """The folder of `wanted`: a folder, an identifier or its beginning, or `latest` for the youngest good one.

    One that is damaged is found, too: it is for the reader to say so.
    """
    if (Path(wanted) / MANIFEST).is_file():
        return Path(wanted).resolve()
    if wanted == "latest":
        good = [found for found in backups_on_disk(settings) if found.verified_at]
        if not good:
            raise BadRequest("there is no good backup", str(backups_folder(settings)), REMEDY)
        return good[0].folder
    matching = [folder for folder in _folders(backups_folder(settings)) if folder.name.startswith(wanted)]
    if len(matching) != 1:
        what = f"there is no backup {wanted!r}" if not matching else f"{len(matching)} backups begin with {wanted!r}"
        raise BadRequest(what, str(backups_folder(settings)), REMEDY)
    return matching[0]
