"""Figures in documents: bounds are those the benches hold, ratios are those of their parts, arithmetic adds up."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from miyabi_dw.common.paths import PROJECT

DOCS = PROJECT / "docs"
BENCHES = PROJECT / "tests" / "bench"
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
SECONDS = re.compile(r"\(([\d.]+) s[),]")
OF_A_SIZE = {"B": 1, "MB": 10**6, "GB": 10**9}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the tables in PERFORMANCE.md."""

    file: str
    measured: str
    divided_by: str
    ratio: str
    bound: str

    def __str__(self) -> str:
        return f"{self.file}: {self.measured[:40]}"


def cells(page: str, width: int) -> Iterator[list[str]]:
    """The lines of all tables of that many columns, without heads."""
    lines = (line.strip().strip("|").split("|") for line in page.splitlines() if line.startswith("|"))
    for line in lines:
        if len(line) == width and not set(line[0].strip()) <= {"-", ":"}:
            yield [cell.strip() for cell in line]


def rows(page: str) -> list[Row]:
    return [Row(cell[0].strip("`"), *cell[1:]) for cell in cells(page, 5) if cell[0].startswith(("`", "none"))]


def bounds(bench: Path) -> set[float]:
    """What the file's constants named BAR or ..._BAR hold its figures to."""
    found: set[float] = set()
    for node in ast.parse(bench.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign):
            names = [name.id for name in ast.walk(node.targets[0]) if isinstance(name, ast.Name)]
            if any(name == "BAR" or "_BAR" in name for name in names):
                found |= {float(value.value) for value in ast.walk(node.value) if isinstance(value, ast.Constant)}
    return found


def numbers(text: str) -> list[float]:
    return [float(number.replace(",", "")) for number in NUMBER.findall(text)]


def misses(row: Row) -> bool:
    """Whether a value of the row lies on the wrong side of its bound."""
    said = row.ratio.partition(" (")[0].partition(":")[0].replace(" in two runs", "")
    [bound] = numbers(row.bound)
    return any(value < bound if row.bound.startswith("at least") else value > bound for value in numbers(said))


PERFORMANCE = (DOCS / "PERFORMANCE.md").read_text(encoding="utf-8")
MEASURED = rows(PERFORMANCE)


def test_each_bench_stands_in_the_document() -> None:
    named = {row.file for row in MEASURED}
    assert named - {"none"} == {bench.stem for bench in BENCHES.glob("*.py")}


@pytest.mark.parametrize("bench", sorted(BENCHES.glob("*.py")), ids=lambda bench: bench.stem)
def test_a_benchs_bounds_are_those_of_the_document(bench: Path) -> None:
    said = {bound for row in MEASURED if row.file == bench.stem for bound in numbers(row.bound)}
    assert said == bounds(bench)


@pytest.mark.parametrize("row", MEASURED, ids=str)
def test_what_misses_its_bound_says_so(row: Row) -> None:
    assert misses(row) == ("missed" in row.bound)


@pytest.mark.parametrize("row", MEASURED, ids=str)
def test_a_ratio_is_that_of_the_seconds_beside_it(row: Row) -> None:
    ours, theirs = SECONDS.findall(row.measured), SECONDS.findall(row.divided_by)
    if len(ours) == len(theirs) == 1 and not row.ratio.count(","):
        assert float(ours[0]) / float(theirs[0]) == pytest.approx(numbers(row.ratio)[0], rel=0.05)


def test_a_wrong_row_is_found() -> None:
    assert misses(Row("load", "a", "b", "0.24 and 0.37 in two runs", "at least 0.3"))
    assert misses(Row("load", "a", "b", "1.86, 1.40", "at most 1.5"))
    assert not misses(Row("load", "a", "b", "17.9", "at least 15"))


def test_bytes_of_more_rows_are_those_of_one() -> None:
    """Lines that the table of SCALING.md calls arithmetic."""
    sizes = {line[0]: line[1:4] for line in cells((DOCS / "SCALING.md").read_text(encoding="utf-8"), 5)}
    one = [of_bytes(size) for size in sizes["1"]]
    for count in ("10,000,000", "30,000,000", "1,000,000,000"):
        [times] = numbers(count)
        for size, each in zip(sizes[count], one, strict=True):
            assert of_bytes(size) == pytest.approx(times * each, rel=0.1), (count, size)


def of_bytes(size: str) -> float:
    number, unit = size.split()
    return float(number) * OF_A_SIZE[unit]
