"""A headless Chromium that says when a page tried to reach anything but its own place."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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
        self.page.goto(path.as_uri())
        self.page.wait_for_load_state("networkidle")
        if self.page.locator(".plotly-graph-div").count():
            self.page.wait_for_function("document.documentElement.dataset.charts === 'drawn'")
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
