"""What a backup is on disk: a folder with pg_dump's files and a manifest that names each with its SHA-256."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from miyabi_dw.common.errors import BackupDamaged, BadRequest
from miyabi_dw.common.files import Json, sha256, write_private
from miyabi_dw.common.settings import Settings

MANIFEST = "manifest.json"
# Written beside the manifest once the backup has been restored and compared.
VERIFICATION = "verified.json"
DUMP = "dump"


class Content(NamedTuple):
    """How many rows a table has, and the checksum of all of them."""

    rows: int
    checksum: str


@dataclass(frozen=True)
class Manifest:
    """`content` is what each table held at the moment of the snapshot; `files` maps each file to its SHA-256.

    `without` names the months of cold storage that could not be taken, for no good copy of them was there.
    """

    backup_id: str
    started_at: datetime
    server_version: str
    content: dict[str, Content]
    files: dict[str, str]
    without: Sequence[str] = ()

    @property
    def sha256(self) -> str:
        """One digest for the whole backup: that of all its files' digests."""
        return hashlib.sha256(json.dumps(self.files, sort_keys=True).encode()).hexdigest()


def backups_folder(settings: Settings) -> Path:
    return settings.home / "backups"


def write_manifest(folder: Path, manifest: Manifest) -> None:
    told = asdict(manifest) | {"started_at": manifest.started_at.isoformat()}
    write_private(folder / MANIFEST, json.dumps(told, indent=1))


def read_manifest(folder: Path) -> Manifest:
    """BadRequest when `folder` is no backup, BackupDamaged when its manifest does not parse."""
    path = folder / MANIFEST
    if not path.is_file():
        raise BadRequest("this is no backup", str(folder), "name one of `miyabi-dw backup list`, or its folder")
    try:
        return _manifest(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupDamaged("the manifest does not parse", str(path), "use another backup") from error


def _manifest(told: Json) -> Manifest:
    content = {name: Content(*values) for name, values in told["content"].items()}
    return Manifest(
        told["backup_id"],
        datetime.fromisoformat(told["started_at"]),
        told["server_version"],
        content,
        dict(told["files"]),
        tuple(told.get("without", ())),
    )


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each file that was backed up into `folder`, by its place there."""
    return {
        path.relative_to(folder).as_posix(): sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (MANIFEST, VERIFICATION)
    }


def refuse_damaged(folder: Path, manifest: Manifest) -> None:
    """BackupDamaged naming the first file that is missing, added, cut short or altered."""
    for complaint in _complaints(manifest.files, digests(folder)):
        raise BackupDamaged(complaint, str(folder), "use another backup: miyabi-dw backup list")


def _complaints(wanted: dict[str, str], found: dict[str, str]) -> Iterator[str]:
    for name in sorted(wanted.keys() | found.keys()):
        if name not in found:
            yield f"the file {name} is missing"
        elif name not in wanted:
            yield f"the file {name} does not belong to the backup"
        elif wanted[name] != found[name]:
            yield f"the file {name} differs from what was written"
