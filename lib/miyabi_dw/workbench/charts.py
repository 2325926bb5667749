"""The few kinds of chart that the notebooks draw, in one calm look: linear axes with their unit, data never markup."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from miyabi_dw.common.timeframe import Month
from miyabi_dw.workbench.colours import OF_CLASSES, SERIES, colour_of, told_apart

if TYPE_CHECKING:
    import pandas
    from plotly.graph_objects import Figure

OTHERS = "(others)"
MOST_SERIES = 7
GRID = "rgba(128,128,128,0.18)"
HEIGHT, BAR_HEIGHT, ABOVE_AND_BELOW = 320, 26, 130
FULL_OF_BARS = 12
MOST_TICKS, FEW_DAYS = 9, 6
# As the pages have it: plotly measures its words before the page dresses them.
SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif'


def bars(frame: "pandas.DataFrame", x: str, y: str, title: str, unit: str, *, by: str | None = None) -> "Figure":
    """Bars, stacked by `by`; of many series the largest are told apart."""
    from plotly import graph_objects as go

    figure = go.Figure()
    parts = dict(_series(drawable(frame, y), x, y, by))
    for name, colour, is_repeated in told_apart(parts):
        marker = {"color": colour if by else SERIES[0], "pattern": {"shape": "/" if is_repeated else ""}}
        figure.add_bar(x=parts[name][x], y=parts[name][y], name=name, marker=marker)
    # A few bars stay as slim as many.
    gap = max(0.2, 1 - frame[x].nunique() / FULL_OF_BARS)
    figure.update_layout(barmode="stack", bargap=gap, showlegend=by is not None)
    return styled(figure, title, unit, frame[x])


def ranked(
    frame: "pandas.DataFrame", name: str, measure: str, title: str, unit: str, *, by: str | None = None
) -> "Figure":
    """Lying bars in the order of the rows, for names that are too long to stand side by side."""
    from plotly import graph_objects as go

    figure = go.Figure()
    drawn = drawable(frame, measure)
    for part_name, part in drawn.groupby(by, sort=False) if by else [(measure, drawn)]:
        colour = colour_of(str(part_name)) if by else SERIES[0]
        figure.add_bar(x=part[measure], y=part[name], name=str(part_name), orientation="h", marker_color=colour)
    styled(figure, title, "")
    height = ABOVE_AND_BELOW + BAR_HEIGHT * frame[name].nunique()
    figure.update_layout(barmode="stack", bargap=0.3, height=height, legend_y=-60 / height)
    figure.update_yaxes(automargin=True, categoryorder="array", categoryarray=list(drawn[name])[::-1], showgrid=False)
    figure.update_xaxes(title_text=unit, showgrid=True, gridcolor=GRID)
    return figure


def lines(
    frame: "pandas.DataFrame", x: str, measures: Mapping[str, str], title: str, unit: str, *, percent: bool = False
) -> "Figure":
    """One line a measure, named as the mapping says; a gap where a value is not known."""
    from plotly import graph_objects as go

    figure = go.Figure()
    drawn = drawable(frame, *measures)
    for at, (column, name) in enumerate(measures.items()):
        figure.add_scatter(
            x=drawn[x], y=drawn[column], name=name, mode="lines+markers", line_color=SERIES[at % len(SERIES)]
        )
    figure.update_yaxes(rangemode="tozero", tickformat=".0%" if percent else None)
    return styled(figure, title, unit, frame[x])


def lines_by(frame: "pandas.DataFrame", x: str, y: str, by: str, title: str, unit: str) -> "Figure":
    """One line a value of `by`, of many those that stand for most of the rows given."""
    from plotly import graph_objects as go

    figure = go.Figure()
    drawn = drawable(frame.dropna(subset=y), y)
    leading = drawn[by].value_counts().index[:MOST_SERIES]
    for name, colour, is_repeated in told_apart(map(str, leading)):
        part = drawn[drawn[by] == name].sort_values(x)
        line = {"color": colour, "dash": "dot" if is_repeated else "solid"}
        figure.add_scatter(x=part[x], y=part[y], name=name, mode="lines+markers", line=line)
    figure.update_layout(showlegend=True)
    figure.update_yaxes(rangemode="tozero")
    return styled(figure, title, unit, frame[x])


def classes(frame: "pandas.DataFrame") -> "Figure":
    """A square a period and metric, with letter and colour of DORA's class; column label names the metric."""
    from plotly import graph_objects as go

    figure = go.Figure()
    for name, colour in OF_CLASSES.items():
        part = frame[frame["class"] == name]
        figure.add_scatter(
            x=part["period_start"], y=part["label"], name=f"{name[0].upper()} {name}", mode="markers+text",
            text=[name[0].upper()] * len(part), textfont={"color": "white", "size": 11},
            marker={"color": colour, "symbol": "square", "size": 18},
        )  # fmt: skip
    figure.update_yaxes(autorange="reversed", automargin=True)
    return styled(figure, "DORA class by period", "", frame["period_start"])


