"""How a notebook shows things: a chart with its table and its CSV, a sentence, a stop. What is data stays text."""

from collections.abc import Mapping
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import marimo as mo

from miyabi_dw.common.spreadsheet import csv_text
from miyabi_dw.common.text import counted

if TYPE_CHECKING:
    import pandas
    from plotly.graph_objects import Figure

Kind = Literal["neutral", "warn", "success", "info", "danger"]
PAGE_ROWS = 10
DIGITS = 4
IDENTIFIERS = ("_id", "_number", "_year")
PREFORMATTED = "margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.8rem"
NAME = "text-align: left; padding-right: 1.5rem; font-weight: 600"


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
        [mo.accordion({f"Numbers ({counted(len(table), 'row')})": _table(table)}), _csv(table, name)],
        justify="space-between", align="start", widths=[1, 0],
    )  # fmt: skip
    return mo.vstack([mo.as_html(figure), *_notes(note), below], gap=0.25)


def numbers(table: "pandas.DataFrame", name: str, note: str = "") -> mo.Html:
    """A table in sight, and as CSV."""
    return mo.vstack([_table(table), *_notes(note), mo.hstack([_csv(table, name)], justify="end")], gap=0.25)


def preformatted(text: str, kind: Kind = "neutral") -> mo.Html:
    """Text of many lines as it is."""
    return mo.callout(mo.Html(f"<pre style='{PREFORMATTED}'>{escape(text)}</pre>"), kind=kind)


def pairs(told: Mapping[str, str]) -> mo.Html:
    """Names and values, two columns."""
    rows = "".join(
        f"<tr><th style='{NAME}'>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in told.items()
    )
    return mo.Html(f"<table>{rows}</table>")


def link(name: str, query: str = "") -> str:
    """Another notebook, in markdown; where this one is served as an app the others are beside it."""
    if mo.app_meta().mode != "run":
        return f"`{name}`"
    return f"[`{name}`](../{name}/{'?' if query else ''}{query})"


def pick(table: "pandas.DataFrame", selected: list[int]) -> mo.ui.table:
    """A table whose rows can be chosen; `selected` are to begin with."""
    return _table(table, "multi", selected)


def readable(table: "pandas.DataFrame") -> "pandas.DataFrame":
    """Numbers short enough to be read and sorted as numbers, times to the second; the CSV has them in full."""
    shown = table.reset_index(drop=True)
    for name in shown.columns:
        if str(name).endswith(IDENTIFIERS):
            shown[name] = shown[name].map(_whole)
        elif _is_decimal(shown[name]):
            shown[name] = shown[name].astype("float64").round(DIGITS)
        elif str(shown[name].dtype).startswith("datetime64"):
            shown[name] = shown[name].dt.strftime("%Y-%m-%d %H:%M:%S")
    return shown.rename(columns=lambda name: str(name).replace("_", " "))


def _whole(value: Any) -> Any:
    """An identifier or a year as it is written, not as an amount."""
    return str(int(value)) if isinstance(value, int | float) and value == value else value


def _is_decimal(column: "pandas.Series[Any]") -> bool:
    known = column.dropna()
    return column.dtype == object and not known.empty and all(isinstance(value, Decimal) for value in known)


def _table(
    table: "pandas.DataFrame", selection: Literal["multi"] | None = None, selected: list[int] | None = None
) -> mo.ui.table:
    return mo.ui.table(
        readable(table), selection=selection, initial_selection=selected, page_size=PAGE_ROWS,
        show_download=False, show_data_types=False, show_column_summaries=False,
    )  # fmt: skip


def _csv(table: "pandas.DataFrame", name: str) -> mo.download:
    # utf-8 with a mark, without which a spreadsheet takes Japanese titles for something else.
    return mo.download(lambda: csv_text(table).encode("utf-8-sig"), f"{name}.csv", mimetype="text/csv", label="CSV")


def _notes(note: str) -> list[mo.Html]:
    return [mo.Html(f"<p style='color: var(--muted-foreground); margin: 0'>{escape(note)}</p>")] if note else []
