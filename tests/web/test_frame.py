"""The frame around marimo's pages: our style, the way to the others, nothing fetched; all else as it was."""

import re
from importlib import resources

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from miyabi_dw.web.frame import NOTHING_FETCHED, Framed, navigation

PAGE = (
    '<html><head><link rel="preload" href="./f.woff2" as="font" />\n</head><body>\n<div id="root"></div></body></html>'
)
APPS = [("/apps/one/", "One"), ("/apps/two/", "<Two>")]


def framed(answer: Response) -> TestClient:
    app = Starlette(routes=[Route("/", lambda _: answer)])
    return TestClient(Framed(app, navigation(APPS, "/apps/two/")))


def test_a_page_has_our_style_and_the_way_to_the_others() -> None:
    answer = framed(HTMLResponse(PAGE, headers={"etag": '"of-the-page"'})).get("/")
    assert answer.text.index("--dw-paper") < answer.text.index("</head>") < answer.text.index('<header class="dw-top">')
    assert answer.text.index("</header>") < answer.text.index('<div id="root">')
    assert re.findall(r'href="([^"]+)"( aria-current="page")?', answer.text) == [
        ("/", ""), ("/apps/one/", ""), ("/apps/two/", ' aria-current="page"'), ("/reports/index.html", ""),
    ]  # fmt: skip
    assert "&lt;Two&gt;" in answer.text
    assert NOTHING_FETCHED in answer.text
    assert "preload" not in answer.text
    assert "etag" not in answer.headers
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_what_is_no_page_of_marimo_passes_as_it_is() -> None:
    for answer in (HTMLResponse("<p>" * 9), PlainTextResponse(PAGE), Response(b"", 304, {"etag": "x"})):
        passed = framed(answer).get("/")
        assert (passed.content, passed.status_code) == (answer.body, answer.status_code)


def test_a_page_that_comes_in_parts_is_whole() -> None:
    answer = framed(StreamingResponse([PAGE[:90], PAGE[90:]], media_type="text/html")).get("/")
    assert answer.text.endswith('</header><div id="root"></div></body></html>')


def test_the_style_uses_only_variables_that_the_reports_have() -> None:
    folder = resources.files("miyabi_dw") / "templates"
    known = set(re.findall(r"--([\w-]+):", (folder / "report.css").read_text(encoding="utf-8")))
    used = set(re.findall(r"var\(--dw-([\w-]+)\)", (folder / "apps.css").read_text(encoding="utf-8")))
    assert used
    assert used <= known
