"""What is printed for people fits the terminal: texts are wrapped, never cut; a table that is too wide is wrapped, too.

Where there is no terminal a table keeps one line a row, for programs that read lines.
"""

import shutil
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from miyabi_dw.common.text import one_line

WITHOUT_A_TERMINAL = (80, 24)
GAP = "  "
# Texts are not squeezed into less; rather they get lines of their own below the row.
NARROWEST_TEXT = 16
BELOW = "    "


def terminal_width() -> int:
    """80 where there is no terminal."""
    return shutil.get_terminal_size(WITHOUT_A_TERMINAL).columns


def printable(text: str) -> str:
    """On one line and without control characters: a text of the source must not steer the terminal."""
    return "".join(letter for letter in one_line(text) if unicodedata.category(letter) != "Cc")


def wrapped(text: str, width: int) -> list[str]:
    """At least one line, each at most `width` cells wide; a word that is longer is broken."""
    from rich.console import Console
    from rich.text import Text

    lines = Text(text).wrap(Console(), max(width, 1))
    return [line.plain.rstrip() for line in lines] or [""]


def room(where: TextIO | None = None) -> int | None:
    """How wide the terminal is that standard output, or `where`, goes to; None where that is none."""
    return terminal_width() if (where or sys.stdout).isatty() else None


def told(lead: str, text: str, where: TextIO | None = None) -> str:
    """`lead` and the text; for a terminal wrapped beside `lead`."""
    width = room(where)
    return f"{lead}{printable(text)}" if width is None else "\n".join(hanging(lead, text, width))


def hanging(lead: str, text: str, width: int) -> list[str]:
    """The text wrapped beside `lead`, its further lines as far to the right as the first."""
    lines = wrapped(printable(text), width - len(lead))
    return [f"{lead if at == 0 else ' ' * len(lead)}{line}".rstrip() for at, line in enumerate(lines)]


def table(rows: Sequence[Mapping[str, object]], width: int | None) -> str:
    """The rows below their names, numbers to the right, in that width; with None one line a row."""
    columns = [_column(name, [row[name] for row in rows]) for name in rows[0]]
    if width is None:
        return "\n".join(_lines(columns, [column.natural for column in columns]))
    return "\n".join(_fitted(columns, width))


@dataclass(frozen=True)
class Column:
    """`cells` begin with the name; `natural` is the widest, `least` how narrow it can become without breaking words."""

    name: str
    cells: tuple[str, ...]
    is_number: bool
    natural: int
    least: int


def _column(name: str, values: Sequence[object]) -> Column:
    cells = (name, *map(_cell, values))
    natural = max(map(_width, cells))
    longest_word = max(_width(word) for cell in cells for word in cell.split() or [""])
    is_number = all(isinstance(value, int | float | type(None)) for value in values)
    return Column(name, cells, is_number, natural, max(longest_word, min(natural, NARROWEST_TEXT)))


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return "" if value is None else printable(str(value))


def _width(text: str) -> int:
    from rich.cells import cell_len

    return len(text) if text.isascii() else cell_len(text)


def _fitted(columns: Sequence[Column], width: int) -> Iterator[str]:
    """The table in that width: without empty columns, its widest texts below each row until the rest fits."""
    if _total([column.natural for column in columns]) > width:
        columns = [column for column in columns if any(column.cells[1:])]
    beside, below = list(columns), list[Column]()
    while len(beside) > 1 and _total([column.least for column in beside]) > width:
        below.append(max(beside[1:], key=lambda column: (column.natural > column.least, column.natural)))
        beside.remove(below[-1])
    below.sort(key=columns.index)
    widths = _shared(beside, width)
    for at in range(len(columns[0].cells)):
        yield from _row(beside, widths, at)
        if at:
            yield from (line for column in below if column.cells[at] for line in _note(column, at, width))


def _note(column: Column, at: int, width: int) -> list[str]:
    return hanging(f"{BELOW}{column.name}: ", column.cells[at], width)


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _shared(columns: Sequence[Column], width: int) -> list[int]:
    """How wide each column is: its natural width, less where that is too much in all, the widest giving first."""
    widths = [column.natural for column in columns]
    while _total(widths) > width:
        can_give = [at for at, column in enumerate(columns) if widths[at] > column.least]
        if not can_give:
            return widths
        widths[max(can_give, key=widths.__getitem__)] -= 1
    return widths


def _lines(columns: Sequence[Column], widths: Sequence[int]) -> Iterator[str]:
    for at in range(len(columns[0].cells)):
        yield from _row(columns, widths, at)


def _row(columns: Sequence[Column], widths: Sequence[int], at: int) -> Iterator[str]:
    """One row, on as many lines as its highest cell has."""
    cells = [
        [column.cells[at]] if _width(column.cells[at]) <= width else wrapped(column.cells[at], width)
        for column, width in zip(columns, widths, strict=True)
    ]
    for line in range(max(map(len, cells))):
        parts = [cell[line] if line < len(cell) else "" for cell in cells]
        yield GAP.join(map(_placed, parts, widths, [column.is_number for column in columns])).rstrip()


def _placed(part: str, width: int, to_right: bool) -> str:
    room = " " * (width - _width(part))
    return room + part if to_right else part + room
