"""Makes a plotly figure fit for a report: data stays text, no theme of its own, its numbers in a table beside it."""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from miyabi_dw.common.files import Json
from miyabi_dw.reports.tables import Table, simple

FORMATTING = re.compile(r"<(?!/?(?:b|i|em|strong|sub|sup|extra)>|br\s*/?>)", re.IGNORECASE)
LINE_BREAK = re.compile(r"<(?!br\s*/?>)", re.IGNORECASE)
# WebGL needs a graphics card and eval(); the same marks drawn as SVG need neither.
AS_SVG = {"scattergl": "scatter", "scatterpolargl": "scatterpolar"}
# These fetch their shapes or tiles from a server; their numbers are shown instead.
NEED_A_SERVER = re.compile(r"mapbox|map$|geo$|^choropleth")
VALUE_AXES = ("x", "y", "z", "labels", "parents", "values", "r", "theta", "open", "high", "low", "close")
ROWS_BESIDE_CHART = 200


@dataclass(frozen=True)
class Chart:
    title: str
    height: int
    figure: Markup | None
    table: Table
    rows_left_out: int


def chart(figure: Json) -> Chart:
    """`figure` as plotly's own JSON, the way a notebook stores it."""
    data = [_trace(trace) for trace in figure.get("data", [])]
    layout = _harmless(figure.get("layout", {}))
    title = _take_title(layout)
    drawn = not any(NEED_A_SERVER.search(trace.get("type", "scatter")) for trace in data)
    height = layout.pop("height", None)
    for own_look in ("template", "width", "margin", "images", "paper_bgcolor", "plot_bgcolor"):
        layout.pop(own_look, None)
    table, left_out = _table(data, layout)
    embedded = script_json({"data": data, "layout": layout}) if drawn else None
    return Chart(title, int(height) if isinstance(height, int | float) else 360, embedded, table, left_out)


def script_json(value: Any) -> Markup:
    """JSON that can stand inside a <script> element: nothing in it can close the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped in the line above


def _trace(trace: Json) -> Json:
    kept: Json = _harmless(trace)
    kept["type"] = AS_SVG.get(kept.get("type", "scatter"), kept.get("type", "scatter"))
    return kept


def _harmless(value: Any, *, in_list: bool = False) -> Any:
    """Texts in lists come from data and lose all markup but line breaks; single ones keep plotly's formatting tags."""
    if isinstance(value, str):
        return (LINE_BREAK if in_list else FORMATTING).sub("&lt;", value)
    if isinstance(value, dict):
        return {key: _harmless(item) for key, item in value.items() if key not in {"source", "templateitemname"}}
    if isinstance(value, list):
        return [_harmless(item, in_list=True) for item in value]
    return value


def _take_title(layout: Json) -> str:
    """The title becomes the caption; plotly would draw it as a picture."""
    title = layout.pop("title", None)
    text = title.get("text", "") if isinstance(title, dict) else title
    return _plain(text or "")


def _plain(text: str) -> str:
    return re.sub(r"<[^>]*>", " ", text).replace("&lt;", "<").strip()


def _table(data: list[Json], layout: Json) -> tuple[Table, int]:
    axes = [axis for axis in VALUE_AXES if any(trace.get(axis) is not None for trace in data)]
    several = len(data) > 1
    rows = [row for trace in data for row in _rows(trace, axes, several)]
    head = (["series"] if several else []) + [_axis_name(axis, layout) for axis in axes]
    return simple(head, rows[:ROWS_BESIDE_CHART]), max(0, len(rows) - ROWS_BESIDE_CHART)


def _axis_name(axis: str, layout: Json) -> str:
    title = (layout.get(f"{axis}axis") or {}).get("title") or {}
    text = title.get("text") if isinstance(title, dict) else title
    return _plain(text or axis)


def _rows(trace: Json, axes: list[str], several: bool) -> list[list[str]]:
    columns = [values(trace.get(axis)) for axis in axes]
    length = max((len(column) for column in columns), default=0)
    name = [_plain(str(trace.get("name") or trace["type"]))] if several else []
    return [name + [_cell(column, at) for column in columns] for at in range(length)]


def _cell(column: list[Any], at: int) -> str:
    value = column[at] if at < len(column) else None
    if value is None or value != value:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.2f}" if abs(value) >= 1 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else _plain(str(value))


def values(column: Any) -> list[Any]:
    """A column of a trace as a list; plotly packs numbers as base64."""
    if isinstance(column, dict) and "bdata" in column:
        import numpy

        unpacked = numpy.frombuffer(base64.b64decode(column["bdata"]), dtype=numpy.dtype(column["dtype"]))
        return list(unpacked.tolist())
    return column if isinstance(column, list) else []
