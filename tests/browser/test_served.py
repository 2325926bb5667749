"""The house as `miyabi-dw serve` shows it: reports and every notebook in a browser, nothing fetched from elsewhere."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.conftest import Visit, new_visit
from miyabi_dw.paths import NOTEBOOKS
from miyabi_dw.web.apps import Notebook, find_notebooks
from servers import TestServer, grant_warehouse
from support.serving import TOKEN, House, empty_house, fill, served

pytestmark = pytest.mark.browser

FOUND = find_notebooks(NOTEBOOKS / "analysis")
QUIET = "document.querySelector('h1') && !document.querySelector('[data-status=running], [data-status=queued]')"
# What a notebook shows, whatever it is about: figures and sentences.
SHOWN = "[...document.querySelectorAll('marimo-plotly, marimo-callout-output')].map(one => JSON.stringify(one.dataset))"
INTERNAL = re.compile(r"Traceback|internal error|psycopg2|marimo\._|\.py\b.*line \d", re.IGNORECASE)
LONG = 90_000


@pytest.fixture(scope="module")
def house(
    server: TestServer, migrated_template: str, empty_source_template: str, tmp_path_factory: pytest.TempPathFactory
) -> House:
    """Filled once for all."""
    made = empty_house(server, migrated_template, empty_source_template, tmp_path_factory.mktemp("house"))
    fill(made)
    return made


@pytest.fixture(scope="module")
def address(house: House) -> Iterator[str]:
    with served(house) as found:
        yield found


@pytest.fixture
def analyst(chromium: Browser, address: str) -> Iterator[Visit]:
    """Somebody who has the token."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    # marimo preloads pictures that it does not need at once, of which Chromium warns.
    visit = new_visit(context, home=address, kinds=("error",))
    visit.page.set_default_timeout(LONG)
    visit.page.goto(f"{address}/?token={TOKEN}")
    yield visit
    context.close()


def open_notebook(page: Page, address: str, notebook: Notebook, query: str = "") -> None:
    page.goto(f"{address}/apps/{notebook.name}/{query}")
    expect(page.get_by_role("heading", level=1)).to_have_text(notebook.title, timeout=LONG)
    page.wait_for_function(QUIET)


def sentences(page: Page) -> list[str]:
    """What its boxes say."""
    found: list[str] = page.locator("marimo-callout-output").evaluate_all("all => all.map(one => one.dataset.html)")
    return [re.sub(r"<[^>]+>", "", json.loads(html)) for html in found]


def assert_no_insides(page: Page) -> None:
    """No error of the program where a sentence should be."""
    text = page.locator("body").inner_text()
    assert not INTERNAL.search(text), text
    assert page.locator(".marimo-error").count() == 0


@pytest.mark.parametrize("notebook", FOUND, ids=lambda notebook: notebook.name)
def test_a_notebook_opens_draws_and_filters(analyst: Visit, address: str, notebook: Notebook) -> None:
    page = analyst.page
    open_notebook(page, address, notebook)
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible(timeout=LONG)
    assert_no_insides(page)
    before = page.evaluate(SHOWN)
    turn_a_control(page)
    page.wait_for_function(
        f"before => JSON.stringify({SHOWN}) !== before", arg=json.dumps(before, separators=(",", ":"))
    )
    page.wait_for_function(QUIET)
    assert_no_insides(page)
    assert analyst.is_silent


def turn_a_control(page: Page) -> None:
    """The first list is set to another of its values; where there is none, the first number or slider is."""
    lists = page.locator("marimo-dropdown select")
    for at in range(lists.count()):
        control = lists.nth(at)
        others = [
            value
            for value in control.locator("option").evaluate_all("all => all.map(one => one.value)")
            if value not in ("", control.input_value())
        ]
        if others:
            control.select_option(others[0])
            return
    control = page.locator("marimo-number input, marimo-slider [role=slider]").first
    control.focus()
    control.press("ArrowUp")
    control.blur()


@pytest.mark.parametrize("notebook", FOUND, ids=lambda notebook: notebook.name)
def test_what_matches_nothing_is_a_sentence(analyst: Visit, address: str, notebook: Notebook) -> None:
    open_notebook(analyst.page, address, notebook, "?from=1999-01-01&to=1999-01-02&run=no-such-run&table=no_such_table")
    assert_no_insides(analyst.page)
    assert analyst.is_silent
    if analyst.page.locator("marimo-date").count() or "run" in notebook.name:
        assert sentences(analyst.page)


def test_every_report_is_drawn_through_the_server_too(analyst: Visit, address: str, house: House) -> None:
    charts = 0
    for path in sorted(house.settings.reports_dir.rglob("*.html")):
        page = analyst.page
        page.goto(f"{address}/reports/{path.relative_to(house.settings.reports_dir)}")
        if page.locator(".plotly-graph-div").count():
            page.wait_for_function("document.documentElement.dataset.charts === 'drawn'")
            charts += page.locator(".plotly-graph-div .main-svg").count()
        assert analyst.is_silent
    assert charts


def test_from_the_start_to_the_run_and_into_its_notebook(analyst: Visit) -> None:
    page = analyst.page
    page.get_by_role("link", name="The morning and all runs").click()
    page.get_by_role("link", name="Daily issue processing").first.click()
    run_id = page.locator(".crumbs [aria-current]").inner_text()
    page.get_by_role("link", name="Look into this run").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Run inspector", timeout=LONG)
    page.wait_for_function(QUIET)
    assert (
        run_id
        in json.dumps(
            page.evaluate(
                "[...document.querySelectorAll('marimo-dropdown, marimo-table')].map(one => ({...one.dataset}))"
            )
        )
        + page.locator("body").inner_text()
    )
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


def test_a_database_that_goes_away_is_one_sentence(
    analyst: Visit, address: str, house: House, server: TestServer
) -> None:  # fmt: skip
    page, notebook = analyst.page, next(one for one in FOUND if one.name == "agent_performance")
    open_notebook(page, address, notebook)
    with renamed(server, house.name, f"{house.name}_away"):
        turn_a_control(page)
        expect(page.locator("marimo-callout-output[data-kind*=danger]").first).to_be_visible()
        page.wait_for_function(QUIET)
        assert_no_insides(page)
        told = [sentence for sentence in sentences(page) if house.name in sentence]
        assert told
        assert all(len(sentence) < 300 for sentence in told)
    open_notebook(page, address, notebook)
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible(timeout=LONG)


def test_an_empty_warehouse_is_a_sentence_in_each_notebook(
    analyst: Visit, address: str, house: House, server: TestServer, migrated_template: str
) -> None:
    empty = server.create("empty", migrated_template)
    grant_warehouse(server, empty)
    with renamed(server, house.name, f"{house.name}_away"), renamed(server, empty, house.name):
        for notebook in FOUND:
            open_notebook(analyst.page, address, notebook)
            assert_no_insides(analyst.page)
            assert sentences(analyst.page), notebook.name
    assert analyst.is_silent


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
