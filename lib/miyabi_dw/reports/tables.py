"""Reads the tables of a notebook's HTML output as plain text, to be drawn again with everything escaped."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

NUMBER = re.compile(r"[-+−]?[$¥€]?\d[\d,]*(\.\d+)?(e[-+]?\d+)?\s?(%|ms|s|min|h|rows|[kMG]?B)?", re.IGNORECASE)
WHOLE = re.compile(r"[-+]?\d{4,}")
# Numbers that name something rather than count it; no separators belong in them.
NAMING = re.compile(r"(?i)(^|_|\s)(id|key|number|no|year|month|day|hash|pid|port|version|sha|checksum)$")
# What pandas makes of whole numbers as soon as one of them is missing.
FLOAT_OF_WHOLE = re.compile(r"[-+]?\d+\.0")
MISSING = {"NaN", "None", "NaT", "<NA>", "nan", "NULL", "null"}
UNREADABLE = {"style", "script", "template", "noscript", "head", "title"}
BREAKS = {"p", "div", "br", "li", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "tr", "ul", "ol"}


@dataclass(frozen=True)
class Cell:
    text: str
    span: int = 1
    rows: int = 1
    is_header: bool = False


@dataclass
class Table:
    """Header rows, body rows, and which columns hold numbers."""

    head: list[list[Cell]] = field(default_factory=list)
    body: list[list[Cell]] = field(default_factory=list)
    caption: str = ""

    @property
    def numeric(self) -> list[bool]:
        """For each column: does every known value in it read as a number?"""
        return [_reads_as_numbers(column) for column in self.columns()]

    def columns(self) -> list[list[str]]:
        width = max((len(row) for row in self.body), default=0)
        return [[row[at].text for row in self.body if at < len(row)] for at in range(width)]


def simple(head: Sequence[str], body: Sequence[Sequence[object]], caption: str = "") -> Table:
    rows = [[Cell("" if value is None else str(value)) for value in row] for row in body]
    return Table([[Cell(name, is_header=True) for name in head]], rows, caption)


def records(rows: Sequence[Mapping[str, object]]) -> Table:
    """Rows that name their columns; a column that some of them lack is empty there."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return simple(names, [[row.get(name) for name in names] for row in rows])


def read_html(html: str) -> list[Table | str]:
    """Tables and the text between them, in order; no markup survives."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end_text()
    return [_tidy(part) if isinstance(part, Table) else part for part in reader.parts]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[Table | str] = []
        self.table: Table | None = None
        self.in_head = False
        self.unreadable = 0
        self.text: list[str] = []
        self.cell: tuple[int, int, bool] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNREADABLE:
            self.unreadable += 1
        elif tag == "table" and self.table is None:
            self.end_text()
            self.table = Table()
            self.parts.append(self.table)
        elif self.table is not None:
            self._start_in_table(self.table, tag, dict(attrs))
        elif tag in BREAKS:
            self.text.append("\n")

    def _start_in_table(self, table: Table, tag: str, attrs: dict[str, str | None]) -> None:
        if tag == "thead":
            self.in_head = True
        elif tag == "tr":
            (table.head if self.in_head else table.body).append([])
        elif tag in {"td", "th"}:
            self.cell = _whole(attrs.get("colspan")), _whole(attrs.get("rowspan")), tag == "th"
            self.text = []
        elif tag == "br":
            self.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in UNREADABLE:
            self.unreadable = max(0, self.unreadable - 1)
        elif tag == "thead":
            self.in_head = False
        elif tag == "table":
            self.table, self.text = None, []
        elif tag in {"td", "th"} and self.table is not None and self.cell is not None:
            self._end_cell(self.table)
        elif tag == "caption" and self.table is not None:
            self.table.caption, self.text = "".join(self.text).strip(), []
        elif tag in BREAKS and self.table is None:
            self.text.append("\n")

    def _end_cell(self, table: Table) -> None:
        rows = table.head if self.in_head else table.body
        if rows and self.cell:
            rows[-1].append(Cell("".join(self.text).strip(), *self.cell))
        self.cell, self.text = None, []

    def handle_data(self, data: str) -> None:
        if not self.unreadable:
            self.text.append(data)

    def end_text(self) -> None:
        lines = (line.strip() for line in "".join(self.text).splitlines())
        text = "\n".join(line for line in lines if line)
        if text:
            self.parts.append(text)
        self.text = []


def _whole(text: str | None) -> int:
    return min(max(int(text), 1), 1000) if text and text.isdecimal() else 1


def _tidy(table: Table) -> Table:
    table.head = [row for row in table.head if any(cell.text for cell in row)]
    table.body = [row for row in table.body if row]
    _drop_plain_index(table)
    names = [cell.text for cell in table.head[-1]] if table.head else []
    counts = [not NAMING.search(name) for name in names]
    whole = [all(FLOAT_OF_WHOLE.fullmatch(text) or text in MISSING for text in column) for column in table.columns()]
    for row in table.body:
        for at, cell in enumerate(row):
            text = "" if cell.text in MISSING else cell.text
            if at < len(whole) and whole[at]:
                text = text.removesuffix(".0")
            row[at] = replace(cell, text=_separated(text) if at < len(counts) and counts[at] else text)
    return table


def _drop_plain_index(table: Table) -> None:
    """A frame's 0, 1, 2 ... in front says nothing."""
    first = [row[0] for row in table.body]
    counts_up = [cell.text for cell in first] == [str(at) for at in range(len(first))]
    unnamed = len(table.head) == 1 and table.head[0][0].text == ""
    if first and unnamed and counts_up and all(cell.is_header for cell in first):
        table.head = [row[1:] for row in table.head]
        table.body = [row[1:] for row in table.body]


def _separated(text: str) -> str:
    return f"{int(text):,}" if WHOLE.fullmatch(text) else text


def _reads_as_numbers(column: list[str]) -> bool:
    known = [text for text in column if text]
    return bool(known) and all(NUMBER.fullmatch(text) for text in known)
