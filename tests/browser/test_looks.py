"""Each kind of page at two widths, by day and by night: within its width, nothing for axe to say, and its picture.

`make pictures` draws them all into build/pictures, to be looked through, the apps too, whose pictures test_served.py
takes where it has them open. A new kind of page is a line in PAGES.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from browser.conftest import PICTURES, SCHEMES, WIDTHS, draw_all, violations

pytestmark = pytest.mark.browser

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What it is called, and where among the reports it is.
PAGES = {
    "top": "index.html",
    "design": "design.html",
    "mail": "mail.html",
    "run-good": "daily_issue_processing_etl/2025/11/18/*/index.html",
    "run-failed": "daily_issue_processing_etl/2025/11/19/*/index.html",
    "stage-with-charts": "daily_issue_processing_etl/2025/11/18/*/01_extract.2.html",
    "job": "morning_checklist/2025/11/19/*/index.html",
    "tables": "tables/index.html",
    "table": "tables/fact_deployment.html",
    "check": "tables/checks/fact_deployment.grain.html",
    "month": "daily_issue_processing_etl/2025/11/index.html",
}


@pytest.fixture(scope="module")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    opened = chromium.new_context(offline=True)
    yield opened
    opened.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_and_axe_has_nothing_against_it(reports: Path, context: BrowserContext, name: str) -> None:
    page = context.new_page()
    # The machine may be busy with everything else that is tested.
    page.set_default_timeout(180_000)
    page.goto(next(reports.glob(PAGES[name])).as_uri())
    PICTURES.mkdir(parents=True, exist_ok=True)
    look_at(page, name)
    page.close()


def look_at(page: Page, name: str) -> None:
    """At each width, by day and by night. Axe, which takes longest, sees each width and each scheme once."""
    for width, seen in zip(WIDTHS, SCHEMES, strict=True):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            draw_all(page)
            page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png", full_page=True)
            assert page.evaluate(OVERFLOW) <= 0, f"{name} is wider than {width}"
            assert scheme != seen or violations(page) == [], f"{name}, {width}, {scheme}"
