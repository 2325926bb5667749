"""The files of cold storage: where each lies, which there have to be, and whether it is as it was written.

A month of a fact is `<fact>/month=<yyyymm>/rows.parquet`, so that any engine reads a fact's folder as one partitioned
data set; of earlier versions it is `<fact>/<yyyymm>.parquet`, and where each lies stands in the warehouse.
Beside the package cold_storage, not in it: the package imports the backup and pyarrow, and the backup and the monitor
import this.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from miyabi_dw.common.errors import ArchiveDamaged
from miyabi_dw.common.files import PRIVATE_FOLDER, sha256
from miyabi_dw.common.paths import cold_folder
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Month
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection

REMEDY = "miyabi-dw cold verify --repair, which brings it back from a backup"
FILE_NAME = "rows.parquet"
# What sessions of cold storage are called on the server.
SESSION = "miyabi-dw:cold"
Fault = Literal["missing", "damaged"]


@dataclass(frozen=True, slots=True)
class ColdFile:
    """A month's file, its SHA-256, and what is in it; `is_only_copy` when the warehouse has the rows no more.

    `place` is its path inside the folder of cold storage. What a version did not record yet is None.
    """

    fact_table: str
    month_key: int
    place: str
    file_sha256: str
    is_only_copy: bool
    row_count: int | None = None
    content_checksum: str | None = None
    size_bytes: int | None = None
    first_day: date | None = None
    last_day: date | None = None
    format: int | None = None

    @property
    def name(self) -> str:
        """As people call it."""
        return f"{self.fact_table} of {Month.from_key(self.month_key)}"

    @property
    def is_at_home(self) -> bool:
        """Whether it lies where this version writes it, and not where an older one did."""
        return self.place == place_of(self.fact_table, self.month_key)

    def path(self, settings: Settings) -> Path:
        return cold_folder(settings.home) / self.place


def place_of(fact: str, month_key: int) -> str:
    return f"{fact}/month={month_key}/{FILE_NAME}"


def month_path(settings: Settings, fact: str, month_key: int) -> Path:
    return cold_folder(settings.home) / place_of(fact, month_key)


def make_folder(path: Path) -> None:
    """The folder of a month's file and those above it, for their owner only."""
    for folder in (path.parent.parent.parent, path.parent.parent, path.parent):
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)


def recorded(connection: Connection) -> list[ColdFile]:
    """Every file that the warehouse has verified and not replaced since, in order."""
    return statements.rows_as(ColdFile, connection, "operations/cold_storage/recorded")


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
