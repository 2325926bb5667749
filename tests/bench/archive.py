"""What the archive weighs and what writing and opening it costs, whatever its age.

Run it alone: `PYTHONPATH=tests python tests/bench/archive.py`. Figures are ratios measured in one process.
"""

import itertools
import os
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from browser.conftest import FLAGS, find_chromium
from miyabi_dw import reports
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from miyabi_dw.reports import assets
from servers import TestServer, grant_warehouse, running_server, warehouse_template
from support.archive_scenes import DAY, Scene, executed, good_night, run_sql

PAGE_BAR, HUNDRED_BAR = 0.06, 0.08
HISTORY_BAR = 1.5
INTERACTIVE_BAR = 0.4
YEAR_BAR_GB = 3.0
AT_ONCE = """<script type="module">
for (const place of document.querySelectorAll(".plotly-graph-div")) {
  const figure = JSON.parse(place.nextElementSibling.textContent);
  Plotly.newPlot(place, figure.data, figure.layout);
}
</script>"""
HOURS_A_YEAR = 8760
BLOCK = 4096
ROUNDS = 15


def result(name: str, value: float, bar: float, detail: str) -> dict[str, Any]:
    return {"name": name, "value": round(value, 4), "bar": bar, "ok": value <= bar, "detail": detail}


def sizes(settings: Settings, database: Database) -> list[dict[str, Any]]:
    """Against pages that each carry plotly, the way a notebook is usually exported."""
    folder = good_night(settings, database).write().parent
    plotly = len(assets.contents()[assets.plotly()]())
    page = (folder / "01_extract.2.html").stat().st_size
    hundred = 100 * page + plotly
    return [
        result("a page with charts / the same with plotly in it", page / (page + plotly), PAGE_BAR, f"{page:,} B"),
        result(
            "100 such pages / 100 with plotly in them", hundred / (100 * (page + plotly)), HUNDRED_BAR, f"{hundred:,} B"
        ),
    ]


def year(settings: Settings, database: Database) -> dict[str, Any]:
    """An hourly run of five stages with a chart each, as it lies on disk, times the hours of a year."""
    hour = {"pipeline": "hourly_agent_metrics_etl", "interval_end": DAY + timedelta(hours=1), "run_id": "h-1"}
    scene = Scene(settings, database, **hour).rows()
    for stage in ("01_extract", "02_transform", "03_gate", "04_load", "05_publish"):
        scene.stage(stage, executed("extract"))
    for number in range(30):
        scene.check(f"rule_{number}")
    on_disk = sum(-(-path.stat().st_size // BLOCK) * BLOCK for path in scene.write().parent.iterdir())
    return result("a year of hourly runs, GB", on_disk * HOURS_A_YEAR / 1e9, YEAR_BAR_GB, f"{on_disk:,} B a run")


def history(few: Settings, many: Settings) -> list[dict[str, Any]]:
    """The same work with 100 runs in the registry and with 10,000, in turn."""
    for settings, runs in ((few, 100), (many, 10_000)):
        run_sql(Database(settings), "many_runs", {"runs": runs, "until": DAY})
        reports.write_month(settings, Database(settings), "hourly_agent_metrics_etl", DAY)
        run_sql(Database(settings), "many_months", {})
        reports.write_index(settings, Database(settings))
    measured = {
        "write the top page": in_turn(*(top_page_writer(settings) for settings in (few, many))),
        "write a run's page": in_turn(*(run_writer(settings) for settings in (few, many))),
        "open the top page": opening(few.reports_dir / "index.html", many.reports_dir / "index.html"),
    }
    return [
        result(f"{name}, 10,000 runs / 100", slow / fast, HISTORY_BAR, f"{fast:.4f} s, {slow:.4f} s")
        for name, (fast, slow) in measured.items()
    ]


def top_page_writer(settings: Settings) -> Callable[[], object]:
    return lambda: reports.write_index(settings, Database(settings), DAY)


def interactive(settings: Settings) -> list[dict[str, Any]]:
    """Until a page with charts answers: drawn when they come into view, and with plotly at once as an export has it."""
    found = find_chromium()
    if not found:
        return []
    page = next(settings.reports_dir.glob("daily*/*/*/*/*/01_extract.2.html"))
    at_once = page.with_name("at-once.html")
    library = f'<script src="../../../../../assets/{assets.plotly()}" defer></script>{AT_ONCE}</head>'
    text = re.sub(r"<meta http-equiv=[^>]*>|<script src=[^>]*></script>", "", page.read_text(encoding="utf-8"))
    at_once.write_text(text.replace("</head>", library, 1), encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        lazy, eager = browser.new_page(), browser.new_page()
        fast, slow = in_turn(lambda: answers(lazy, page), lambda: answers(eager, at_once))
    detail = f"{fast:.3f} s, {slow:.3f} s"
    return [result("a page with charts answers, drawn when seen / at once", fast / slow, INTERACTIVE_BAR, detail)]


def answers(tab: Page, page: Path) -> None:
    """Until the page has been read and its first frame is there."""
    tab.goto(page.as_uri(), wait_until="domcontentloaded")
    tab.evaluate("new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)))")


def run_writer(settings: Settings) -> Callable[[], object]:
    numbers = itertools.count()

    def write() -> None:
        scene = Scene(settings, Database(settings), run_id=f"w-{next(numbers)}")
        scene.stage("01_extract", executed("extract")).write()

    return write


def opening(few: Path, many: Path) -> tuple[float, float]:
    """How long a browser takes to load each page; where there is none, how long it takes to read them."""
    found = find_chromium()
    if not found:
        return in_turn(few.read_bytes, many.read_bytes)
    with sync_playwright() as playwright:
        tab = playwright.chromium.launch(executable_path=found, args=list(FLAGS)).new_page()
        return in_turn(lambda: tab.goto(few.as_uri()), lambda: tab.goto(many.as_uri()))


def in_turn(first: Callable[[], object], second: Callable[[], object]) -> tuple[float, float]:
    """The median of each, measured one after the other so that a busy machine slows both."""
    first(), second()
    times = [(seconds(first), seconds(second)) for _ in range(ROUNDS)]
    return statistics.median(one for one, _ in times), statistics.median(other for _, other in times)


def seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def settings_for(server: TestServer, template: str, folder: Path) -> Settings:
    """A fresh warehouse and an archive of its own."""
    name = server.create("bench", template)
    grant_warehouse(server, name)
    url = server.database_url(name)
    return Settings(home=folder / "home", reports_dir=folder / name, warehouse_url=url, source_url=url)


def main() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as name, running_server(f"bench{os.getpid()}", Path(name)) as server:
        Path(name).chmod(0o755)
        template = warehouse_template(server)
        fresh = [settings_for(server, template, Path(name)) for _ in range(3)]
        weights = [*sizes(fresh[0], Database(fresh[0])), year(fresh[0], Database(fresh[0]))]
        return [*weights, *interactive(fresh[0]), *history(fresh[1], fresh[2])]


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        for row in main():
            verdict = "ok" if row["ok"] else "NO"
            print(f"{verdict} {row['name']:<52} {row['value']:>8} (bar {row['bar']}) {row['detail']}")
