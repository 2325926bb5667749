"""Text of a source that may have no UTF-8: such rows come as bytes, and those that nobody can decode are noted."""

from collections.abc import Mapping

from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import run, value_as
from miyabi_dw.etl.tables import SourceTable
from miyabi_dw.etl.windows import ROWS_PLACE, source_query

# The encoding of a database that stores whatever bytes it is given.
UNKNOWN_ENCODING = "SQL_ASCII"
# Marks in a batch the rows whose text came as bytes: an array of text, by the number of its type.
MARK = {"undecodable": 1009}


class SourceText:
    """How the text of one extraction is read: as it comes, or with a look at each row where some may have no UTF-8."""

    def __init__(self, source: Connection, warehouse: Connection, *, is_checked: bool) -> None:
        self._source, self._warehouse = source, warehouse
        self._encoding = value_as(str, source, "etl/extract/source_encoding")
        self._is_checked = is_checked or self._encoding == UNKNOWN_ENCODING

    def columns(self, columns: Mapping[str, int]) -> dict[str, int]:
        """The columns of a batch table, by name the number of the type, for those of a source query."""
        return {**columns, **MARK} if self._is_checked else dict(columns)

    def query(self, table: SourceTable, columns: Mapping[str, int]) -> str:
        """The query that brings the rows of a source table in those columns."""
        rows = source_query(self._source, table)
        if not self._is_checked:
            return rows
        listed = {"columns": list(columns), "types": list(columns.values()), "encoding": self._encoding}
        return value_as(str, self._warehouse, "etl/extract/checked_rows", listed).replace(ROWS_PLACE, rows)

    def decode(self, table: str) -> None:
        """Decodes what came as bytes; rows that cannot be decoded are noted in `undecodable`."""
        if self._is_checked:
            values = {"source_table": table, "encoding": self._encoding}
            run(self._warehouse, "etl/extract/decode_rows", values)
