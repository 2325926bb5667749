"""The catalogue beside the files of cold storage: as the warehouse records them, for readers without a warehouse."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path

from miyabi_dw.common.errors import ArchiveDamaged, MiyabiError
from miyabi_dw.common.files import PRIVATE_FOLDER, write_private
from miyabi_dw.common.paths import cold_folder
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import locks
from miyabi_dw.db.connection import Connection, Database, DatabaseError
from miyabi_dw.registry.cold_files import SESSION, ColdFile, recorded

NAME = "catalogue.json"
FORMAT = 1


def catalogue_path(settings: Settings) -> Path:
    return cold_folder(settings.home) / NAME


def write(connection: Connection, settings: Settings) -> None:
    """Brings the catalogue up to the warehouse, whole or not at all; writers take turns, each until it commits."""
    locks.lock_transaction(connection, locks.COLD_CATALOGUE)
    files = [asdict(file) for file in recorded(connection)]
    path = catalogue_path(settings)
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    listed = json.loads(json.dumps(files, default=str))
    whole = {"format": FORMAT, "files": listed, "sha256": _digest(listed)}
    write_private(path, json.dumps(whole, indent=1) + "\n")


def known_files(database: Database, settings: Settings) -> list[ColdFile]:
    """As the warehouse records them; where it cannot be asked, as the catalogue beside the files does."""
    try:
        with database.connect("analyst", application_name=SESSION) as connection:
            return recorded(connection)
    except (MiyabiError, DatabaseError):
        if catalogue_path(settings).is_file():
            return read(settings)
        return sorted(_noted(settings), key=lambda file: (file.fact_table, file.month_key))


def read(settings: Settings) -> list[ColdFile]:
    """What the catalogue lists, each as if it were the only copy; ArchiveDamaged when it is not as it was written."""
    path = catalogue_path(settings)
    try:
        whole = json.loads(path.read_bytes())
        if whole["sha256"] == _digest(whole["files"]) and whole["format"] == FORMAT:
            return [_file(entry) for entry in whole["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise ArchiveDamaged(
        "the catalogue of cold storage is damaged, or of a newer version", str(path), "miyabi-dw cold verify writes it"
    )


def _file(entry: Mapping[str, object]) -> ColdFile:
    days = {key: date.fromisoformat(str(entry[key])) for key in ("first_day", "last_day") if entry[key]}
    return ColdFile(**{**entry, **days, "is_only_copy": True})  # type: ignore[arg-type]


def _digest(files: object) -> str:
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()


def _noted(settings: Settings) -> Iterator[ColdFile]:
    """Files of a version that had no catalogue but a checksum beside each."""
    folder = cold_folder(settings.home)
    for path in folder.glob("*/*.parquet.sha256"):
        month = path.name.partition(".")[0]
        digest = path.read_text(encoding="utf-8").partition(" ")[0]
        if month.isdigit():
            place = str(path.with_suffix("").relative_to(folder))
            yield ColdFile(path.parent.name, int(month), place, digest, is_only_copy=True)
