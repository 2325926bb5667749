"""How a notebook shows things: a chart with its table and its CSV, a sentence, a stop. What is data stays text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal, NoReturn

import marimo as mo
from markupsafe import Markup

from miyabi_dw.common.display import Tone
from miyabi_dw.common.spreadsheet import csv_text
from miyabi_dw.common.text import counted
from miyabi_dw.workbench import tables
from miyabi_dw.workbench.tables import html

if TYPE_CHECKING:
    import pandas
    from plotly.graph_objects import Figure

Kind = Literal["neutral", "warn", "success", "info", "danger"]
ANSWER = Markup('<section class="dw-answer {}" aria-label="The answer"><p class="sentence">{}</p>{}</section>')
PAIR = Markup("<tr><th>{}</th><td>{}</td></tr>")
DOUBTS, DOUBT = Markup("<ul>{}</ul>"), Markup("<li>{}</li>")
PREFORMATTED = "margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.8rem"


@dataclass(frozen=True)
class Answer:
    """The question of an app answered: a sentence with its figures, and what one must know to believe them."""

    sentence: str
    doubts: tuple[str, ...] = ()
    tone: Tone = "idle"

    def view(self) -> mo.Html:
        doubts = Markup("").join(DOUBT.format(each) for each in self.doubts if each)
        below = DOUBTS.format(doubts) if doubts else ""
        return html(ANSWER.format(self.tone, self.sentence, below))


def notice(text: str, kind: Kind = "neutral") -> mo.Html:
    """A sentence in a box; nothing in it is read as markup."""
    return mo.callout(mo.Html(f"<span>{escape(text)}</span>"), kind=kind)


def halt(text: str, kind: Kind = "neutral") -> NoReturn:
    """Ends the cell and those that need it, with a sentence in place of what they would have shown."""
    mo.stop(True, notice(text, kind))
    raise AssertionError(text)


def show(figure: "Figure", table: "pandas.DataFrame", name: str, note: str = "") -> mo.Html:
    """A chart, below it its numbers folded away and as CSV."""
    below = mo.hstack(
        [mo.accordion({f"Numbers ({counted(len(table), 'row')})": tables.shown(table)}), _csv(table, name)],
        justify="space-between", align="start", widths=[1, 0],
    )  # fmt: skip
    return mo.vstack([mo.as_html(figure), *_notes(note), below], gap=0.25)


def numbers(table: "pandas.DataFrame", name: str, note: str = "") -> mo.Html:
    """A table in sight, and as CSV."""
    return mo.vstack([tables.shown(table), *_notes(note), mo.hstack([_csv(table, name)], justify="end")], gap=0.25)


def preformatted(text: str, kind: Kind = "neutral") -> mo.Html:
    """Text of many lines as it is."""
    return mo.callout(mo.Html(f"<pre style='{PREFORMATTED}'>{escape(text)}</pre>"), kind=kind)


def pairs(told: Mapping[str, str]) -> mo.Html:
    """Names and values, two columns."""
    rows = Markup("").join(PAIR.format(*each) for each in told.items())
    return html(Markup('<table class="dw-pairs">{}</table>').format(rows))


def remarks(sentences: Sequence[str]) -> mo.Html:
    """What was wrong with what the address asks for, one line each."""
    shown = Markup("").join(Markup('<p class="dw-remark" role="status">{}</p>').format(each) for each in sentences)
    return html(Markup("<div>{}</div>").format(shown))


def demonstration(text: str) -> mo.Html:
    """That what is shown is not real, or not now."""
    return html(Markup('<p class="dw-demonstration">{}</p>').format(text))


def link(name: str, query: str = "") -> str:
    """Another notebook, in markdown; where this one is served as an app the others are beside it."""
    if mo.app_meta().mode != "run":
        return f"`{name}`"
    return f"[`{name}`](../{name}/{'?' if query else ''}{query})"


def pick(table: "pandas.DataFrame", selected: list[int]) -> mo.ui.table:
    """A table whose rows can be chosen; `selected` are to begin with."""
    return tables.paged(table, "multi", selected)


def _csv(table: "pandas.DataFrame", name: str) -> mo.download:
    # utf-8 with a mark, without which a spreadsheet takes Japanese titles for something else.
    return mo.download(lambda: csv_text(table).encode("utf-8-sig"), f"{name}.csv", mimetype="text/csv", label="CSV")


def _notes(note: str) -> list[mo.Html]:
    return [html(Markup('<p class="dw-note">{}</p>').format(note))] if note else []
