"""The house as `miyabi-dw serve` shows it: reports and every notebook in a browser, nothing fetched from elsewhere."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from browser.conftest import PICTURES, SCHEMES, WIDTHS, Visit, draw_all, new_visit
from miyabi_dw.common.paths import NOTEBOOKS
from miyabi_dw.web.apps import Notebook, find_notebooks
from servers import TestServer
from support.serving import TOKEN, House

pytestmark = pytest.mark.browser

# The machine may be busy with everything else that is tested.
expect.set_options(timeout=120_000)

FOUND = find_notebooks(NOTEBOOKS / "analysis")
BY_NAME = {notebook.name: notebook for notebook in FOUND}
NOTHING = {"agent_performance": "?from=1999-01-01&to=1999-01-02", "run_inspector": "?run=no-such-run"}
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
QUIET = "!document.querySelector('[data-status=running], [data-status=queued]')"
# What a notebook shows, whatever it is about: figures and sentences.
SHOWN = (
    "[...document.querySelectorAll('marimo-plotly, marimo-callout-output, pre, p')]"
    ".map(one => JSON.stringify(one.dataset) + one.innerText)"
)
# What plotly says of a chart that another one takes the place of before its margins are settled.
REPLACED_WHILE_DRAWN = "_redrawFromAutoMarginCount"
VALUES = "one => [...one.options].map(option => option.value)"
INTERNAL = re.compile(r"Traceback|internal error|psycopg2|marimo\._|\.py\b.*line \d", re.IGNORECASE)


@pytest.fixture(scope="module")
def known(chromium: Browser, address: str) -> Iterator[BrowserContext]:
    """A browser that has given the token; it keeps what all pages load."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.request.get(f"{address}/?token={TOKEN}")
    yield context
    context.close()


@pytest.fixture
def analyst(known: BrowserContext, address: str, house: House) -> Iterator[Visit]:
    """A page of that browser; afterwards the server must have nothing to complain of."""
    # marimo preloads pictures that it does not need at once, of which Chromium warns.
    visit = new_visit(known, home=address, kinds=("error",), excused=REPLACED_WHILE_DRAWN)
    yield visit
    visit.page.close()
    # A notebook's error is not shown in an app, only told here.
    assert "raised an exception" not in house.log.read_text(encoding="utf-8")


def open_notebook(page: Page, address: str, notebook: Notebook, query: str = "") -> None:
    page.goto(f"{address}/apps/{notebook.name}/{query}")
    expect(page.get_by_role("heading", level=1)).to_have_text(notebook.title)
    page.wait_for_function(QUIET)


def assert_no_insides(page: Page) -> None:
    """No error of the program where a sentence should be."""
    text = page.locator("body").inner_text()
    assert not INTERNAL.search(text), text
    assert page.locator(".marimo-error").count() == 0


@pytest.mark.parametrize("notebook", FOUND, ids=lambda notebook: notebook.name)
def test_a_notebook_opens_draws_and_filters(analyst: Visit, address: str, notebook: Notebook) -> None:
    page = analyst.page
    open_notebook(page, address, notebook)
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    assert_no_insides(page)
    take_pictures(page, notebook.name)
    before = page.evaluate(SHOWN)
    turn_a_control(page)
    page.wait_for_function(
        f"before => JSON.stringify({SHOWN}) !== before", arg=json.dumps(before, separators=(",", ":"))
    )
    page.wait_for_function(QUIET)
    assert_no_insides(page)
    assert analyst.is_silent


