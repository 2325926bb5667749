"""A name has one colour everywhere, and each colour can be seen on light paper and on dark."""

import csv
import re
from datetime import date
from importlib import resources

import pandas

from miyabi_dw.common.paths import SQL
from miyabi_dw.workbench import charts
from miyabi_dw.workbench.colours import OF_CLASSES, OF_MEANINGS, OF_NAMES, SERIES, colour_of

STYLE = (resources.files("miyabi_dw") / "templates" / "report.css").read_text(encoding="utf-8")
PAPERS = re.findall(r"--(?:paper|card): (#[0-9a-f]{6})", STYLE)
OF_THE_DEMONSTRATION = ("claude-code", "agent", "gemini-cli", "aider")


def light(colour: str) -> float:
    """Relative luminance, as WCAG defines it."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_every_colour_stands_out_from_light_and_from_dark() -> None:
    assert len(PAPERS) == 4
    colours = {*SERIES, *OF_NAMES, *OF_CLASSES.values(), *OF_MEANINGS.values()}
    assert {(colour, paper) for colour in colours for paper in PAPERS if contrast(colour, paper) < 3} == set()


def test_series_have_the_colours_of_the_reports() -> None:
    first = re.findall(r"--series-\d: (#[0-9a-f]{6})", STYLE)[: len(SERIES)]
    assert tuple(first) == SERIES


def test_the_agents_of_the_catalogue_all_differ() -> None:
    with (SQL / "catalogue" / "agents.csv").open(encoding="utf-8") as file:
        known = {row["agent_name"] for row in csv.DictReader(file)} | {*OF_THE_DEMONSTRATION}
    assert len({colour_of(name) for name in known}) == len(known) > 10


def test_an_agent_has_its_colour_in_every_chart_and_axes_are_linear() -> None:
    rows = [(date(2026, month, 1), name, cost) for month in (1, 2) for name, cost in (("aider", 1), ("Review", 90_000))]
    frame = pandas.DataFrame(rows, columns=["month", "agent", "cost"])
    drawn = (
        charts.bars(frame, "month", "cost", "", "", by="agent"),
        charts.bars(frame[frame["agent"] == "aider"], "month", "cost", "", "", by="agent"),
        charts.lines_by(frame, "month", "cost", "agent", "", ""),
        charts.ranked(frame, "agent", "cost", "", "", by="agent"),
    )
    for figure in drawn:
        colours = {trace.name: (trace.marker.color or trace.line.color) for trace in figure.data}
        assert colours["aider"] == colour_of("aider")
        assert figure.layout.yaxis.type is None and figure.layout.barmode in ("stack", None)


def test_of_two_names_with_one_colour_the_second_is_marked() -> None:
    by_colour: dict[str, list[str]] = {}
    for at in range(40):
        by_colour.setdefault(colour_of(f"model-{at}"), []).append(f"model-{at}")
    pair = next(names for names in by_colour.values() if len(names) > 1)[:2]
    frame = pandas.DataFrame({"month": [date(2026, 1, 1)] * 2, "model": pair, "cost": [2, 1]})
    bars = charts.bars(frame, "month", "cost", "", "", by="model").data
    assert [trace.marker.pattern.shape for trace in bars] == ["", "/"]
    lines = charts.lines_by(frame, "month", "cost", "model", "", "").data
    assert [trace.line.dash for trace in lines] == ["solid", "dot"]
