"""The archive's pages in a real browser, from disk, with no network: drawn, readable, silent."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser.conftest import Visit, draw_all
from support.archive_scenes import HOSTILE

pytestmark = pytest.mark.browser

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
DRAWN = "[...document.querySelectorAll('.plotly-graph-div')].map(one => one.querySelectorAll('.main-svg').length > 0)"
FAR_DOWN = "document.addEventListener('DOMContentLoaded', () => { document.body.style.paddingTop = '3000px' })"
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
INKS = "[...document.querySelectorAll('.xtick text, .ytick text')].map(one => getComputedStyle(one).fill)"


def all_pages(reports: Path) -> list[Path]:
    return sorted(reports.rglob("*.html"))


def test_every_chart_of_every_page_is_drawn_without_a_network(reports: Path, desktop: Visit) -> None:
    charts = 0
    for path in all_pages(reports):
        drawn = desktop.open(path).evaluate(DRAWN)
        assert all(drawn), path
        charts += len(drawn)
        assert desktop.is_silent
    assert charts == 3


def test_plotly_is_fetched_when_a_chart_is_looked_at(reports: Path, desktop: Visit) -> None:
    page, fetched = desktop.page, []
    page.on("request", lambda request: fetched.append("plotly" in request.url))
    page.add_init_script(FAR_DOWN)
    page.goto(next(reports.rglob("01_extract.2.html")).as_uri())
    page.wait_for_load_state("networkidle")
    before = any(fetched)
    draw_all(page)
    assert (before, any(fetched)) == (False, True)
    assert all(page.evaluate(DRAWN))


def test_without_an_observer_all_charts_are_drawn_at_once(reports: Path, desktop: Visit) -> None:
    desktop.page.add_init_script("delete window.IntersectionObserver")
    desktop.page.goto(next(reports.rglob("01_extract.2.html")).as_uri())
    desktop.page.wait_for_function("() => document.documentElement.dataset.charts === 'drawn'")
    assert all(desktop.page.evaluate(DRAWN))


def test_a_printer_gets_the_numbers_of_what_was_not_drawn(reports: Path, desktop: Visit) -> None:
    page = desktop.page
    page.add_init_script("window.IntersectionObserver = class { observe() {} }")
    page.goto(next(reports.rglob("01_extract.2.html")).as_uri())
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("[...document.querySelectorAll('.numbers')].every(one => one.open)")


def test_without_a_script_a_page_says_the_same(reports: Path, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((reports / "index.html").as_uri())
    assert page.get_by_role("heading", level=1).is_visible()
    assert page.get_by_role("link", name="Daily issue processing", exact=True).is_visible()
    assert page.get_by_role("button", name="Copy").count() == 0
    assert page.get_by_role("searchbox").count() == 0
    context.close()


def test_hostile_labels_are_drawn_as_text(reports: Path, desktop: Visit) -> None:
    page = desktop.open(next(reports.rglob("01_extract.2.html")))
    labels = page.locator(".xtick text").all_text_contents()
    assert HOSTILE in labels
    assert "plain & <b>bold</b>" in labels
    assert page.evaluate("[...document.scripts].filter(one => one.type !== 'application/json' && !one.src).length") == 0
    assert desktop.is_silent


def test_no_page_is_wider_than_a_phone(reports: Path, phone: Visit) -> None:
    too_wide = {path.name: phone.open(path).evaluate(OVERFLOW) for path in all_pages(reports)}
    assert {name: by for name, by in too_wide.items() if by > 0} == {}
    assert phone.is_silent


def test_unfolded_pages_stay_within_a_phone_too(reports: Path, phone: Visit) -> None:
    for path in reports.rglob("*a1b2c3/*.html"):
        page = phone.open(path)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert page.evaluate(OVERFLOW) <= 0, path


def test_the_night_is_dark_and_its_charts_are_too(reports: Path, desktop: Visit, night: Visit) -> None:
    path = next(reports.rglob("01_extract.2.html"))
    light, dark = desktop.open(path), night.open(path)
    assert light.evaluate(BACKGROUND) != dark.evaluate(BACKGROUND)
    assert set(light.evaluate(INKS)).isdisjoint(dark.evaluate(INKS))
    assert all(int(part) < 60 for part in dark.evaluate(BACKGROUND).strip("rgb()").split(","))


def test_charts_follow_when_the_evening_comes(reports: Path, desktop: Visit) -> None:
    page = desktop.open(next(reports.rglob("01_extract.2.html")))
    before = set(page.evaluate(INKS))
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"ink => !({INKS}).includes(ink)", arg=next(iter(before)))
    assert before.isdisjoint(page.evaluate(INKS))


def test_the_list_of_runs_is_filtered_as_one_types(reports: Path, desktop: Visit) -> None:
    page = desktop.open(reports / "daily_issue_processing_etl/2025/11/index.html")
    page.get_by_role("searchbox").fill("failed 0badc0")
    assert page.locator("tr.run:visible").count() == 1
    assert page.locator(".found").inner_text() == "1 of 3"
    page.get_by_role("searchbox").fill("")
    assert page.locator("tr.run:visible").count() == 3


def test_from_the_top_page_to_the_cause_in_one_click(reports: Path, desktop: Visit) -> None:
    page = desktop.open(reports / "index.html")
    page.get_by_role("link", name="Daily issue processing", exact=True).click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("Wed 19 Nov 2025: stopped in the gate")
    first_screen = page.get_by_text("12 of 184 issues were closed before they were created").first
    box = first_screen.bounding_box()
    assert box and box["y"] < 900


def test_contrast_of_text_is_enough_in_both_schemes(reports: Path, desktop: Visit, night: Visit) -> None:
    for visit in (desktop, night):
        page = visit.open(next(reports.rglob("*0badc0/index.html")))
        assert [pair for pair in page.evaluate(CONTRASTS) if pair["ratio"] < 4.5] == []


# WCAG's contrast of each text with the nearest background that is not transparent.
CONTRASTS = """() => {
  const part = value => { value /= 255; return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4 };
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const colour = text => text.match(/[\\d.]+/g).map(Number);
  const behind = one => {
    for (; one; one = one.parentElement) {
      const found = colour(getComputedStyle(one).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const texts = [...document.querySelectorAll('main *, header *, footer *')].filter(one =>
    [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()) && one.getClientRects().length);
  return texts.map(one => {
    const [a, b] = [light(colour(getComputedStyle(one).color)), light(behind(one))];
    return { text: one.textContent.slice(0, 40), ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) };
  });
}"""