def take_pictures(page: Page, name: str) -> None:
    """Beside those of the reports: the first screens, at each width by day and by night, no wider than the window."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 1800})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            # Charts take their new width and ink.
            page.wait_for_timeout(300)
            page.wait_for_function(QUIET)
            page.screenshot(path=PICTURES / f"app-{name}-{width}-{scheme}.png")
            assert page.evaluate(TOO_WIDE) == [], f"{name} is wider than {width}"


def turn_a_control(page: Page) -> None:
    """A period begins a year later, after its end; without one, the first list that has another value is set to it."""
    expect(page.locator("marimo-date, marimo-dropdown").first).to_be_attached()
    if page.locator("marimo-date").count():
        page.locator("marimo-date").first.get_by_role("spinbutton").first.press("ArrowUp")
        return
    lists = page.locator("marimo-dropdown select")
    for control in [lists.nth(at) for at in range(lists.count())]:
        others = [value for value in control.evaluate(VALUES) if value not in ("", control.input_value())]
        if others:
            control.select_option(others[0])
            return
    page.locator("marimo-dropdown button").first.click()
    page.get_by_role("option").nth(1).click()


# Of the page, and of the part of it that scrolls.
TOO_WIDE = (
    "[document.documentElement, document.querySelector('#App')]"
    ".filter(one => one.scrollWidth > one.clientWidth).map(one => one.tagName)"
)
FRAME = "[...document.querySelectorAll('.dw-top a')].map(one => one.innerText)"
# Of the words on an axis: each part of a dark grey is below 150, of a light one above.
DARK, LIGHT = r"\d{1,2}|1[0-4]\d", r"1[5-9]\d|2\d\d"
INK = {
    scheme: re.compile(rf"rgb\(({part}), ({part}), ({part})\)") for scheme, part in (("light", DARK), ("dark", LIGHT))
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
# The one with the widest tables, and the one with the most charts.
@pytest.mark.parametrize("name", ["agent_performance", "data_quality"])
def test_an_app_is_framed_fits_and_follows_the_reader(
    analyst: Visit, address: str, name: str, scheme: Literal["light", "dark"]
) -> None:
    page = analyst.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 1440, "height": 900})
    open_notebook(page, address, BY_NAME[name])
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
        expect(page.get_by_label("The answer")).to_be_visible()
        # It is laid out and drawn again.
        page.wait_for_function(f"() => {TOO_WIDE}.length === 0")
        assert page.evaluate(FRAME) == ["Miyabi DW", *(each.title for each in FOUND), "Reports"]
        expect(page.locator(".dw-top [aria-current]")).to_have_text(BY_NAME[name].title)
        paper = brightness(page.evaluate(BACKGROUND))
        assert paper > 200 if scheme == "light" else paper < 60
        # A chart is drawn again when its width is known, and a word that was taken away has no colour: this one waits.
        # A locator finds the words inside marimo's components, too.
        expect(page.locator(".js-plotly-plot .xtick text").first).to_have_css("fill", INK[scheme])
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily").startswith("system-ui")
    assert analyst.is_silent


def brightness(colour: str) -> float:
    parts = [float(part) for part in re.findall(r"[\d.]+", colour)[:3]]
    return sum(parts) / len(parts)


def test_apps_share_what_marimo_needs(analyst: Visit, address: str) -> None:
    asked: list[str] = []
    analyst.page.on("request", lambda request: asked.append(request.url))
    open_notebook(analyst.page, address, BY_NAME["query_tuning"])
    files = [url for url in asked if "/assets/" in url]
    assert files
    assert [url for url in files if not url.startswith(f"{address}/apps/marimo/assets/")] == []
    assert not [url for url in files if url.endswith(".woff2")]


@pytest.mark.parametrize(("name", "query"), NOTHING.items())
def test_what_matches_nothing_is_a_sentence(analyst: Visit, address: str, name: str, query: str) -> None:
    open_notebook(analyst.page, address, BY_NAME[name], query)
    expect(analyst.page.locator("marimo-callout-output").first).to_be_visible()
    assert_no_insides(analyst.page)
    assert analyst.is_silent


def test_every_report_is_drawn_through_the_server_too(analyst: Visit, address: str, house: House) -> None:
    charts = 0
    for path in sorted(house.settings.reports_dir.rglob("*.html")):
        page = analyst.page
        page.goto(f"{address}/reports/{path.relative_to(house.settings.reports_dir)}")
        if page.locator(".plotly-graph-div").count():
            draw_all(page)
            charts += page.locator(".plotly-graph-div .main-svg").count()
        assert analyst.is_silent
    assert charts


def test_from_the_start_to_the_run_and_into_its_notebook(analyst: Visit, address: str) -> None:
    page = analyst.page
    page.goto(address)
    page.get_by_role("link", name="Daily issue processing").first.click()
    run_id = page.locator(".crumbs [aria-current]").inner_text()
    page.get_by_role("link", name="Look into this run").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Run inspector")
    page.wait_for_function(QUIET)
    expect(page.get_by_text(run_id).first).to_be_visible()
    assert analyst.is_silent


def test_from_disk_a_report_links_into_no_app(desktop: Visit, house: House) -> None:
    page = desktop.open(next(house.settings.reports_dir.glob("daily*/*/*/*/*/index.html")))
    assert page.get_by_role("link", name="Look into this run").count() == 0
    assert desktop.is_silent


def test_a_wrong_token_is_told_and_the_right_one_leads_to_the_page(chromium: Browser, address: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{address}/reports/index.html")
    for token, seen in (("wrong", "This is not the token."), (TOKEN, "Pipelines now")):
        page.get_by_label("Token").fill(token)
        page.get_by_role("button", name="Open").click()
        expect(page.get_by_text(seen)).to_be_visible()
    assert page.url == f"{address}/reports/index.html"
    context.close()


def test_a_database_that_goes_away_is_one_sentence_and_an_empty_one_too(
    analyst: Visit, address: str, house: House, server: TestServer, migrated_template: str
) -> None:
    page, notebook = analyst.page, BY_NAME["agent_performance"]
    empty = server.create("empty", migrated_template)
    open_notebook(page, address, notebook)
    agents = page.locator("marimo-dropdown select").first
    expect(agents).to_be_visible()
    with renamed(server, house.name, f"{house.name}_away"):
        agents.select_option(index=1)
        expect(page.get_by_text("the server has no such database").first).to_be_visible()
        assert_no_insides(page)
        with renamed(server, empty, house.name):
            open_notebook(page, address, notebook)
            expect(page.get_by_text("The warehouse is empty")).to_be_visible()
            assert_no_insides(page)
    open_notebook(page, address, notebook)
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()


@contextmanager
def renamed(server: TestServer, name: str, other: str) -> Iterator[None]:
    """While the block runs, the database has another name."""
    rename(server, name, other)
    try:
        yield
    finally:
        rename(server, other, name)


def rename(server: TestServer, name: str, other: str) -> None:
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        cursor.execute(f'ALTER DATABASE "{name}" RENAME TO "{other}"')
