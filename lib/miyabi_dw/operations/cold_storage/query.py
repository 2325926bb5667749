"""Archived rows for whoever still needs them: from the disk, without the warehouse."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Month, time_key
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Database
from miyabi_dw.operations.cold_storage.files import KIND, month_path

if TYPE_CHECKING:
    import pandas
    import pyarrow


def archived(database: Database) -> list[dict[str, Any]]:
    """Every month that was ever archived, and where it is now."""
    with database.connect("analyst", application_name="miyabi-dw:archive") as connection:
        return statements.run(connection, "operations/cold_storage/list")


def read_archived(settings: Settings, fact: str, first: date, last: date) -> "pandas.DataFrame":
    """The archived rows of the days from `first` to `last`, both included; numeric columns hold Decimals."""
    import pandas
    import pyarrow.parquet as parquet

    if last < first:
        raise BadRequest("the range ends before it starts", f"{first} to {last}", "swap its two ends")
    folder = month_path(settings, fact, 0).parent
    if not folder.is_dir():
        raise BadRequest(f"no month of {fact!r} is archived", str(folder), "list them: miyabi-dw archive list")
    between = [("time_key", ">=", time_key(first)), ("time_key", "<=", time_key(last))]
    wanted = (Month.of(first).key, Month.of(last).key)
    paths = [path for path in sorted(folder.glob("*.parquet")) if wanted[0] <= int(path.stem) <= wanted[1]]
    frames = [_framed(parquet.read_table(path, filters=between)) for path in paths]
    return pandas.concat(frames, ignore_index=True) if frames else pandas.DataFrame()


def _framed(table: "pyarrow.Table") -> "pandas.DataFrame":
    frame: pandas.DataFrame = table.to_pandas()
    for field in table.schema:
        if (field.metadata or {}).get(KIND) == b"numeric":
            frame[field.name] = frame[field.name].map(Decimal, na_action="ignore").astype(object)
    return frame
