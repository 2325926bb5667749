"""The web server: nothing without the token, nothing outside the reports, and no token in an address for long."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from miyabi_dw.errors import BadRequest
from miyabi_dw.settings import Settings
from miyabi_dw.web import COOKIE, WRONG_TOKENS_A_MINUTE, chosen_token, make_app

TOKEN = "a-token-that-is-long-enough"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[TestClient]:
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "index.html").write_text("all runs")
    (tmp_path / "secret.txt").write_text("not a report")
    apps = tmp_path / "apps"
    apps.mkdir()
    app = make_app(Settings(home=tmp_path, reports_dir=reports), TOKEN, apps)
    with TestClient(app, follow_redirects=False) as client:
        yield client


def test_nothing_is_shown_without_the_token(browser: TestClient) -> None:
    for path in ("/", "/reports/index.html", "/apps/agent_performance/"):
        answer = browser.get(path)
        assert answer.status_code == 401
        assert "all runs" not in answer.text


def test_the_token_is_taken_out_of_the_address_and_kept_in_a_cookie(browser: TestClient) -> None:
    welcome = browser.get("/reports/index.html", params={"token": TOKEN})
    assert welcome.status_code == 303
    assert welcome.headers["location"] == "/reports/index.html"
    kept = welcome.headers["set-cookie"]
    assert "HttpOnly" in kept
    assert "samesite=strict" in kept.lower()
    assert browser.get("/reports/index.html").text == "all runs"


def test_a_bearer_header_serves_machines(browser: TestClient) -> None:
    answer = browser.get("/reports/index.html", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.text == "all runs"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_wrong_token_is_refused(browser: TestClient) -> None:
    assert browser.get("/", params={"token": TOKEN + "x"}).status_code == 401
    assert browser.get("/", cookies={COOKIE: "wrong"}).status_code == 401


def test_guessing_locks_the_door(browser: TestClient) -> None:
    for number in range(WRONG_TOKENS_A_MINUTE):
        assert browser.get("/", params={"token": f"guess {number}"}).status_code == 401
    assert browser.get("/", params={"token": TOKEN}).status_code == 429


@pytest.mark.parametrize("path", ["/reports/../secret.txt", "/reports/%2e%2e/secret.txt", "/reports/..%2fsecret.txt"])
def test_no_path_leads_out_of_the_reports(browser: TestClient, path: str) -> None:
    answer = browser.get(path, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 404
    assert "not a report" not in answer.text


def test_the_address_after_the_token_stays_on_this_server(browser: TestClient) -> None:
    answer = browser.get("http://testserver//evil.example/", params={"token": TOKEN})
    assert answer.headers["location"].startswith("/evil")


def test_a_websocket_is_guarded_too(browser: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect) as closed, browser.websocket_connect("/apps/x/ws"):
        pass
    assert closed.value.code == 1008


def test_a_short_token_is_refused() -> None:
    with pytest.raises(BadRequest, match="fewer than 16"):
        chosen_token(Settings(serve_token="short"))


def test_without_a_token_each_start_has_its_own() -> None:
    assert chosen_token(Settings()) != chosen_token(Settings())
