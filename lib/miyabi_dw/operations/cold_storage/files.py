"""Writes a month of a fact as a Parquet file, in constant memory and without losing a digit.

The rows come as text. Which of their numbers fit a decimal is known when the last has come, so they are written twice.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as parquet

from miyabi_dw.common.files import PRIVATE, flush, rename
from miyabi_dw.db.connection import Connection
from miyabi_dw.db.pipe import CHUNK_BYTES, Received, stream
from miyabi_dw.registry.cold_files import make_folder
from miyabi_dw.registry.cold_numbers import KIND, Shape, as_decimals, decimal_fields, is_text_number
from miyabi_dw.registry.cold_rows import FORMAT, FORMAT_KEY, ROWS_AT_ONCE, FactColumn, of_columns, opened

TYPES = {
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "smallint": pa.int16(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "double precision": pa.float64(),
    "timestamp without time zone": pa.timestamp("us"),
    "timestamp with time zone": pa.timestamp("us", tz="UTC"),
}
BLOCK_BYTES = 1 << 22
KEPT: Mapping[str, object] = {"compression": "zstd"}
# Of the file that is read once and then removed.
RAW: Mapping[str, object] = {"compression": "none", "use_dictionary": False, "write_statistics": False}


@dataclass(frozen=True, slots=True)
class Statistics:
    """What is known of a file without reading its rows; the days are null in an empty month."""

    size_bytes: int
    first_day: date | None
    last_day: date | None
    format: int = FORMAT


def schema_of(columns: Sequence[FactColumn]) -> pa.Schema:
    """The schema of a table's rows as they come; numbers and every type without a counterpart are text."""
    return pa.schema(
        [pa.field(column.name, TYPES.get(column.type, pa.string()), metadata={KIND: column.type}) for column in columns]
    )


def write(connection: Connection, table: str, schema: pa.Schema, path: Path, how: str = "copy_out") -> int:
    """Copies the rows of `table` into `path`, which exists whole or not at all; how many there were."""
    make_folder(path)
    copy = of_columns(how, table, schema.names)
    raw = path.with_name(f".{path.name}.raw")

    def send(pipe: IO[bytes]) -> None:
        with connection.cursor() as cursor:
            cursor.copy_expert(copy, pipe, size=CHUNK_BYTES)

    try:
        rows = stream(send, lambda received: _write(_received(received, schema), schema, raw, RAW))
        write_typed(raw, path)
    finally:
        raw.unlink(missing_ok=True)
    return rows


def write_typed(raw: Path, path: Path) -> None:
    """Writes the rows of a file whose numbers are text to `path`, whole or not at all, the numbers as decimals."""
    source = opened(raw)
    texts = source.schema_arrow
    shapes = {column.name: Shape() for column in texts if is_text_number(column)}
    for batch in source.iter_batches(ROWS_AT_ONCE, columns=list(shapes)) if shapes else ():
        for name, shape in shapes.items():
            shape.see(batch.column(name))
    schema = pa.schema(list(decimal_fields(texts, shapes)), metadata={FORMAT_KEY: str(FORMAT)})
    draft = path.with_name(f".{path.name}.partial")
    make_folder(path)
    try:
        _write((as_decimals(batch, schema) for batch in opened(raw).iter_batches(ROWS_AT_ONCE)), schema, draft)
        rename(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def statistics(path: Path) -> Statistics:
    """From the file's footer."""
    file = opened(path)
    place = file.schema_arrow.names.index("time_key")
    groups = [file.metadata.row_group(at).column(place).statistics for at in range(file.metadata.num_row_groups)]
    known = [group for group in groups if group is not None and group.has_min_max]
    first, last = min((each.min for each in known), default=None), max((each.max for each in known), default=None)
    return Statistics(path.stat().st_size, _day(first), _day(last))


def _day(key: int | None) -> date | None:
    return None if key is None else date.fromisoformat(str(key))


def _write(batches: Any, schema: pa.Schema, draft: Path, options: Mapping[str, object] = KEPT) -> int:
    rows = 0
    draft.touch(mode=PRIVATE)
    with draft.open("wb") as file, parquet.ParquetWriter(file, schema, **options) as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    flush(draft)
    return rows


def _received(received: Received, schema: pa.Schema) -> Any:
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
