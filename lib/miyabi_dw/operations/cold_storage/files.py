"""A month of a fact as a Parquet file, written and read in constant memory without losing a digit.

PostgreSQL's numeric has no fixed scale, so it is kept as text, marked as numeric in the file's schema.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as parquet

from miyabi_dw.common.errors import ArchiveDamaged
from miyabi_dw.common.files import PRIVATE, flush, rename
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, query, quote_identifier
from miyabi_dw.db.pipe import CHUNK_BYTES, Received, stream
from miyabi_dw.operations.backup.folder import Content
from miyabi_dw.operations.cold_files import REMEDY, make_folder

TYPES = {
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "smallint": pa.int16(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp with time zone": pa.timestamp("us", tz="UTC"),
}
KIND = b"postgresql_type"
COLUMNS_PLACE = "/* columns */"
BLOCK_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class FactColumn:
    """`type` is PostgreSQL's name for it."""

    name: str
    type: str


def schema_of(columns: Sequence[FactColumn]) -> pa.Schema:
    """The file's schema for a table's columns; every type without a counterpart is kept as text."""
    return pa.schema(
        [pa.field(column.name, TYPES.get(column.type, pa.string()), metadata={KIND: column.type}) for column in columns]
    )


def write(connection: Connection, table: str, schema: pa.Schema, path: Path) -> int:
    """Copies the rows of `table` into `path`, which exists whole or not at all; how many there were."""
    make_folder(path)
    draft = path.with_name(f".{path.name}.partial")

    def send(pipe: IO[bytes]) -> None:
        with connection.cursor() as cursor:
            cursor.copy_expert(
                statements.statement("operations/cold_storage/copy_out", table=table), pipe, size=CHUNK_BYTES
            )

    try:
        rows = stream(send, lambda received: _write(received, schema, draft))
        rename(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return rows


def _write(received: Received, schema: pa.Schema, draft: Path) -> int:
    rows = 0
    draft.touch(mode=PRIVATE)
    with draft.open("wb") as file, parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in _batches(received, schema):
            writer.write_batch(batch)
            rows += batch.num_rows
    flush(draft)
    return rows


def _batches(received: Received, schema: pa.Schema) -> Any:
    reader = csv.open_csv(
        pa.PythonFile(io.BufferedReader(_Raw(received), BLOCK_BYTES), mode="r"),
        read_options=csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=False),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=schema, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
            true_values=["t"], false_values=["f"],
        ),
    )  # fmt: skip
    return (pa.RecordBatch.from_arrays(batch.columns, schema=schema) for batch in reader)


class _Raw(io.RawIOBase):
    """The receiving end of a pipe as a file."""

    def __init__(self, received: Received) -> None:
        super().__init__()
        self._received = received

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._received.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def load(path: Path, connection: Connection, table: str) -> int:
    """Copies the rows of the file into `table`; how many. ArchiveDamaged when the file does not parse.

    Columns that the table has gained since the file was written get their default.
    """
    file = _opened(path)
    copy = _of_columns("copy_in", table, file.schema_arrow.names)

    def send(pipe: IO[bytes]) -> None:
        with csv.CSVWriter(pipe, file.schema_arrow) as writer:
            for batch in file.iter_batches():
                writer.write_batch(batch)

    def receive(received: Any) -> int:
        with connection.cursor() as cursor:
            cursor.copy_expert(copy, received, size=CHUNK_BYTES)
            return int(cursor.rowcount)

    return stream(send, receive)


def content_of_file(path: Path, connection: Connection, table: str) -> Content:
    """Rows and checksum of `table` as far as the columns of the file go."""
    asked = _of_columns("content_of_columns", table, _opened(path).schema_arrow.names)
    return Content(**query(connection, asked)[0])


def _opened(path: Path) -> parquet.ParquetFile:
    try:
        return parquet.ParquetFile(path)
    except (OSError, pa.ArrowException) as error:
        raise ArchiveDamaged(f"the archived month cannot be read: {error}", str(path), REMEDY) from None


def _of_columns(name: str, table: str, columns: Sequence[str]) -> str:
    listed = ", ".join(map(quote_identifier, columns))
    return statements.statement(f"operations/cold_storage/{name}", table=table).replace(COLUMNS_PLACE, listed)
