"""The page of connection health: the state of each connection, then what was measured."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from miyabi_dw.common.display import Grid, Tile, Tiles, columns
from miyabi_dw.common.text import UNKNOWN, counted
from miyabi_dw.monitor.findings import Finding, Level
from miyabi_dw.operations.host_metrics import Figure
from miyabi_dw.operations.job_pages.words import number, size
from miyabi_dw.reports.formats import duration

WORDS: Mapping[Level, str] = {"ok": "good:ok", "warning": "warn:warning", "critical": "bad:critical"}
# What a figure's name ends with says what it is in.
SUFFIXES = ("_percent", "_bytes_per_second", "_seconds", "_ms", "_rate", "_count")
FIRST = {
    "cpu_usage_percent": "CPU in use",
    "memory_usage_percent": "Memory in use",
    "disk_usage_percent": "Disk in use",
    "database_connections": "Connections",
    "cache_hit_rate": "Read from the cache",
    "latency_p95_ms": "95 of 100 statements within",
}
NAMING = ("resource_id", "measured_at", "run_number")


def states(findings: Sequence[Finding]) -> Grid:
    """A line for each thing that was tried."""
    head = columns("state|state", "looked at", "what was found", "what to do")
    rows = tuple((WORDS[f.level], f.name.replace("_", " "), f.sentence, f.remedy) for f in findings)
    return Grid(head, rows)


def figures(measured: Mapping[str, Figure]) -> Tiles:
    """The figures that people ask for first."""
    return Tiles(tuple(_tile(label, *_written(name, measured.get(name))) for name, label in FIRST.items()))


def _tile(label: str, value: str, unit: str) -> Tile:
    return Tile(label, value, unit)


def others(measured: Mapping[str, Figure]) -> Grid:
    """Everything else that was measured."""
    rest = {name: value for name, value in measured.items() if name not in (*FIRST, *NAMING) and value is not None}
    rows = tuple((_label(name), " ".join(_written(name, value)).strip()) for name, value in rest.items())
    head = columns("figure", "value|number")
    return Grid(head, rows, "Nothing else was measured.", counted(len(rows), "more figure"), folded=True)


def _label(name: str) -> str:
    suffix = next((end for end in SUFFIXES if name.endswith(end)), "")
    return name.removesuffix(suffix).replace("_", " ").capitalize()


def _written(name: str, value: Figure) -> tuple[str, str]:
    """The value and its unit."""
    if value is None:
        return UNKNOWN, ""
    known = Decimal(str(value))
    if name.endswith("_bytes_per_second"):
        shown, unit = size(float(known)).split(" ")
        return shown, f"{unit}/s"
    if name.endswith("_seconds"):
        return duration(float(known)), ""
    if name.endswith("_rate"):
        return number(known * 100), "%"
    return number(known), "%" if name.endswith("_percent") else "ms" if name.endswith("_ms") else ""
