"""The geometry of a small chart: where bars, line, and limits lie in a box of 100 units height, 10 a label.

A limit far beyond the data is named and not drawn: the data would be a stripe at the bottom.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from miyabi_dw.common.display import Chart, Limits, Series
from miyabi_dw.common.text import listed

HEIGHT, STEP, BAR = 100.0, 10.0, 7.0
# How far above the data's highest value a limit may lie and still be drawn.
REACH = 1.6
# A line so near to the bottom is taken for the axis.
NEAR = 0.05
TICK_STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    height: float
    series: int
    is_quiet: bool
    told: str


@dataclass(frozen=True)
class Band:
    """What is normal, from edge to edge of what is drawn."""

    y: float
    height: float


@dataclass(frozen=True)
class Drawn:
    """`ticks` are the y axis from top to bottom, `ends` the x axis from left to right, `line` is the path of a line."""

    chart: Chart
    width: float
    ticks: tuple[str, ...]
    ends: tuple[str, ...]
    bars: tuple[Bar, ...]
    line: str
    dots: str
    band: Band | None
    alerts: tuple[float, ...]
    sentence: str
    limits: str


def drawn(chart: Chart) -> Drawn:
    """The chart with its places; also without a single value."""
    low, high = _range(chart)
    bars = tuple(_bars(chart, high)) if chart.shape == "bars" else ()
    line, dots = _line(chart.series[0], low, high) if chart.shape == "line" else ("", "")
    return Drawn(
        chart,
        max(len(chart.labels), 1) * STEP,
        tuple(_short(value) for value in (high, (high + low) / 2, low)),
        _ends(chart.labels),
        bars,
        line,
        dots,
        _band(chart.limits, low, high),
        tuple(_y(edge, low, high) for edge in _alerts(chart.limits) if low + NEAR * (high - low) < edge <= high),
        _sentence(chart),
        _limits(chart, low, high),
    )


def _totals(chart: Chart) -> list[float]:
    """The highest point of each label that has one."""
    columns = zip(*(one.values for one in chart.series), strict=True)
    known = [[value for value in column if value is not None] for column in columns]
    return [sum(column) for column in known if column]


def _range(chart: Chart) -> tuple[float, float]:
    """Bars stand on zero; a line of values close to each other is shown close up."""
    totals = _totals(chart)
    top = max(totals, default=0.0)
    edges = [edge for edge in _edges(chart.limits) if top < edge <= top * REACH]
    low = 0.0
    if chart.shape == "line" and totals and top * 0.8 < min(totals) < top:
        low = _floor(min(totals + [edge for edge in _edges(chart.limits) if top * 0.8 < edge < top]))
    return low, max(_ceiling(max([top, *edges]) or 1.0), low + 1e-9)


def _edges(limits: Limits) -> list[float]:
    normal = [edge for edge in (limits.normal_min, limits.normal_max) if edge is not None]
    return normal + _alerts(limits)


def _alerts(limits: Limits) -> list[float]:
    return [edge for edge in (limits.alert_min, limits.alert_max) if edge is not None]


def _ceiling(value: float) -> float:
    """The next round number."""
    scale = 10.0 ** math.floor(math.log10(value))
    return next(step * scale for step in TICK_STEPS if step * scale >= value * 0.999)


def _floor(value: float) -> float:
    scale = 10.0 ** math.floor(math.log10(value)) / 10
    return math.floor(value / scale - 1) * scale


def _y(value: float, low: float, high: float) -> float:
    return round(HEIGHT * (1 - (value - low) / (high - low)), 2)


def _bars(chart: Chart, high: float) -> Iterator[Bar]:
    for at, label in enumerate(chart.labels):
        below = 0.0
        for number, one in enumerate(chart.series, start=1):
            value = one.values[at]
            if not value:
                continue
            top, bottom = _y(below + value, 0, high), _y(below, 0, high)
            told = f"{label}: {one.told[at]}{f' {one.name}' if len(chart.series) > 1 else ''}"
            x = round(at * STEP + (STEP - BAR) / 2, 2)
            yield Bar(x, top, round(max(bottom - top, 0.6), 2), number, label in chart.quiet, told)
            below += value


def _line(series: Series, low: float, high: float) -> tuple[str, str]:
    """The path through the values, broken where one is missing; and a dot for each."""
    parts, dots = [], []
    before = None
    for at, value in enumerate(series.values):
        if value is not None:
            place = f"{at * STEP + STEP / 2:g} {_y(value, low, high):g}"
            parts.append(f"{'M' if before is None else 'L'}{place}")
            dots.append(f"M{place}h0")
        before = value
    return "".join(parts), "".join(dots)


def _band(limits: Limits, low: float, high: float) -> Band | None:
    """None where nothing is normal by a limit, or where all of it lies outside of what is drawn."""
    if limits.normal_min is None and limits.normal_max is None:
        return None
    bottom = max(low, low if limits.normal_min is None else limits.normal_min)
    top = min(high, high if limits.normal_max is None else limits.normal_max)
    if top <= bottom:
        return None
    return Band(_y(top, low, high), round(_y(bottom, low, high) - _y(top, low, high), 2))


def _ends(labels: tuple[str, ...]) -> tuple[str, ...]:
    if len(labels) < 3:
        return labels
    return labels[0], labels[(len(labels) - 1) // 2], labels[-1]


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or float(value).is_integer() else f"{value:,.4g}"


def _sentence(chart: Chart) -> str:
    """What the chart shows, for who does not see it."""
    columns = {label: at for at, label in enumerate(chart.labels)}
    known = [(label, at) for label, at in columns.items() if any(one.values[at] is not None for one in chart.series)]
    if not known:
        return f"{chart.title}: no value yet"
    total = {label: sum(one.values[at] or 0 for one in chart.series) for label, at in known}
    most, least, (last, _) = max(total, key=total.__getitem__), min(total, key=total.__getitem__), known[-1]
    told = f"lowest {_short(total[least])} on {least}, highest {_short(total[most])} on {most}"
    return f"{chart.title}, {chart.unit}: {told}, last {_short(total[last])} on {last}"


def _limits(chart: Chart, low: float, high: float) -> str:
    """The limits in words, with those that lie outside of what is drawn."""
    outside = sorted({f"{edge:,g}" for edge in _edges(chart.limits) if not low <= edge <= high}, key=len)
    if not chart.limits.told or not outside:
        return chart.limits.told
    return f"{chart.limits.told}; {listed(outside)} {'lies' if len(outside) == 1 else 'lie'} beyond the chart"
