"""A headless Chromium that says when a page tried to reach anything but its own place."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from miyabi_dw.common.paths import PROJECT
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from miyabi_dw.monitor.findings import Finding
from miyabi_dw.operations.table_pages import write_table_pages
from miyabi_dw.reports import write_index
from servers import TestServer
from support.archive_scenes import DAY, failed_gate, good_night, small
from support.design import write_design
from support.job_scene import job_page
from support.serving import House, empty_house, fill, served

# What a person looks through: each kind of page and app at these widths, by day and by night.
PICTURES = PROJECT / "build" / "pictures"
WIDTHS = (1440, 390)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
GRAIN = {"suite": "facts/fact_deployment", "table_name": "fact_deployment", "outcome": "failed", "rows_failed": 3}
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LOOK = "one => { one.scrollIntoView(); return new Promise(seen => requestAnimationFrame(() => setTimeout(seen))) }"
# As root in a container, and silent: a browser otherwise calls home.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@dataclass
class Visit:
    """An open page, the place that it may reach, the kinds of complaint that count, those excused, and what it did."""

    page: Page
    home: str = "file:"
    kinds: tuple[str, ...] = ("error", "warning")
    excused: str = ""
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: Path) -> Page:
        """The page with all its charts drawn, also those that nobody has scrolled to."""
        self.page.goto(path.as_uri())
        draw_all(self.page)
        return self.page

    @property
    def is_silent(self) -> bool:
        """True, or the failure that tells what it did."""
        assert (self.outside, self.complaints) == ([], [])
        return True

    def saw(self, request: Request) -> None:
        if not request.url.startswith((self.home, "data:", "blob:")):
            self.outside.append(request.url)

    def heard(self, message: ConsoleMessage) -> None:
        if message.type in self.kinds and not (self.excused and self.excused in message.text):
            self.complaints.append(message.text)


def draw_all(page: Page) -> None:
    """Looks at each chart, as a reader would."""
    # Elements, not a locator: each drawn one would leave it and shift the rest.
    for place in page.query_selector_all(".plotly-graph-div:not([data-chart=drawn])"):
        place.evaluate(LOOK)
    if page.locator(".plotly-graph-div").count():
        page.wait_for_function("() => document.documentElement.dataset.charts === 'drawn'")
        page.evaluate("scrollTo(0, 0)")


def violations(page: Page) -> list[str]:
    """What axe has against the page as it is shown now: the rule and the element, a line each."""
    found = Axe().run(page, options={"resultTypes": ["violations"], "preload": False}).response["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


def find_chromium() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = find_chromium()
    assert found, "no Chromium on this machine: install one, or leave these tests out with -m 'not browser'"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


def new_visit(context: BrowserContext, **place: Any) -> Visit:
    visit = Visit(context.new_page(), **place)
    # The machine may be busy with everything else that is tested.
    visit.page.set_default_timeout(180_000)
    visit.page.on("request", visit.saw)
    visit.page.on("console", visit.heard)
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    visit.page.on("dialog", lambda dialog: (visit.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
    return visit


@pytest.fixture(scope="session")
def reports(server: TestServer, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good night, a failed gate, a job, the tables, and the page of every element; nobody changes them."""
    name = server.create("browser", migrated_template)
    folder = tmp_path_factory.mktemp("reports")
    url = server.database_url(name)
    settings = Settings(home=folder / "home", reports_dir=folder / "reports", warehouse_url=url, source_url=url)
    # First, so that the nights which are looked at are the last ones.
    small(settings, Database(settings)).check("fact_deployment.grain", **GRAIN).write()
    good_night(settings, Database(settings)).write()
    start = DAY + timedelta(days=1)
    failed_gate(settings, Database(settings), interval_start=start, interval_end=start + timedelta(days=1)).write()
    write_tables(settings, Database(settings))
    write_index(settings, Database(settings), DAY + timedelta(days=3))
    write_design(settings)
    return settings.reports_dir


def write_tables(settings: Settings, database: Database) -> None:
    """A job that found something critical, and the pages of the tables."""
    job_page(settings, database, Finding("source", "critical", "The source is away.", remedy="miyabi-dw doctor"))
    write_table_pages(settings, database, DAY + timedelta(days=3))


@pytest.fixture(scope="session")
def house(
    server: TestServer, migrated_template: str, demo_source_template: str, tmp_path_factory: pytest.TempPathFactory
) -> House:
    """Filled once for all, with the real history."""
    made = empty_house(server, migrated_template, demo_source_template, tmp_path_factory.mktemp("house"))
    fill(made)
    return made


@pytest.fixture(scope="session")
def address(house: House) -> Iterator[str]:
    with served(house) as found:
        yield found


@pytest.fixture
def desktop(chromium: Browser) -> Iterator[Visit]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    yield new_visit(context)
    context.close()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Visit]:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, offline=True)
    yield new_visit(context)
    context.close()


@pytest.fixture
def night(chromium: Browser) -> Iterator[Visit]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme="dark", offline=True)
    yield new_visit(context)
    context.close()
