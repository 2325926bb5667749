"""The web server: nothing without the token, nothing outside the reports, and no token in an address for long."""

import asyncio
import re
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from miyabi_dw.common.errors import BadRequest, SettingsError
from miyabi_dw.common.paths import NOTEBOOKS
from miyabi_dw.common.settings import Settings, load_settings
from miyabi_dw.db.connection import Database
from miyabi_dw.web import TokenGuard, chosen_token, is_loopback, make_app
from miyabi_dw.web.apps import find_notebooks
from miyabi_dw.web.guesses import WRONG_TOKENS_A_MINUTE, Guesses
from miyabi_dw.web.headers import LASTING
from miyabi_dw.web.programs import ProgramDoor
from miyabi_dw.web.requests import LONGEST_FORM
from miyabi_dw.web.sessions import COOKIE, MOST_SESSIONS, Sessions

TOKEN = "a-token-that-is-long-enough"
REPORT = '<p>all runs</p><span data-app="{}" data-query="?run=a&amp;b" data-text="Look &lt;here&gt;"></span>'
NOTEBOOK = 'import marimo\n\napp = marimo.App()\n\n\n@app.cell\ndef _():\n    """# Lead\n    **How fast?**\n    """\n'


@pytest.fixture
def guard(tmp_path: Path) -> TokenGuard:
    reports, apps = tmp_path / "reports", tmp_path / "apps"
    for folder in (reports, apps):
        folder.mkdir()
    (reports / "index.html").write_text("all runs")
    (reports / "linked.html").write_text(REPORT.format("lead"))
    (reports / "unlinked.html").write_text(REPORT.format("gone"))
    (reports / "out.html").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "secret.txt").write_text("not a report")
    (apps / "lead.py").write_text(NOTEBOOK)
    return make_app(Settings(home=tmp_path / "home", reports_dir=reports), TOKEN, apps)


@pytest.fixture
def browser(guard: TokenGuard) -> Iterator[TestClient]:
    with TestClient(guard, follow_redirects=False) as client:
        yield client


@pytest.fixture
def inside(browser: TestClient) -> TestClient:
    """The same browser, logged in."""
    browser.get("/", params={"token": TOKEN})
    return browser


