"""The files of cold storage: where each lies, which there have to be, and whether it is as it was written.

Their checksums are in the warehouse and beside the files, so that a reader without a warehouse can look, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from miyabi_dw.common.errors import ArchiveDamaged, MiyabiError
from miyabi_dw.common.files import PRIVATE_FOLDER, sha256, write_private
from miyabi_dw.common.paths import cold_folder
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Month
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, Database, DatabaseError

REMEDY = "miyabi-dw cold verify --repair brings it back from a backup"
Fault = Literal["missing", "damaged"]


@dataclass(frozen=True, slots=True)
class ColdFile:
    """A month's file and its SHA-256; `is_only_copy` when the warehouse has the rows no more."""

    fact_table: str
    month_key: int
    file_sha256: str
    is_only_copy: bool

    @property
    def name(self) -> str:
        """As people call it."""
        return f"{self.fact_table} of {Month.from_key(self.month_key)}"

    def path(self, settings: Settings) -> Path:
        return month_path(settings, self.fact_table, self.month_key)


def month_path(settings: Settings, fact: str, month_key: int) -> Path:
    return cold_folder(settings.home) / fact / f"{month_key}.parquet"


def make_folder(path: Path) -> None:
    """The folder of a month's file, for its owner only."""
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)


def note_checksum(path: Path, digest: str) -> None:
    """Writes the checksum beside the file, as sha256sum reads it."""
    write_private(checksum_path(path), f"{digest}  {path.name}\n")


def checksum_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def recorded(connection: Connection) -> list[ColdFile]:
    """Every file that the warehouse has verified and not replaced since, in order."""
    return statements.rows_as(ColdFile, connection, "operations/cold_storage/recorded")


def known_files(database: Database, settings: Settings) -> list[ColdFile]:
    """As the warehouse records them; where it cannot be asked, as the checksums beside the files do."""
    try:
        with database.connect("analyst", application_name="miyabi-dw:cold") as connection:
            return recorded(connection)
    except (MiyabiError, DatabaseError):
        return sorted(_noted(settings), key=lambda file: (file.fact_table, file.month_key))


def _noted(settings: Settings) -> Iterator[ColdFile]:
    for path in cold_folder(settings.home).glob("*/*.parquet.sha256"):
        month = path.name.partition(".")[0]
        digest = path.read_text(encoding="utf-8").partition(" ")[0]
        if month.isdigit():
            yield ColdFile(path.parent.name, int(month), digest, is_only_copy=True)


def fault_of(file: ColdFile, path: Path) -> Fault | None:
    """What is wrong with the copy of the file at `path`; nothing where it is missing and the warehouse has the rows."""
    try:
        return None if sha256(path) == file.file_sha256 else "damaged"
    except FileNotFoundError:
        return "missing" if file.is_only_copy else None
    except OSError:
        return "damaged"


def refuse_fault(settings: Settings, file: ColdFile) -> None:
    """ArchiveDamaged unless the file is as it was written. Whoever reads one asks first."""
    path = file.path(settings)
    fault = fault_of(file, path)
    if fault == "damaged":
        raise ArchiveDamaged(f"{file.name} in cold storage differs from what was written", str(path), REMEDY)
    if fault == "missing" or not path.is_file():
        raise ArchiveDamaged(f"the file of {file.name} in cold storage is missing", str(path), REMEDY)
