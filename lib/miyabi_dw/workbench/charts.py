"""The few kinds of chart that the notebooks draw, in one calm look: unit in the title, data never read as markup."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas
    from plotly.graph_objects import Figure

COLOURS = ("#3b6ea5", "#d08c3f", "#5b9a68", "#a65d73", "#7a6fa8", "#4a9ba5", "#b5a642", "#8a8f98")
OTHERS = "(others)"
MOST_SERIES = 7
CLASS_COLOURS = {"elite": "#2f7f5f", "high": "#8fbf7f", "medium": "#e6c35c", "low": "#c8634f"}
HEIGHT = 320


def bars(
    frame: "pandas.DataFrame", x: str, y: str, title: str, unit: str, *, by: str | None = None, log: bool = False
) -> "Figure":
    """Bars, stacked by `by`; of many series the largest are told apart."""
    from plotly import graph_objects as go

    figure = go.Figure()
    drawn = drawable(frame, y)
    for at, (name, part) in enumerate(_series(drawn, x, y, by)):
        figure.add_bar(x=part[x], y=part[y], name=name, marker_color=COLOURS[at % len(COLOURS)])
    figure.update_layout(barmode="group" if log else "stack")
    return styled(figure, title, unit, log=log)


def lines(
    frame: "pandas.DataFrame", x: str, measures: Mapping[str, str], title: str, unit: str, *, percent: bool = False
) -> "Figure":
    """One line a measure, named as the mapping says; a gap where a value is not known."""
    from plotly import graph_objects as go

    figure = go.Figure()
    drawn = drawable(frame, *measures)
    for at, (column, name) in enumerate(measures.items()):
        figure.add_scatter(
            x=drawn[x], y=drawn[column], name=name, mode="lines+markers", line_color=COLOURS[at % len(COLOURS)]
        )
    figure.update_yaxes(rangemode="tozero", tickformat=".0%" if percent else None)
    return styled(figure, title, unit)


def lines_by(frame: "pandas.DataFrame", x: str, y: str, by: str, title: str, unit: str) -> "Figure":
    """One line a value of `by`, of many those that stand for most of the rows given."""
    from plotly import graph_objects as go

    figure = go.Figure()
    drawn = drawable(frame, y)
    leading = drawn[by].value_counts().index[:MOST_SERIES]
    for at, name in enumerate(leading):
        part = drawn[drawn[by] == name].sort_values(x)
        figure.add_scatter(x=part[x], y=part[y], name=str(name), mode="lines+markers", line_color=COLOURS[at])
    figure.update_yaxes(rangemode="tozero")
    return styled(figure, title, unit)


def classes(frame: "pandas.DataFrame") -> "Figure":
    """A square a period and metric, coloured by DORA's class."""
    from plotly import graph_objects as go

    figure = go.Figure()
    for name, colour in CLASS_COLOURS.items():
        part = frame[frame["class"] == name]
        figure.add_scatter(
            x=part["period_start"], y=part["metric"].str.replace("_", " "), name=name, mode="markers",
            marker={"color": colour, "symbol": "square", "size": 14},
        )  # fmt: skip
    figure.update_yaxes(autorange="reversed", automargin=True)
    return styled(figure, "DORA class by period", "")


def banded(
    history: "pandas.DataFrame", future: "pandas.DataFrame", title: str, unit: str, *, log: bool = False
) -> "Figure":
    """What was, and what is expected with its band; columns month, value and month, expected, low, high."""
    from plotly import graph_objects as go

    figure = go.Figure()
    edge = {"mode": "lines", "line_width": 0, "hoverinfo": "skip"}
    figure.add_scatter(x=future["month"], y=future["high"], showlegend=False, **edge)
    figure.add_scatter(
        x=future["month"], y=future["low"], name="band: four in five", fill="tonexty",
        fillcolor="rgba(208, 140, 63, 0.22)", **edge,
    )  # fmt: skip
    figure.add_scatter(
        x=history["month"], y=history["value"], name="so far", mode="lines+markers", line_color=COLOURS[0]
    )
    figure.add_scatter(
        x=future["month"], y=future["expected"], name="expected", mode="lines+markers",
        line={"color": COLOURS[1], "dash": "dot"},
    )  # fmt: skip
    return styled(figure, title, unit, log=log)


def styled(figure: "Figure", title: str, unit: str, *, log: bool = False) -> "Figure":
    """The look that all charts share."""
    figure.update_layout(
        template="simple_white", height=HEIGHT, colorway=COLOURS, hovermode="closest",
        title={"text": title, "x": 0, "xanchor": "left", "font": {"size": 15}},
        margin={"l": 60, "r": 16, "t": 44, "b": 36}, font={"family": "inherit", "size": 12},
        legend={"orientation": "h", "y": -0.14, "yanchor": "top", "x": 0},
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    figure.update_yaxes(title_text=unit, showgrid=True, gridcolor="rgba(128,128,128,0.18)")
    if log:
        figure.update_yaxes(type="log", dtick=1)
    return figure


def drawable(frame: "pandas.DataFrame", *measures: str) -> "pandas.DataFrame":
    """The measures as floats, which is precise enough for a picture; texts without markup that plotly would obey."""
    drawn = frame.astype(dict.fromkeys(measures, "float64"))
    for name in drawn.columns.difference(list(measures)):
        if drawn[name].dtype == object or str(drawn[name].dtype) in ("str", "string"):
            drawn[name] = drawn[name].map(_plain)
    return drawn


def _plain(value: Any) -> Any:
    return value.replace("&", "&amp;").replace("<", "&lt;") if isinstance(value, str) else value


def _series(frame: "pandas.DataFrame", x: str, y: str, by: str | None) -> list[tuple[str, "pandas.DataFrame"]]:
    """The frame by its leading names, the rest summed up, largest first."""
    if by is None:
        return [(y, frame)]
    totals = frame.groupby(by)[y].sum().sort_values(ascending=False)
    leading = set(totals.index[:MOST_SERIES])
    named = frame.assign(**{by: frame[by].where(frame[by].isin(leading), OTHERS)})
    summed = named.groupby([x, by], as_index=False)[y].sum(min_count=1)
    order = [name for name in (*totals.index[:MOST_SERIES], OTHERS) if name in set(summed[by])]
    return [(str(name), summed[summed[by] == name]) for name in order]
