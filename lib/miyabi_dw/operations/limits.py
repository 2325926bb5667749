"""The bands of a metric on a chart and in words."""

from collections.abc import Iterable
from decimal import Decimal

from miyabi_dw.common.display import Chart, Limits, Series
from miyabi_dw.common.settings import Band
from miyabi_dw.common.text import UNKNOWN
from miyabi_dw.metrics.definition import Definition
from miyabi_dw.metrics.format import UNITS


def band_text(band: Band) -> str:
    """'50 to 200', 'at least 95', 'at most 70'; '' where nothing is said."""
    low, high = band.normal_min, band.normal_max
    if low is not None and high is not None:
        return f"{low:,} to {high:,}"
    if low is None and high is None:
        return ""
    return f"at least {low:,}" if low is not None else f"at most {high:,}"


def alert_text(band: Band) -> str:
    """'under 90', 'over 30', 'under 1 or over 1,000'."""
    parts = [f"under {band.alert_min:,}"] if band.alert_min is not None else []
    return " or ".join([*parts, *([f"over {band.alert_max:,}"] if band.alert_max is not None else [])])


def limits(band: Band | None) -> Limits:
    """What a chart draws and says of a band; nothing without one."""
    if band is None:
        return Limits()
    said = {"normal": band_text(band), "alert": alert_text(band)}
    told = ", ".join(f"{name} {text}" for name, text in said.items() if text)
    edges = (band.normal_min, band.normal_max, band.alert_min, band.alert_max)
    normal_min, normal_max, alert_min, alert_max = (None if edge is None else float(edge) for edge in edges)
    return Limits(normal_min, normal_max, alert_min, alert_max, told)


def line(
    metric: Definition, labels: Iterable[str], values: Iterable[Decimal | None], band: Band | None = None,
    title: str = "",
) -> Chart:  # fmt: skip
    """A metric as a line, in the unit that people read; `band` is in that unit too."""
    scale = UNITS[metric.unit].scale
    known = list(values)
    shown = tuple(None if value is None else float(value * scale) for value in known)
    told = tuple(UNKNOWN if value is None else metric.told(value) for value in known)
    unit = metric.unit_word
    return Chart(title or metric.label, unit, tuple(labels), (Series(unit, shown, told),), "line", limits(band))
