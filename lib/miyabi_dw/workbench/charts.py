"""The few kinds of chart that the notebooks draw, in one calm look: unit in the title, data never read as markup."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from miyabi_dw.common.timeframe import Month

if TYPE_CHECKING:
    import pandas
    from plotly.graph_objects import Figure

COLOURS = ("#3b6ea5", "#d08c3f", "#5b9a68", "#a65d73", "#7a6fa8", "#4a9ba5", "#b5a642", "#8a8f98")
OTHERS = "(others)"
MOST_SERIES = 7
CLASS_COLOURS = {"elite": "#2f7f5f", "high": "#8fbf7f", "medium": "#e6c35c", "low": "#c8634f"}
NAMED_COLOURS = {
    "passed": "#5b9a68", "failed": "#c8634f", "could not run": "#d08c3f", "succeeded": "#5b9a68", "lost": "#a65d73",
    "cancelled": "#8a8f98", "skipped": "#8a8f98", "running": "#3b6ea5", "critical": "#c8634f", "warning": "#d08c3f",
    "info": "#3b6ea5", "inserted": "#5b9a68", "updated": "#3b6ea5", "unchanged": "#c3c8cf", "quarantined": "#c8634f",
}  # fmt: skip
GRID = "rgba(128,128,128,0.18)"
HEIGHT, BAR_HEIGHT, ABOVE_AND_BELOW = 320, 26, 130
FULL_OF_BARS = 12
MOST_TICKS, FEW_DAYS = 9, 6
# Beyond this many times between the smallest and the largest, only a logarithmic axis shows both.
WIDE_RANGE = 1_000


def bars(frame: "pandas.DataFrame", x: str, y: str, title: str, unit: str, *, by: str | None = None) -> "Figure":
    """Bars, stacked by `by`; of many series the largest are told apart. Side by side where only logarithms show all."""
    from plotly import graph_objects as go

    figure = go.Figure()
    drawn = drawable(frame, y)
    for at, (name, part) in enumerate(_series(drawn, x, y, by)):
        figure.add_bar(x=part[x], y=part[y], name=name, marker_color=_colour(name, at))
    log = spans_far(drawn.groupby(x)[y].sum())
    # A few bars stay as slim as many.
    gap = max(0.2, 1 - frame[x].nunique() / FULL_OF_BARS)
    figure.update_layout(barmode="group" if log else "stack", bargap=gap)
    return styled(figure, title, unit, frame[x], log=log)


def ranked(
    frame: "pandas.DataFrame", name: str, measure: str, title: str, unit: str, *, by: str | None = None
) -> "Figure":
    """Lying bars in the order of the rows, for names that are too long to stand side by side."""
    from plotly import graph_objects as go

    figure = go.Figure()
    drawn = drawable(frame, measure)
    for at, (part_name, part) in enumerate(drawn.groupby(by, sort=False) if by else [(measure, drawn)]):
        label = str(part_name)
        figure.add_bar(x=part[measure], y=part[name], name=label, orientation="h", marker_color=_colour(label, at))
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
            x=drawn[x], y=drawn[column], name=name, mode="lines+markers", line_color=COLOURS[at % len(COLOURS)]
        )
    figure.update_yaxes(rangemode="tozero", tickformat=".0%" if percent else None)
    return styled(figure, title, unit, frame[x])


def lines_by(frame: "pandas.DataFrame", x: str, y: str, by: str, title: str, unit: str) -> "Figure":
    """One line a value of `by`, of many those that stand for most of the rows given."""
    from plotly import graph_objects as go

    figure = go.Figure()
    drawn = drawable(frame.dropna(subset=y), y)
    leading = drawn[by].value_counts().index[:MOST_SERIES]
    for at, name in enumerate(leading):
        part = drawn[drawn[by] == name].sort_values(x)
        figure.add_scatter(x=part[x], y=part[y], name=str(name), mode="lines+markers", line_color=COLOURS[at])
    figure.update_yaxes(rangemode="tozero")
    return styled(figure, title, unit, frame[x], log=spans_far(drawn[y]))


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
    return styled(figure, "DORA class by period", "", frame["period_start"])


def banded(history: "pandas.DataFrame", future: "pandas.DataFrame", title: str, unit: str) -> "Figure":
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
    months = [*history["month"], *future["month"]]
    return styled(figure, title, unit, months, log=spans_far(history["value"]) and history["value"].min() > 0)


def running(figure: "Figure", months: Iterable[date], last_day: date) -> "Figure":
    """Says over the month that is not over at `last_day`, if it is one of these, that it is running."""
    for month in {month for month in months if Month.of(month).last > last_day}:
        figure.add_annotation(
            x=month, y=1, yref="paper", yanchor="bottom", text="running", showarrow=False, font={"size": 11}
        )
    return figure


def spans_far(values: "pandas.Series[Any]") -> bool:
    """Whether the smallest and the largest would not both be seen on a plain axis."""
    above = values[values > 0]
    return bool(len(above) and above.max() > WIDE_RANGE * above.min())


def styled(figure: "Figure", title: str, unit: str, x: Iterable[Any] = (), *, log: bool = False) -> "Figure":
    """The look that all charts share."""
    figure.update_layout(
        template="simple_white", height=HEIGHT, colorway=COLOURS, hovermode="closest",
        title={"text": title, "x": 0, "xanchor": "left", "font": {"size": 15}},
        margin={"l": 60, "r": 16, "t": 44, "b": 36}, font={"family": "inherit", "size": 12},
        legend={"orientation": "h", "y": -0.14, "yanchor": "top", "x": 0},
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    named = f"{unit}, logarithmic" if log else unit
    figure.update_yaxes(title_text=named, showgrid=True, gridcolor=GRID)
    if log:
        figure.update_yaxes(type="log", dtick=1, rangemode="normal")
    days = {day for day in x if isinstance(day, date) and not isinstance(day, datetime)}
    are_months = all(day.day == 1 for day in days)
    # Left to itself the axis would count the hours of a day, and the days between two months.
    if days and len(days) < FEW_DAYS:
        figure.update_xaxes(tickvals=sorted(days), tickformat="%b %Y" if are_months else "%d %b %Y")
    elif days and are_months:
        figure.update_xaxes(tickformat="%b %Y", dtick=f"M{1 + len(days) // MOST_TICKS}", tick0="2000-01-01")
    return figure


def drawable(frame: "pandas.DataFrame", *measures: str) -> "pandas.DataFrame":
    """The measures as floats, which is precise enough for a picture; texts without markup that plotly would obey."""
    drawn = frame.astype(dict.fromkeys(measures, "float64"))
    for name in drawn.columns.difference(list(measures)):
        if drawn[name].dtype == object or str(drawn[name].dtype) in ("str", "string"):
            drawn[name] = drawn[name].map(_plain)
    return drawn


def _colour(name: str, at: int) -> str:
    """What means something has its colour everywhere."""
    return NAMED_COLOURS.get(name, COLOURS[at % len(COLOURS)])


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
