"""What a job's notebook shows, as data: its page draws it, any other viewer has it as a table. Imports nothing of ours.

Numbers and times are written by whoever makes these; words in `backticks` are set as code.
"""

import html
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal, get_args

MIME = "application/vnd.miyabi-dw.display+json"

# How bad something is, for colour and mark; the words stand beside it.
Tone = Literal["good", "warn", "bad", "busy", "idle"]
Kind = Literal["text", "number", "code", "state", "command"]
TableRows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Shown(ABC):
    """One thing on a page."""

    kind: ClassVar[str]

    @abstractmethod
    def tables(self) -> Iterator[tuple[str, Sequence[str], TableRows]]:
        """The same as plain tables: a caption, the head, the rows."""

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        told = {"kind": self.kind, **asdict(self)}
        return {MIME: json.loads(json.dumps(told)), "text/html": self._html(), "text/plain": self._text()}

    def _html(self) -> str:
        return "".join(_html_table(*table) for table in self.tables())

    def _text(self) -> str:
        lines = [line for caption, head, rows in self.tables() for line in ([caption], head, *rows)]
        return "\n".join(" | ".join(line) for line in lines if any(line))


@dataclass(frozen=True)
class Tile:
    """A number with its unit; `note` says in small what it belongs to."""

    label: str
    value: str
    unit: str = ""
    note: str = ""
    tone: Tone | Literal[""] = ""


@dataclass(frozen=True)
class Tiles(Shown):
    kind: ClassVar[str] = "tiles"
    tiles: tuple[Tile, ...]

    def tables(self) -> Iterator[tuple[str, Sequence[str], TableRows]]:
        yield "", (), [(one.label, f"{one.value} {one.unit}".strip(), one.note) for one in self.tiles]


@dataclass(frozen=True)
class Column:
    """A state is written `tone:word`."""

    name: str
    kind: Kind = "text"


def columns(*names: str) -> tuple[Column, ...]:
    """Each as `name` or `name|kind`."""
    return tuple(_column(*name.split("|")) for name in names)


def _column(name: str, kind: Any = "text") -> Column:
    return Column(name, kind)


@dataclass(frozen=True)
class Grid(Shown):
    """Rows under named columns; without rows the sentence `empty`. A `folded` one is opened by its caption."""

    kind: ClassVar[str] = "grid"
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str = "Nothing."
    caption: str = ""
    folded: bool = False

    def tables(self) -> Iterator[tuple[str, Sequence[str], TableRows]]:
        if self.rows:
            yield self.caption, [column.name for column in self.columns], [[*map(_word, row)] for row in self.rows]
        else:
            yield "", (), [(self.empty,)]


@dataclass(frozen=True)
class Sentences(Shown):
    kind: ClassVar[str] = "sentences"
    sentences: tuple[str, ...]

    def tables(self) -> Iterator[tuple[str, Sequence[str], TableRows]]:
        yield "", (), [(sentence,) for sentence in self.sentences]


@dataclass(frozen=True)
class Commands(Shown):
    """What to type, each with what for."""

    kind: ClassVar[str] = "commands"
    commands: tuple[tuple[str, str], ...]

    def tables(self) -> Iterator[tuple[str, Sequence[str], TableRows]]:
        yield "", (), self.commands


@dataclass(frozen=True)
class Texts(Shown):
    """Long texts, such as plans, each opened by its title."""

    kind: ClassVar[str] = "texts"
    texts: tuple[tuple[str, str], ...]

    def tables(self) -> Iterator[tuple[str, Sequence[str], TableRows]]:
        yield "", (), self.texts


@dataclass(frozen=True)
class Series:
    """A value for each label, null where there is none; `told` are the same as people read them."""

    name: str
    values: tuple[float | None, ...]
    told: tuple[str, ...]


@dataclass(frozen=True)
class Limits:
    """From where to where it is normal, and beyond what it raises an alert; `told` names each as people read it."""

    normal_min: float | None = None
    normal_max: float | None = None
    alert_min: float | None = None
    alert_max: float | None = None
    told: str = ""


@dataclass(frozen=True)
class Chart(Shown):
    """Bars upon each other, or one line, over labels such as days; `quiet` are labels of days off."""

    kind: ClassVar[str] = "chart"
    title: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    shape: Literal["bars", "line"] = "bars"
    limits: Limits = Limits()
    quiet: tuple[str, ...] = ()
    note: str = ""

    def tables(self) -> Iterator[tuple[str, Sequence[str], TableRows]]:
        rows = list(zip(self.labels, *(one.told for one in self.series), strict=True))
        yield f"{self.title}, {self.unit}", ("", *(one.name for one in self.series)), rows


@dataclass(frozen=True)
class Charts(Shown):
    """Small ones beside each other."""

    kind: ClassVar[str] = "charts"
    charts: tuple[Chart, ...]

    def tables(self) -> Iterator[tuple[str, Sequence[str], TableRows]]:
        for chart in self.charts:
            yield from chart.tables()


def _chart(told: Mapping[str, Any]) -> Chart:
    series = tuple(Series(one["name"], tuple(one["values"]), tuple(one["told"])) for one in told["series"])
    labels, quiet = tuple(told["labels"]), tuple(told["quiet"])
    limits = Limits(**told["limits"])
    return Chart(told["title"], told["unit"], labels, series, told["shape"], limits, quiet, told["note"])


def _grid(told: Mapping[str, Any]) -> Grid:
    rows = tuple(tuple(row) for row in told["rows"])
    columns = tuple(Column(**column) for column in told["columns"])
    return Grid(columns, rows, told["empty"], told["caption"], told["folded"])


READERS: Mapping[str, Callable[[Mapping[str, Any]], Shown]] = {
    "tiles": lambda told: Tiles(tuple(Tile(**tile) for tile in told["tiles"])),
    "grid": _grid,
    "sentences": lambda told: Sentences(tuple(told["sentences"])),
    "commands": lambda told: Commands(tuple(tuple(each) for each in told["commands"])),
    "texts": lambda told: Texts(tuple(tuple(each) for each in told["texts"])),
    "chart": _chart,
    "charts": lambda told: Charts(tuple(_chart(chart) for chart in told["charts"])),
}


def read(told: object) -> Shown | None:
    """What a notebook stored; None where it is no such thing, as another version may have written it."""
    try:
        return READERS[told["kind"]](told)  # type: ignore[index,arg-type]
    except (KeyError, TypeError, ValueError):
        return None


def _word(cell: str) -> str:
    """A state without the tone that colours it."""
    tone, separator, word = cell.partition(":")
    return word if separator and tone in get_args(Tone) else cell


def _html_table(caption: str, head: Sequence[str], rows: TableRows) -> str:
    parts = [f"<caption>{html.escape(caption)}</caption>"] if caption else []
    parts += [f"<thead>{_row('th', head)}</thead>"] if head else []
    return f"<table>{''.join(parts)}<tbody>{''.join(_row('td', row) for row in rows)}</tbody></table>"


def _row(tag: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"