def banded(history: "pandas.DataFrame", future: "pandas.DataFrame", title: str, unit: str) -> "Figure":
    """What was, and what is expected with its band; columns month, value and month, expected, low, high."""
    from plotly import graph_objects as go

    figure = go.Figure()
    edge = {"mode": "lines", "line_width": 0, "hoverinfo": "skip"}
    figure.add_scatter(x=future["month"], y=future["high"], showlegend=False, **edge)
    figure.add_scatter(
        x=future["month"], y=future["low"], name="band: four in five", fill="tonexty",
        fillcolor="rgba(185, 111, 20, 0.22)", **edge,
    )  # fmt: skip
    figure.add_scatter(
        x=history["month"], y=history["value"], name="so far", mode="lines+markers", line_color=SERIES[0]
    )
    figure.add_scatter(
        x=future["month"], y=future["expected"], name="expected", mode="lines+markers",
        line={"color": SERIES[1], "dash": "dot"},
    )  # fmt: skip
    months = [*history["month"], *future["month"]]
    figure.update_yaxes(rangemode="tozero")
    return styled(figure, title, unit, months)


def running(figure: "Figure", months: Iterable[date], last_day: date) -> "Figure":
    """Says over the month that is not over at `last_day`, if it is one of these, that it is running."""
    for month in {month for month in months if Month.of(month).last > last_day}:
        figure.add_annotation(
            x=month, y=1, yref="paper", yanchor="bottom", text="running", showarrow=False, font={"size": 11}
        )
    return figure


def styled(figure: "Figure", title: str, unit: str, x: Iterable[Any] = ()) -> "Figure":
    """The look that all charts share."""
    figure.update_layout(
        template="simple_white", height=HEIGHT, colorway=SERIES, hovermode="closest",
        title={"text": title, "x": 0, "xanchor": "left", "font": {"size": 15}},
        margin={"l": 60, "r": 16, "t": 44, "b": 36}, font={"family": SANS, "size": 12},
        legend={"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0},
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    figure.update_yaxes(title_text=unit, showgrid=True, gridcolor=GRID, separatethousands=True)
    days = {day for day in x if isinstance(day, date) and not isinstance(day, datetime)}
    are_months = all(day.day == 1 for day in days)
    # Left to itself the axis would count the hours of a day, and the days between two months.
    if days and len(days) < FEW_DAYS:
        figure.update_xaxes(tickvals=sorted(days), tickformat="%b %Y" if are_months else "%-d %b %Y")
    elif days and are_months:
        figure.update_xaxes(tickformat="%b %Y", dtick=f"M{1 + len(days) // MOST_TICKS}", tick0="2000-01-01")
    elif days:
        figure.update_xaxes(tickformat="%-d %b\n%Y")
    return figure


def drawable(frame: "pandas.DataFrame", *measures: str) -> "pandas.DataFrame":
    """The measures as floats, which is precise enough for a picture; texts without markup that plotly would obey."""
    drawn = frame.astype(dict.fromkeys(measures, "float64"))
    for name in drawn.columns.difference(list(measures)):
        if drawn[name].dtype == object or str(drawn[name].dtype) in ("str", "string"):
            drawn[name] = drawn[name].map(plain)
    return drawn


def plain(value: Any) -> Any:
    """A text without markup that plotly would obey; anything else as it is."""
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
