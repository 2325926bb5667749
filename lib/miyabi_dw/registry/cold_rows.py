"""The rows of a month in cold storage: its Parquet file opened, checked, and copied into a table of PostgreSQL."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as parquet

from miyabi_dw.common.errors import ArchiveDamaged, SchemaError
from miyabi_dw.common.timeframe import time_key
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, quote_identifier
from miyabi_dw.db.pipe import CHUNK_BYTES, stream
from miyabi_dw.registry.cold_files import REMEDY
from miyabi_dw.registry.cold_numbers import as_texts, own_names

# 1 has every numeric as text and no word of its format.
FORMAT = 2
FORMAT_KEY = b"miyabi_format"
COLUMNS_PLACE = "/* columns */"
# As many rows as DuckDB takes at once.
ROWS_AT_ONCE = 122_880
UPGRADE = "upgrade this program, then do it again"


@dataclass(frozen=True, slots=True)
class FactColumn:
    """`type` is PostgreSQL's name for it."""

    name: str
    type: str


def opened(path: Path) -> parquet.ParquetFile:
    """ArchiveDamaged when it does not parse, SchemaError when a newer version of this program wrote it."""
    try:
        file = parquet.ParquetFile(path)
    except (OSError, pa.ArrowException) as error:
        raise ArchiveDamaged(f"the archived month cannot be read: {error}", str(path), REMEDY) from None
    if format_of(file) > FORMAT:
        what = f"the archived month has format {format_of(file)}, and this version knows up to {FORMAT}"
        raise SchemaError(what, str(path), UPGRADE)
    return file


def format_of(file: parquet.ParquetFile) -> int:
    return int((file.schema_arrow.metadata or {}).get(FORMAT_KEY, 1))


def columns_of(connection: Connection, table: str) -> list[FactColumn]:
    return statements.rows_as(FactColumn, connection, "operations/cold_storage/columns", {"fact": table})


def load(path: Path, connection: Connection, table: str, days: tuple[date, date] | None = None) -> int:
    """Copies the rows of the file, or those of `days`, into `table`; how many.

    ArchiveDamaged when the file does not parse, SchemaError when it has columns that the table lacks. Columns that the
    table has gained since the file was written get their default.
    """
    file = opened(path)
    names = own_names(file.schema_arrow)
    refuse_unknown(path, names, [column.name for column in columns_of(connection, table)])
    copy = of_columns("copy_in", table, names)

    def send(pipe: IO[bytes]) -> None:
        batches = (as_texts(batch) for batch in _batches(file, days))
        first = next(batches, None)
        if first is not None:
            with csv.CSVWriter(pipe, first.schema) as writer:
                writer.write_batch(first)
                for batch in batches:
                    writer.write_batch(batch)

    def receive(received: Any) -> int:
        with connection.cursor() as cursor:
            cursor.copy_expert(copy, received, size=CHUNK_BYTES)
            return int(cursor.rowcount)

    return stream(send, receive)


def _batches(file: parquet.ParquetFile, days: tuple[date, date] | None) -> Iterator[Any]:
    for batch in file.iter_batches(ROWS_AT_ONCE):
        if days is None:
            yield batch
        else:
            key = batch.column("time_key")
            yield batch.filter(pc.and_(pc.greater_equal(key, time_key(days[0])), pc.less_equal(key, time_key(days[1]))))


def refuse_unknown(path: Path, names: Sequence[str], known: Sequence[str]) -> None:
    """SchemaError for columns that the fact of this version lacks."""
    unknown = [name for name in names if name not in known]
    if unknown:
        what = f"the archived month has columns that this version does not know: {', '.join(unknown)}"
        raise SchemaError(what, str(path), UPGRADE)


def of_columns(name: str, table: str, columns: Sequence[str]) -> str:
    """The text of a statement of cold storage about some columns of a table."""
    listed = ", ".join(map(quote_identifier, columns))
    return statements.statement(f"operations/cold_storage/{name}", table=table).replace(COLUMNS_PLACE, listed)
