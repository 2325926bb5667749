"""PostgreSQL's numerics in Parquet, as decimals that any engine can compute with, without losing a digit.

A numeric has as many digits behind the point as were written, 0.10 has two, and no fixed scale. In the files it is a
decimal of SCALE digits, the same in every month, and how many were written stands in a column of its own,
`<column>_scale`, or, where all rows have the same number, in the field's metadata. Numbers that do not fit stay text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

KIND = b"postgresql_type"
SCALE_OF = b"scale_of"
WRITTEN_SCALE = b"written_scale"
PRECISION, SCALE = 38, 24
DECIMAL = pa.decimal128(PRECISION, SCALE)
PLAIN = r"^-?[0-9]+(\.[0-9]+)?$"


@dataclass
class Shape:
    """What was seen of a column's texts: how many digits stood behind the point, and whether all fit a decimal."""

    scales: set[int] = field(default_factory=set)
    fits: bool = True

    def see(self, texts: Any) -> None:
        """Looks at some more of the column."""
        scales = _scales(texts)
        whole = pc.subtract(pc.binary_length(texts), scales)
        is_small = pc.max(whole).as_py() is None or pc.max(whole).as_py() <= PRECISION - SCALE
        self.fits = self.fits and is_small and pc.all(pc.match_substring_regex(texts, PLAIN)).as_py() is not False
        self.scales |= {scale for scale in pc.unique(scales).to_pylist() if scale is not None}
        self.fits = self.fits and max(self.scales, default=0) <= SCALE


def is_text_number(column: pa.Field) -> bool:
    """Whether the field holds a numeric as text."""
    return (column.metadata or {}).get(KIND) == b"numeric" and pa.types.is_string(column.type)


def decimal_fields(schema: pa.Schema, shapes: Mapping[str, Shape]) -> Iterator[pa.Field]:
    """The fields of a schema of texts, its numbers as decimals where they fit."""
    for column in schema:
        shape = shapes.get(column.name)
        if shape is None or not shape.fits:
            yield column
        elif len(shape.scales) <= 1:
            written = str(next(iter(shape.scales), 0)).encode()
            yield pa.field(column.name, DECIMAL, metadata={KIND: b"numeric", WRITTEN_SCALE: written})
        else:
            yield pa.field(column.name, DECIMAL, metadata={KIND: b"numeric"})
            yield pa.field(f"{column.name}_scale", pa.int8(), metadata={SCALE_OF: column.name.encode()})


def as_decimals(batch: Any, schema: pa.Schema) -> pa.RecordBatch:
    """A batch of texts in a schema of `decimal_fields`."""
    return pa.RecordBatch.from_arrays([_column(batch, column) for column in schema], schema=schema)


def _column(batch: Any, column: pa.Field) -> Any:
    of = (column.metadata or {}).get(SCALE_OF)
    if of is not None:
        return pc.cast(_scales(batch.column(of.decode())), pa.int8())
    return pc.cast(batch.column(column.name), column.type)


def own_names(schema: pa.Schema) -> list[str]:
    """The columns that the fact had, without those that only say how a number was written."""
    return [column.name for column in schema if SCALE_OF not in (column.metadata or {})]


def as_texts(data: Any) -> Any:
    """A batch or table as its fact had it, each numeric as text with the digits that were written."""
    schema = data.schema
    found = {name: _text(data, schema.field(name)) for name in own_names(schema)}
    kinds = {name: (schema.field(name).metadata or {}).get(KIND, b"") for name in found}
    told = [pa.field(name, values.type, metadata={KIND: kinds[name]}) for name, values in found.items()]
    return type(data).from_arrays(list(found.values()), schema=pa.schema(told))


def _text(data: Any, column: pa.Field) -> Any:
    values = data.column(column.name)
    if not pa.types.is_decimal(column.type):
        return values
    written = (column.metadata or {}).get(WRITTEN_SCALE)
    if written is not None:
        return _written(values, int(written))
    scales = data.column(f"{column.name}_scale")
    parts = [
        _written(pc.if_else(pc.equal(scales, scale), values, None), scale.as_py())
        for scale in pc.unique(scales) if scale.is_valid
    ]  # fmt: skip
    return pc.coalesce(*parts) if parts else pc.cast(values, pa.string())


def _written(values: Any, scale: int) -> Any:
    return pc.cast(pc.cast(values, pa.decimal128(PRECISION, scale)), pa.string())


def _scales(texts: Any) -> Any:
    point = pc.find_substring(texts, ".")
    return pc.if_else(pc.less(point, 0), 0, pc.subtract(pc.subtract(pc.binary_length(texts), point), 1))
