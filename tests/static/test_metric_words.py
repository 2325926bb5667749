"""What a number is called and how it is written is told by the room `metrics`; nobody writes a metric in a way of their own."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from miyabi_dw.common.paths import PROJECT

LIB = PROJECT / "lib" / "miyabi_dw"
# Decimal places or a percent sign in a format, which is what a metric's definition says.
DIGITS = re.compile(r"\.\d+[fge%]|%$")
MONEY = {"dollars", "dollar_range"}
# Room by room, those that show numbers that are no metrics (sizes, ages, durations of our own work), or that are next.
OTHERS = {
    LIB / "common": "the one way of writing money, and texts of bytes",
    LIB / "metrics": "the place itself",
    LIB / "monitor": "ages of runs and backups, shares of a disk",
    LIB / "operations": "the morning report's sentences",
    LIB / "reports": "durations of runs",
    LIB / "cli": "durations and sizes",
    LIB / "demo": "progress",
    LIB / "etl": "rows and seconds of a load",
    LIB / "connect": "progress of a sync",
    LIB / "orchestration": "progress of a backfill",
    LIB / "db": "sizes and waits",
    LIB / "engine": "seconds of a kernel",
    LIB / "registry": "seconds of a run",
    LIB / "alerts": "durations of incidents",
    # Milliseconds and megabytes of the server, and hours of runs, have no definition.
    LIB / "workbench" / "tuning.py": "milliseconds and megabytes of the server",
    LIB / "workbench" / "costs.py": "a share of a commit",
    LIB / "workbench" / "impact" / "verdicts.py": "a difference of shares, in points",
}
SHOWN = [*sorted(LIB.rglob("*.py")), *sorted((PROJECT / "notebooks" / "analysis").glob("*.py"))]


def is_another(path: Path) -> bool:
    return any(path == other or other in path.parents for other in OTHERS)


def own_formats(source: str) -> Iterator[str]:
    """Where a program writes decimals, percentages or money without asking a definition."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FormattedValue) and node.format_spec and DIGITS.search(literal(node.format_spec)):
            yield f"line {node.lineno}: {ast.unparse(node)}"
        if isinstance(node, ast.ImportFrom) and MONEY & {alias.name for alias in node.names}:
            yield f"line {node.lineno}: its own dollars"


def literal(spec: ast.expr) -> str:
    parts = spec.values if isinstance(spec, ast.JoinedStr) else [spec]
    return "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))


def in_file(path: Path) -> list[str]:
    return list(own_formats(path.read_text(encoding="utf-8")))


def test_only_the_room_metrics_writes_metrics() -> None:
    found = {str(path.relative_to(PROJECT)): in_file(path) for path in SHOWN if not is_another(path)}
    assert {path: places for path, places in found.items() if places} == {}


@pytest.mark.parametrize(
    "source", ['f"{share:.1%}"', 'f"{hours:,.2f} hours"', "from miyabi_dw.common.text import dollars"]
)
def test_an_own_format_is_found(source: str) -> None:
    assert list(own_formats(source))


def test_a_share_is_written_by_its_definition_in_every_room() -> None:
    """Whoever may write decimals of its own still has no percentages of its own."""
    rooms = [path for path in SHOWN if LIB / "metrics" not in path.parents]
    found = {str(path.relative_to(PROJECT)): [place for place in in_file(path) if "%}" in place] for path in rooms}
    assert {path: places for path, places in found.items() if places} == {}


def test_every_exception_is_still_there_and_still_needed() -> None:
    assert [path for path in OTHERS if not path.exists()] == []
    assert [path for path in OTHERS if path.suffix == ".py" and not in_file(path)] == []
