"""CSV for spreadsheets: a title that looks like a formula stays a title, and can be had back unchanged."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    import pandas

# What begins a formula in Excel, LibreOffice or Google Sheets, in the wide forms of a Japanese keyboard too, and what
# these leave out before they look.
# The apostrophe is among them so that taking one off always gives the text back.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", " ", "'")


def csv_text(table: "pandas.DataFrame") -> str:
    """The rows under the columns' names; a text that could be run has an apostrophe before it, numbers have none.

    Whoever reads it back takes the first apostrophe off each text that begins with one.
    """
    import pandas

    shown = pandas.DataFrame({at: _texts(table.iloc[:, at]) for at in range(table.shape[1])})
    shown.columns = [_harmless(str(name)) for name in table.columns]
    return str(shown.to_csv(index=False, lineterminator="\r\n"))


def write_rows(file: TextIO, rows: Sequence[Mapping[str, object]]) -> None:
    """The same without pandas, for rows that all have the columns of the first; nothing without one."""
    if rows:
        write_lines(file, [list(rows[0]), *(row.values() for row in rows)])


def write_lines(file: TextIO, lines: Iterable[Iterable[object]]) -> None:
    """Each line as it comes, also that of the columns' names."""
    csv.writer(file, lineterminator="\r\n").writerows(map(_harmless, line) for line in lines)


def _texts(column: "pandas.Series[Any]") -> "pandas.Series[Any]":
    """The column as it is, unless it may hold texts; what else is in it is left as it is too, digit by digit."""
    if column.dtype.kind != "O":
        return column
    return type(column)([_harmless(value) for value in column], index=column.index, dtype=object)


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
