"""The monitor's screen: its verdict first, what is wrong in full with what to type, and a watch that fits the window."""

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from cli.driving import call
from cli.terminal import on_terminal, screens
from miyabi_dw.cli.monitor_screen import Line, Screen
from miyabi_dw.monitor.findings import Finding
from miyabi_dw.reports.formats import Clock

AS_OF = ["--as-of", "2026-02-11T00:00+00:00"]
LONG = "The last run of daily_issue_processing_etl failed: " + "a reason of many words; " * 12
FOUND = [
    Finding("warehouse", "ok", "The warehouse answers."),
    Finding("quarantine", "warning", "2 rows are in quarantine; most because: 日本語の理由、" + "とても長い" * 30, remedy="miyabi-dw quarantine list"),
    Finding("daily", "critical", LONG, remedy="miyabi-dw resume 20260211T000000Z-daily-abcdef, then miyabi-dw doctor"),
    Finding("incidents", "critical", "an \x1b[2Jincident\n of two lines", remedy="miyabi-dw alerts list --open"),
    Finding("disk_used", "ok", "The disk is 49 % full."),
]  # fmt: skip
SCREEN = Screen(FOUND, datetime(2026, 2, 11, tzinfo=UTC), Clock(ZoneInfo("Asia/Tokyo")))


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("width", [30, 80, 120])
def test_d2_the_verdict_is_first_and_nothing_is_cut_or_told_twice(width: int) -> None:
    lines = [line.text for line in SCREEN.lines(width)]
    assert lines[0] == "CRITICAL at 11 Feb 2026, 09:00 JST"[:width] or width < len(lines[0])
    assert max(map(cell_len, lines[1:])) <= width
    whole = squeezed(" ".join(lines))
    told = [FOUND[2], FOUND[3], FOUND[1], FOUND[0], FOUND[4]]
    places = [whole.index(squeezed(each.sentence.replace("\x1b", ""))) for each in told]
    assert places == sorted(places), "the worst first"
    for each in told:
        assert whole.count(squeezed(each.sentence.replace("\x1b", ""))) == 1
        assert squeezed(each.remedy) in whole
    assert not any("\x1b" in line for line in lines)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (80, 12), (40, 8), (120, 40), (20, 3)])
def test_d2_a_window_of_any_size_shows_the_verdict_and_says_what_it_leaves_out(width: int, height: int) -> None:
    shown = SCREEN.fitted(width, height)
    assert len(shown) <= height
    assert shown[0] == SCREEN.lines(width)[0]
    whole = shown == SCREEN.lines(width)
    assert whole or height == 3 or "miyabi-dw monitor" in " ".join(line.text for line in shown[-2:])


def test_d2_all_is_well_in_three_lines() -> None:
    screen = Screen([FOUND[0]], SCREEN.as_of, SCREEN.clock)
    assert [line.text for line in screen.lines(80)] == [
        "OK at 11 Feb 2026, 09:00 JST", "All is well.", "", "ok    The warehouse answers."
    ]  # fmt: skip
    assert screen.lines(80)[0] == Line("OK at 11 Feb 2026, 09:00 JST", "ok", 2)


def test_d2_watched_on_a_terminal_and_into_a_file(environment: dict[str, str], tmp_path: Path) -> None:
    """One warehouse for both: without a run in it the level is critical."""
    told = json.loads(call(*AS_OF, "monitor", "--json").out)
    assert told["verdict"] == "critical"
    words = [*AS_OF, "monitor", "--watch", "1"]
    printed, status = on_terminal(words, environment, (80, 24), lambda text: len(screens(text)) > 2)
    first = screens(printed)[1]
    assert status == 2
    assert first[0].strip() == "CRITICAL at 11 Feb 2026, 09:00 JST"
    assert len(first) <= 24 and max(map(len, first)) <= 80
    assert any("→ miyabi-dw run daily_issue_processing_etl" in line for line in first)

    kept = tmp_path / "monitor.log"
    with kept.open("wb") as file:
        process = subprocess.Popen([sys.executable, "-m", "miyabi_dw", *words], env=environment, stdout=file)
    try:
        wait_for_two(kept)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 2
    finally:
        process.kill()
    text = kept.read_text(encoding="utf-8")
    assert text.startswith("CRITICAL at ")
    assert not [letter for letter in text if ord(letter) < 32 and letter != "\n"]
    assert max(map(len, text.splitlines())) <= 80


def wait_for_two(kept: Path) -> None:
    """The second look is in the file while the program still runs."""
    end = time.monotonic() + 60
    while kept.read_text(encoding="utf-8").count("CRITICAL at ") < 2:
        assert time.monotonic() < end, kept.read_text(encoding="utf-8")
        time.sleep(0.1)