@pytest.mark.parametrize("path", ["/", "/reports/index.html", "/apps/lead/", "/apps/lead/api/status", "/login"])
def test_nothing_is_shown_without_the_token(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 401
    assert "all runs" not in answer.text
    assert "Lead" not in answer.text
    assert 'type="password"' in answer.text


def test_the_token_is_taken_out_of_the_address_and_the_rest_of_it_stays(browser: TestClient) -> None:
    welcome = browser.get("/apps/lead/", params={"run": "a b", "token": TOKEN})
    assert (welcome.status_code, welcome.headers["location"]) == (303, "/apps/lead/?run=a+b")
    assert browser.get("/reports/index.html").text == "all runs"


def test_the_cookie_is_the_browsers_alone_and_tells_nothing_of_the_token(browser: TestClient) -> None:
    kept = browser.get("/", params={"token": TOKEN}).headers["set-cookie"].lower()
    assert "httponly" in kept
    assert "samesite=lax" in kept
    assert TOKEN not in kept


def test_the_form_leads_to_the_page_that_was_asked_for(browser: TestClient) -> None:
    form = browser.get("/reports/index.html", params={"x": "1"})
    assert 'action="/login?next=/reports/index.html%3Fx%3D1"' in form.text
    answer = browser.post("/login?next=/reports/index.html%3Fx%3D1", data={"token": TOKEN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/reports/index.html?x=1")
    assert browser.get("/reports/index.html").status_code == 200


@pytest.mark.parametrize("elsewhere", ["//evil.example/", "/\\evil.example/", "https://evil.example/"])
def test_no_address_leads_to_another_server_after_the_token(browser: TestClient, elsewhere: str) -> None:
    posted = browser.post("/login", params={"next": elsewhere}, data={"token": TOKEN})
    assert posted.headers["location"].startswith("/")
    assert not posted.headers["location"].startswith(("//", "/\\"))
    browser.cookies.clear()
    asked = browser.get("http://testserver//evil.example/", params={"token": TOKEN})
    assert asked.headers["location"] == "/evil.example/"


def test_a_bearer_header_serves_machines(browser: TestClient) -> None:
    answer = browser.get("/reports/index.html", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.text == "all runs"


def test_every_answer_bears_the_security_headers(browser: TestClient) -> None:
    for answer in (browser.get("/"), browser.get("/", params={"token": TOKEN}), browser.get("/reports/index.html")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]


def test_a_wrong_token_is_refused_in_words(browser: TestClient) -> None:
    assert "This is not the token" not in browser.get("/").text
    for answer in (browser.get("/", params={"token": TOKEN + "x"}), browser.post("/login", data={"token": "wrong"})):
        assert answer.status_code == 401
        assert "This is not the token" in answer.text


def test_a_form_that_is_too_long_is_not_read(browser: TestClient) -> None:
    assert browser.post("/login", data={"token": TOKEN, "more": "x" * LONGEST_FORM}).status_code == 401


def from_host(guard: TokenGuard, name: str) -> TestClient:
    return TestClient(guard, follow_redirects=False, client=(name, 1))


def test_c3_guessing_is_slowed_down_and_the_right_token_enters_all_the_same(guard: TokenGuard) -> None:
    guesser = from_host(guard, "10.0.0.2")
    for number in range(WRONG_TOKENS_A_MINUTE):
        assert guesser.post("/login", data={"token": f"guess {number}"}).status_code == 401
    refused = guesser.post("/login", data={"token": "one more"})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert from_host(guard, "10.0.0.3").post("/login", data={"token": "another"}).status_code == 401
    assert guesser.get("/reports/index.html", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert guesser.post("/login", data={"token": TOKEN}).status_code == 303
    assert guesser.get("/reports/index.html").text == "all runs"


@pytest.mark.parametrize("wrong", ["*", "10.0.0.5/8", "proxy.example", "10.0.0"])
def test_c3_a_proxy_is_trusted_by_its_address_only(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIYABI_SERVE_TRUSTED_PROXIES", f"10.0.0.5,{wrong}")
    with pytest.raises(SettingsError, match="no address or network"):
        load_settings()


MALFORMED = [
    {"Origin": "http://[::1"}, {"Origin": "http://a:b/"}, {"Origin": "http://testserver\\@evil.example"}, {"Origin": ""},
    {"Host": "[::1"}, {"Host": "a b"}, {"Host": "user@testserver"}, {"Host": "testserver/x"},
]  # fmt: skip


@pytest.mark.parametrize("headers", MALFORMED, ids=str)
def test_c4_a_malformed_header_is_a_bad_request(inside: TestClient, headers: dict[str, str]) -> None:
    assert inside.get("/reports/index.html", headers=headers).status_code == 400
    assert inside.post("/login", headers=headers, data={"token": TOKEN}).status_code == 400


@pytest.mark.parametrize("path", ["/reports/%00", "/reports/" + "x" * 5000, "/apps/lead/%ff", "/%f0%28"])
def test_c4_an_odd_path_is_not_found(inside: TestClient, path: str) -> None:
    assert inside.get(path).status_code == 404


def test_c4_a_query_that_is_no_text_is_a_bad_request(inside: TestClient) -> None:
    sent: list[Message] = []
    scope = {"type": "http", "method": "GET", "path": "/apps/lead/", "query_string": b"\xff", "headers": []}
    _run(inside.app(scope, _nothing_comes, _keep(sent)))
    assert sent[0]["status"] == 400


def test_c4_a_client_that_goes_away_in_the_login_needs_no_answer(guard: TokenGuard) -> None:
    sent: list[Message] = []
    scope = {
        "type": "http", "method": "POST", "path": "/login", "query_string": b"", "headers": [(b"content-length", b"9")],
    }  # fmt: skip
    _run(guard(scope, _nothing_comes, _keep(sent)))
    assert sent == []


def _run(answering: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own: the browser's tests may have left this one with a loop that runs."""
    with ThreadPoolExecutor(1) as executor:
        executor.submit(asyncio.run, answering).result()


async def _nothing_comes() -> Message:
    return {"type": "http.disconnect"}


def _keep(sent: list[Message]) -> Send:
    async def keep(message: Message) -> None:
        sent.append(message)

    return keep


def test_c11_each_browser_has_a_session_of_its_own_and_logging_out_ends_it(guard: TokenGuard) -> None:
    one, other = (TestClient(guard, follow_redirects=False) for _ in range(2))
    for browser in (one, other):
        browser.get("/", params={"token": TOKEN})
    key = one.cookies[COOKIE]
    assert key != other.cookies[COOKIE]
    left = one.post("/logout")
    assert (left.status_code, left.headers["location"]) == (303, "/")
    assert COOKIE not in one.cookies
    assert one.get("/", headers={"Cookie": f"{COOKIE}={key}"}).status_code == 401
    assert other.get("/reports/index.html").status_code == 200


def test_c11_a_page_of_another_site_logs_nobody_out(inside: TestClient) -> None:
    assert inside.post("/logout", headers={"Origin": "http://evil.example"}).status_code == 403
    assert inside.get("/reports/index.html").status_code == 200


def test_c11_a_session_expires(guard: TokenGuard, inside: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert guard.sessions.seconds == 12 * 3600
    began = time.monotonic()
    monkeypatch.setattr("miyabi_dw.web.sessions.time.monotonic", lambda: began + guard.sessions.seconds - 60)
    assert inside.get("/reports/index.html").status_code == 200
    monkeypatch.setattr("miyabi_dw.web.sessions.time.monotonic", lambda: began + guard.sessions.seconds + 60)
    assert inside.get("/").status_code == 401


def test_c11_an_open_websocket_ends_with_its_session() -> None:
    async def echo(_: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "text": "heard"})

    sessions = Sessions(3600)
    programs = ProgramDoor(echo, TOKEN, sessions, Database(Settings()), Guesses())
    guard = TokenGuard(echo, TOKEN, sessions, programs)
    key = guard.sessions.begin()
    with TestClient(guard).websocket_connect("/apps/lead/ws", headers={"Cookie": f"{COOKIE}={key}"}) as socket:
        socket.send_text("hello")
        assert socket.receive_text() == "heard"
        guard.sessions.end(key)
        with pytest.raises(WebSocketDisconnect) as closed:
            for _ in range(2):
                socket.receive_text()
    assert closed.value.code == 1008


def test_c11_sessions_do_not_fill_the_memory() -> None:
    sessions = Sessions(3600)
    keys = [sessions.begin() for _ in range(MOST_SESSIONS + 1)]
    assert [sessions.has(key) for key in (keys[0], keys[1], keys[-1])] == [False, True, True]


def test_c11_no_page_is_kept_and_what_the_program_draws_with_is_kept_by_this_browser_alone(
    inside: TestClient, tmp_path: Path
) -> None:
    (tmp_path / "reports" / "assets").mkdir()
    (tmp_path / "reports" / "assets" / "report-1.css").write_text("body {}")
    for path in ("/", "/reports/index.html", "/reports/linked.html", "/nowhere", "/login"):
        assert inside.get(path).headers["cache-control"] == "no-store"
    assert inside.get("/reports/assets/report-1.css").headers["cache-control"] == LASTING.decode()
    assert inside.get("/reports/assets/gone.css").headers["cache-control"] == "no-store"
    app = inside.get("/apps/lead/")
    assert app.headers["cache-control"].startswith("private")
    found = re.search(r'"(/apps/marimo/assets/[\w.-]+\.js)"', app.text)
    assert found
    assert inside.get(found[1]).headers["cache-control"] == LASTING.decode()


def test_c11_pages_may_run_no_script_of_their_own_and_apps_what_marimo_needs(inside: TestClient) -> None:
    for path in ("/", "/reports/index.html", "/reports/gone.html", "/nowhere"):
        policy = inside.get(path).headers["content-security-policy"]
        assert "unsafe-eval" not in policy
        assert "script-src 'self';" in policy
        assert "default-src 'none'" in policy
    answer = inside.get("/apps/lead/")
    assert "unsafe-eval" in answer.headers["content-security-policy"]
    assert [value for name, value in answer.headers.multi_items() if name == "referrer-policy"] == ["same-origin"]
    inside.cookies.clear()
    assert "unsafe-eval" not in inside.get("/apps/lead/").headers["content-security-policy"]


def test_an_old_cookie_counts_as_none_and_locks_nobody_out(browser: TestClient) -> None:
    for _ in range(WRONG_TOKENS_A_MINUTE + 1):
        assert browser.get("/", headers={"Cookie": f"{COOKIE}=of-the-server-before"}).status_code == 401
    assert browser.get("/", params={"token": TOKEN}).status_code == 303


@pytest.mark.parametrize(
    "path",
    [
        "/reports/../secret.txt", "/reports/%2e%2e/secret.txt", "/reports/..%2fsecret.txt", "/reports/out.html",
        "/apps/../secret.txt", "/apps/lead/../../secret.txt", "/apps/lead/%2e%2e/%2e%2e/secret.txt", "/apps/lead.py",
    ],
)  # fmt: skip
def test_no_path_leads_out(inside: TestClient, path: str) -> None:
    answer = inside.get(path)
    assert answer.status_code == 404
    assert "not a report" not in answer.text


def test_a_websocket_is_guarded_too(browser: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect) as closed, browser.websocket_connect("/apps/lead/ws"):
        pass
    assert closed.value.code == 1008


def test_a_page_of_another_site_cannot_speak_through_our_cookie(inside: TestClient) -> None:
    foreign = {"Origin": "http://testserver:9999"}
    assert inside.post("/apps/lead/api/kernel/instantiate", headers=foreign).status_code == 403
    with pytest.raises(WebSocketDisconnect), inside.websocket_connect("/apps/lead/ws", headers=foreign):
        pass
    assert inside.get("/reports/index.html", headers={"Origin": "http://testserver"}).status_code == 200


def test_the_start_is_the_top_page_with_the_questions(inside: TestClient, tmp_path: Path) -> None:
    (tmp_path / "reports" / "index.html").write_text("<h1>All is well.</h1><div data-questions></div>")
    assert inside.get("/").headers["location"] == "/reports/index.html"
    answer = inside.get("/reports/index.html")
    assert "<h1>All is well.</h1>" in answer.text
    assert 'href="/apps/lead/">Lead</a>' in answer.text
    assert "How fast?" in answer.text
    assert 'action="/logout"' in answer.text
    assert inside.get("/apps/lead/").status_code == 200


def test_before_the_first_run_the_start_leads_to_the_questions(inside: TestClient, tmp_path: Path) -> None:
    (tmp_path / "reports" / "index.html").unlink()
    page = inside.get("/").text
    assert "Nothing has run yet" in page
    assert 'href="/apps/lead/">Lead</a>' in page


def test_reports_link_into_the_apps_that_are_there(inside: TestClient) -> None:
    link = '<a class="app" href="/apps/lead/?run=a&amp;b">Look &lt;here&gt;</a>'
    assert inside.get("/reports/linked.html").text == f"<p>all runs</p>{link}"
    assert inside.get("/reports/unlinked.html").text == "<p>all runs</p>"


def test_each_committed_notebook_says_its_title_and_question() -> None:
    found = find_notebooks(NOTEBOOKS / "analysis")
    assert found
    assert [notebook.name for notebook in found if not notebook.question.endswith("?")] == []
    assert [notebook.name for notebook in found if notebook.title == notebook.name] == []


def test_a_broken_notebook_keeps_nobody_from_the_others(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def (")
    assert [notebook.title for notebook in find_notebooks(tmp_path)] == ["broken"]


def test_a_short_token_is_refused() -> None:
    with pytest.raises(BadRequest, match="fewer than 16"):
        chosen_token(Settings(serve_token="short"))


def test_on_this_machine_each_start_has_a_token_of_its_own() -> None:
    assert chosen_token(Settings()) != chosen_token(Settings())


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.com"])
def test_an_address_that_others_reach_needs_a_chosen_token(host: str) -> None:
    with pytest.raises(SettingsError, match="MIYABI_SERVE_TOKEN_FILE"):
        chosen_token(Settings(), host)
    assert chosen_token(Settings(serve_token=TOKEN), host) == TOKEN


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_is_recognised(host: str) -> None:
    assert is_loopback(host)
