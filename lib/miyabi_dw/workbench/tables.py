"""Tables of an app: few rows as the reports show them, many with pages, a search and an order."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import marimo as mo
from markupsafe import Markup

from miyabi_dw.workbench.written import heading, writer

if TYPE_CHECKING:
    import pandas

# A table of so few rows is shown whole, one of more has pages.
PAGE_ROWS = 10
WHOLE = Markup(
    '<div class="dw-table" tabindex="0" role="region" aria-label="Table">'
    "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
)
ROW, RIGHT, LEFT = Markup("<tr>{}</tr>"), Markup(' class="n"'), Markup("")
LINK = Markup('<a href="{}" rel="noreferrer">{}</a>')
HEADING, VALUE = Markup('<th scope="col"{}>{}</th>'), Markup("<td{}>{}</td>")


def shown(table: "pandas.DataFrame") -> mo.Html:
    """The table in words; the CSV beside it has everything in full."""
    return html(_whole(table)) if len(table) <= PAGE_ROWS else paged(table)


def html(markup: Markup) -> mo.Html:
    """marimo's messages take plain text alone, and markup is a kind of text."""
    return mo.Html(str(markup))


def paged(
    table: "pandas.DataFrame", selection: Literal["multi"] | None = None, selected: list[int] | None = None
) -> mo.ui.table:
    """Its columns are named in words; with a `selection` rows can be chosen."""
    return mo.ui.table(
        _sortable(table), selection=selection, initial_selection=selected, page_size=PAGE_ROWS,
        format_mapping={heading(str(name)): writer(str(name)) for name in table.columns},
        show_download=False, show_data_types=False, show_column_summaries=False,
    )  # fmt: skip


def _sortable(table: "pandas.DataFrame") -> "pandas.DataFrame":
    """Decimals as numbers, so that they are sorted as such."""
    sortable = table.reset_index(drop=True)
    for name in sortable.columns:
        if sortable[name].dtype == object and _are(sortable[name], Decimal):
            sortable[name] = sortable[name].astype("float64")
    return sortable.rename(columns=lambda name: heading(str(name)))


def _whole(table: "pandas.DataFrame") -> Markup:
    columns = [_column(str(name), table[name]) for name in table.columns]
    head = Markup("").join(HEADING.format(place, name) for place, name, _ in columns)
    rows = (
        ROW.format(Markup("").join(VALUE.format(place, values[at]) for place, _, values in columns))
        for at in range(len(table))
    )
    return WHOLE.format(head, Markup("").join(rows))


def _column(name: str, column: "pandas.Series[Any]") -> tuple[Markup, str, list[str]]:
    """Where it stands, its heading and its values, as they are written."""
    write = writer(name)
    is_number = _are(column, int, float, Decimal) and not _are(column, bool)
    return RIGHT if is_number else LEFT, heading(name), [_linked(write(value)) for value in column]


def _linked(text: str) -> str:
    return LINK.format(text, text) if text.startswith("https://") else text


def _are(column: "pandas.Series[Any]", *kinds: type) -> bool:
    """Whether it has values, and all that are known are of these kinds."""
    known = column.dropna()
    return bool(len(known)) and all(isinstance(value, kinds) for value in known)
