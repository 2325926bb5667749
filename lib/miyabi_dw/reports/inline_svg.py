"""Small lines and bars as SVG within the page: no script, the page's colours, and in words for who cannot see them."""

from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup

WIDTH, HEIGHT, EDGE = 240.0, 40.0, 4.0
FRAME = Markup(
    '<svg class="spark" viewBox="0 0 {width:g} {height:g}" preserveAspectRatio="none" role="img" focusable="false"'
    ' aria-label="{told}">{drawn}</svg>'
)
PATH = Markup('<path class="{kind}" d="{way}"/>')
BAR = Markup('<rect x="{x}" y="{y}" width="{width}" height="{height}"/>')
Values = Sequence[float | None]


def line(values: Values, told: str) -> Markup:
    """A line through what is known, broken where something is not; the last point is marked. `told` is in words."""
    known = [value for value in values if value is not None]
    if not known:
        return Markup("")
    points = [None if value is None else _point(at, value, values, known) for at, value in enumerate(values)]
    drawn = PATH.format(kind="line", way=_way(points))
    lonely = [point for point in points if point is not None]
    drawn += PATH.format(kind="last", way=_dot(lonely[-1]))
    return FRAME.format(width=WIDTH, height=HEIGHT, told=told, drawn=drawn)


def bars(values: Values, told: str) -> Markup:
    """A bar for each, up from zero; none for what is not known."""
    largest = max((value for value in values if value is not None), default=0)
    if largest <= 0:
        return Markup("")
    step = WIDTH / len(values)
    heights = [None if value is None else max(value, 0) / largest * HEIGHT for value in values]
    drawn = Markup("").join(
        BAR.format(x=_short(at * step), y=_short(HEIGHT - tall), width=_short(step * 0.8), height=_short(tall))
        for at, tall in enumerate(heights)
        if tall
    )
    return FRAME.format(width=WIDTH, height=HEIGHT, told=told, drawn=drawn)


def _point(at: int, value: float, values: Values, known: Sequence[float]) -> tuple[float, float]:
    """From zero, so that twice as high is twice as much."""
    low, high = min(0.0, *known), max(*known, 0.0)
    across = EDGE + (WIDTH - 2 * EDGE) * at / max(len(values) - 1, 1)
    up = (value - low) / (high - low) if high > low else 0.0
    return across, HEIGHT - EDGE - up * (HEIGHT - 2 * EDGE)


def _way(points: Sequence[tuple[float, float] | None]) -> str:
    """The parts between gaps; a part of one point is a dot."""
    parts = [[*part] for is_gap, part in groupby(points, lambda point: point is None) if not is_gap]
    return "".join(_part([point for point in part if point]) for part in parts)


def _part(points: list[tuple[float, float]]) -> str:
    if len(points) == 1:
        return _dot(points[0])
    return "M" + "L".join(f"{_short(x)} {_short(y)}" for x, y in points)


def _dot(point: tuple[float, float]) -> str:
    """A line of no length, whose round ends are the dot: a circle would be stretched with the picture."""
    return f"M{_short(point[0])} {_short(point[1])}h0"


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
