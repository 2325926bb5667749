"""Months in cold storage: which there are, and their rows, read from the disk without the warehouse."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Month, check_order, time_key
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.operations.backup.folder import Content
from miyabi_dw.registry.cold_catalogue import known_files
from miyabi_dw.registry.cold_files import SESSION, ColdFile, refuse_fault

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, slots=True)
class ArchivedMonth:
    """`state` is copying, copied (verified, still here), archived (here no more) or restored."""

    fact_table: str
    month_key: int
    state: str
    row_count: int | None
    archived_at: datetime
    restored_at: datetime | None
    path: str


@dataclass(frozen=True, slots=True)
class MonthRecord:
    """What is known of one month's file; the rows and checksums are null until it was verified."""

    state: str
    path: str
    row_count: int | None
    content_checksum: str | None
    file_sha256: str | None

    @property
    def content(self) -> Content:
        return Content(self.row_count or 0, self.content_checksum or "")

    def file(self, fact: str, month_key: int) -> ColdFile:
        """Its file, which has to be there."""
        return ColdFile(fact, month_key, self.path, self.file_sha256 or "", is_only_copy=True)


def archived(database: Database) -> list[ArchivedMonth]:
    """Every month that was ever archived, and where it is now."""
    with database.connect("analyst", application_name=SESSION) as connection:
        return statements.rows_as(ArchivedMonth, connection, "operations/cold_storage/list")


def find_month(connection: Connection, fact: str, month_key: int) -> MonthRecord | None:
    """None for a month that never was in cold storage."""
    values = {"fact": fact, "month_key": month_key}
    return statements.one_or_none_as(MonthRecord, connection, "operations/cold_storage/one", values)


def read_archived(settings: Settings, fact: str, first: date, last: date) -> "pandas.DataFrame":
    """The archived rows of the days from `first` to `last`, both included; numeric columns hold Decimals.

    ArchiveDamaged when a file of them is not as it was written, or is gone while the warehouse has its rows no more.
    """
    import pandas

    check_order(first, last)
    files = [file for file in known_files(Database(settings), settings) if file.fact_table == fact]
    if not files:
        raise BadRequest(f"no month of {fact!r} is in cold storage", remedy="list them: miyabi-dw cold list")
    between = [("time_key", ">=", time_key(first)), ("time_key", "<=", time_key(last))]
    wanted = [file for file in files if Month.of(first).key <= file.month_key <= Month.of(last).key]
    read = [file.path(settings) for file in wanted if file.is_only_copy or file.path(settings).is_file()]
    for file in wanted:
        if file.path(settings) in read:
            refuse_fault(settings, file)
    frames = [_frame(path, between) for path in read]
    return pandas.concat(frames, ignore_index=True) if frames else pandas.DataFrame()


def _frame(path: Path, between: list[tuple[str, str, int]]) -> "pandas.DataFrame":
    import pyarrow.parquet as parquet

    from miyabi_dw.registry.cold_numbers import as_texts, is_text_number
    from miyabi_dw.registry.cold_rows import opened

    opened(path).close()
    told = as_texts(parquet.read_table(path, filters=between, partitioning=None))
    frame: pandas.DataFrame = told.to_pandas()
    for field in told.schema:
        if is_text_number(field):
            frame[field.name] = frame[field.name].map(Decimal, na_action="ignore").astype(object)
    return frame
