"""The API: figures as the commands have them, pages, refusals as problems, tokens and what they may, and the record of calls."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient

from cli.driving import call
from etl.kit import Warehouse
from metrics.conftest import Asked
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.paths import PROJECT
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.statements import run_count
from miyabi_dw.metrics.records import as_json, record
from miyabi_dw.web import make_app
from miyabi_dw.web.access import new_token, revoke_token
from miyabi_dw.web.api.endpoints import ENDPOINTS
from miyabi_dw.web.api.openapi import openapi
from miyabi_dw.web.api.parameters import LONGEST_TEXT
from miyabi_dw.web.api.schemas import Problem

TOKEN = "a-token-that-is-long-enough"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
RANGE = "from=2026-01-01&to=2026-02-28"
NEXT = re.compile(r'<(.+)>; rel="next"')


@pytest.fixture(scope="module")
def door(history: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Nobody yet: each request says who it is."""
    with TestClient(
        make_app(history.settings, TOKEN, tmp_path_factory.mktemp("apps")), follow_redirects=False
    ) as client:
        yield client


@pytest.fixture(scope="module")
def client(door: TestClient) -> "Asking":
    return Asking(door)


class Asking:
    """Asks with the server's own token."""

    def __init__(self, door: TestClient) -> None:
        self.door = door

    def __call__(self, path: str, status: int = 200, **headers: str) -> Any:
        answer = self.door.get(f"/api/v1{path}", headers={**BEARER, **headers})
        assert answer.status_code == status, answer.text
        return answer

    def rows(self, path: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self(path).text)))

    def pages(self, path: str, key: str) -> list[dict[str, Any]]:
        """All pages, by the links between them."""
        found = []
        while path:
            answer = self(path)
            found += answer.json()[key]
            following = NEXT.fullmatch(answer.headers.get("link", ""))
            path = following[1].removeprefix("/api/v1") if following else ""
        return found


def test_figures_are_those_of_the_core_in_json_and_csv(client: Asking, asked: Asked) -> None:
    wanted = asked("change_failure_rate", "month", date(2026, 1, 1), date(2026, 2, 28), by=["repository"])
    path = f"/metrics/change_failure_rate{{}}?grain=month&by=repository&{RANGE}"
    told, rows = client(path.format("")).json(), client.rows(path.format(".csv"))
    expected = [as_json(record(wanted.by, figure)) for figure in wanted.figures]
    assert told["figures"] == json.loads(json.dumps(expected, default=str))
    assert told["total"] == len(rows) == len(expected) > 2
    assert [row["repository"] for row in rows] == [figure["repository"] for figure in told["figures"]]
    assert client.rows(path.format("") + "&format=csv") == rows
    assert client(path.format(""), accept="text/csv").text == client(path.format(".csv")).text


def test_the_rows_behind_a_figure_come_in_pages_that_miss_none(client: Asking, history: Warehouse) -> None:
    rows = client.pages("/metrics/lead_time/rows?period=2026-01&limit=300", "rows")
    by_hand = history.query(
        "SELECT commit_sha FROM v_dora_lead_time WHERE deployed_time_key BETWEEN 20260101 AND 20260131"
        " AND lead_time_hours IS NOT NULL"
    )
    assert sorted(row["commit_sha"] for row in rows) == sorted(row["commit_sha"] for row in by_hand)
    assert [row["lead_time_hours"] for row in rows] == sorted((row["lead_time_hours"] for row in rows), reverse=True)
    assert len(client.pages(f"/metrics/deployments?grain=day&{RANGE}&limit=25", "figures")) == 59


def test_runs_and_the_dictionary_come_in_pages_too(client: Asking, history: Warehouse) -> None:
    listed = [run["run_id"] for run in client.pages("/runs?limit=1", "runs")]
    assert listed == [
        row["run_id"] for row in history.query("SELECT run_id FROM ops.run ORDER BY queued_at DESC, run_number DESC")
    ]
    assert client(f"/runs/{listed[0]}").json()["run"]["run_id"] == listed[0]
    found = client.pages("/dictionary?q=lead%20time&limit=20", "entries")
    assert found[0]["name"] == "lead_time" and len({each["name"] for each in found}) == len(found)
    assert "links" not in client("/health").json() and client("/health").json()["findings"][0]["name"] == "warehouse"


def test_an_answer_is_not_sent_again_to_whom_has_it(client: Asking) -> None:
    first = client(f"/metrics/deployments?{RANGE}")
    tag = first.headers["etag"]
    assert "private" in first.headers["cache-control"]
    again = client(f"/metrics/deployments?{RANGE}", 304, **{"If-None-Match": f'"other", W/{tag}'})
    assert (again.content, again.headers["etag"]) == (b"", tag)
    assert client(f"/metrics/deployments.csv?{RANGE}", **{"If-None-Match": tag}).headers["etag"] != tag


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/metrics/leadtime", 404, "did you mean 'lead_time'?"),
        ("/metrics/lead_time?by=repositry", 400, "did you mean 'repository'?"),
        ("/metrics/lead_time?grain=weekly", 400, "did you mean 'week'?"),
        ("/metrics/lead_time?grains=week", 400, "did you mean 'grain'?"),
        ("/metrics/lead_time?grain=day&grain=week", 400, "grain is given twice"),
        ("/metrics/lead_time?from=2026-02-01&to=2026-01-01", 400, "ends before it starts"),
        ("/metrics/lead_time?from=1999-01-01&to=1999-02-01", 400, "no day of the range was loaded"),
        ("/metrics/lead_time?from=soon", 400, "'soon' is no date"),
        ("/metrics/lead_time?limit=1e9", 400, "limit is '1e9'"),
        ("/metrics/lead_time?offset=-1", 400, "offset is '-1'"),
        ("/metrics/lead_time?format=xml", 406, "there is no format 'xml'"),
        ("/metrics/lead_time?where=repository", 400, "has no value"),
        ("/metrics/llm_cost?where=agent%3Dx'%29%3BDROP%20TABLE%20ops.run%3B--", 400, "has no agent"),
        (f"/metrics/llm_cost?where=agent%3D{'x' * LONGEST_TEXT}", 400, "no text of at most"),
        ("/metrics/lead_time?by=%00", 400, "no text of at most"),
        ("/metrics/lead_time/rows", 400, "period is missing"),
        ("/metrics/lead_time/rows?period=2026-13", 400, "is no month"),
        ("/runs/nope", 404, "there is no run 'nope'"),
        ("/runs?state=sucessful", 400, "choose one of queued"),
        ("/runs?after=nope", 400, "there is no run 'nope'"),
        ("/runs/latest.csv", 406, "no table"),
        ("/metric", 404, "/api/v1/metrics"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_a_problem_with_a_remedy(client: Asking, path: str, status: int, says: str) -> None:
    answer = client(path, status)
    assert answer.headers["content-type"].startswith("application/problem+json")
    told = Problem.model_validate_json(answer.content)
    assert says in f"{told.detail}: {told.remedy}" and told.status == status and told.remedy
    assert told.type.endswith(told.code)


def test_nothing_is_written_and_a_body_is_not_read(door: TestClient) -> None:
    for method in ("POST", "PUT", "DELETE"):
        answer = door.request(method, "/api/v1/runs", headers=BEARER, content=b"x" * 10_000_000)
        assert (answer.status_code, answer.json()["remedy"]) == (405, "use GET")


def test_the_recipes_ask_what_there_is(client: Asking) -> None:
    text = (PROJECT / "docs" / "RECIPES.md").read_text(encoding="utf-8")
    panel, *_ = (json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    [source] = yaml.safe_load(re.search(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[1])["datasources"]  # type: ignore[index]
    assert panel["datasource"] == {"type": source["type"], "uid": source["uid"]}
    [target] = panel["targets"]
    figures = client(re.sub(r"\$\{__(\w+):.*?\}", "2026-01-31", target["url"]).removeprefix("/api/v1")).json()[
        "figures"
    ]
    assert figures[0].keys() >= {column["selector"] for column in target["columns"]}
    [sheet] = re.findall(r"/api/v1(/metrics/[^\"]+)&token=", text)
    assert client.rows(sheet)[0]["agent"]


def test_every_answer_has_the_shape_that_is_described(client: Asking) -> None:
    told = client("/openapi.json").json()
    assert told == json.loads(json.dumps(openapi())) and told["openapi"] == "3.1.0"
    known = told["components"]["schemas"]
    assert {
        name.rpartition("/")[2] for name in re.findall(r'"#/components/schemas/(\w+)"', json.dumps(told))
    } <= known.keys()
    queries = {"name": "lead_time", "run_id": "latest"}
    for endpoint in ENDPOINTS:
        needed = "&".join(f"{each.name}={each.example}" for each in endpoint.parameters if each.is_needed)
        answer = client(f"{endpoint.path.format(**queries)}?{needed}")
        shape = known[endpoint.shape.__name__]
        assert answer.json().keys() == shape["properties"].keys() == set(shape["required"])
        assert endpoint.shape.model_validate_json(answer.content)


@pytest.fixture
def made(history: Warehouse) -> Iterator[dict[str, str]]:
    """Tokens of each scope, an expired and a revoked one; all are gone afterwards."""
    tomorrow, zone = datetime.now(UTC).date() + timedelta(2), history.settings.business_zone
    tokens = {
        name: new_token(history.database, name, tomorrow, "metrics" if name == "sheet" else "read", zone)
        for name in ("sheet", "reader", "expired", "revoked")
    }
    history.execute("UPDATE ops.api_token SET valid_until = now() - interval '1 second' WHERE name = 'expired'")
    revoke_token(history.database, "revoked")
    history.execute("DELETE FROM ops.api_call")
    yield tokens
    history.execute("DELETE FROM ops.api_token")


def test_a_token_opens_what_its_scope_says_while_it_is_valid(door: TestClient, made: dict[str, str]) -> None:
    def status(name: str, path: str) -> int:
        return door.get(path, headers={"Authorization": f"Bearer {made[name]}"}).status_code

    assert [status(name, "/api/v1/metrics") for name in made] == [200, 200, 401, 401]
    assert [status(name, "/api/v1/runs") for name in made] == [403, 200, 401, 401]
    # Pages and apps are for people.
    assert [status("reader", path) for path in ("/", "/reports/index.html", "/apps/x/")] == [401, 401, 401]
    refused = door.get("/api/v1/metrics", headers={"Authorization": f"Bearer {made['revoked']}"})
    assert "revoked was revoked" in refused.json()["detail"] and refused.headers["www-authenticate"].startswith(
        "Bearer"
    )
    assert door.get("/api/v1/metrics").json()["detail"] == "this needs a token"
    assert door.get("/api/v1/metrics", headers={"Authorization": f"Bearer mdw_{'A' * 43}"}).status_code == 401


def test_a_spreadsheet_has_the_token_in_the_address_and_no_link_repeats_it(
    door: TestClient, made: dict[str, str]
) -> None:
    answer = door.get(f"/api/v1/metrics/deployments.csv?grain=day&{RANGE}&limit=3&token={made['sheet']}")
    assert answer.status_code == 200 and answer.text.count("\r\n") == 4
    assert "token" not in answer.headers["link"] and answer.headers["link"].startswith(
        "</api/v1/metrics/deployments.csv?"
    )


def test_each_call_is_kept_with_who_asked_what_and_how_many_rows(
    door: TestClient, made: dict[str, str], history: Warehouse
) -> None:  # fmt: skip
    path = f"/api/v1/metrics/deployments?{RANGE}"
    tag = door.get(f"{path}&token={made['sheet']}").headers["etag"]
    door.get(path, headers={**BEARER, "If-None-Match": tag})
    door.get("/api/v1/runs", headers={"Authorization": f"Bearer {made['sheet']}"})
    door.get("/api/v1/metrics", headers={"Authorization": f"Bearer {made['expired']}"})
    door.get("/api/v1/metrics", headers={"Authorization": "Bearer unknown"})
    kept = history.query(
        "SELECT caller, door, asked, outcome, row_count, milliseconds FROM ops.api_call ORDER BY call_number"
    )
    assert [(row["caller"], row["outcome"], row["row_count"]) for row in kept] == [
        ("sheet", "answered", 2), ("operator", "unchanged", 2), ("sheet", "refused", None), ("expired", "refused", None),
    ]  # fmt: skip
    assert kept[0]["asked"] == f"GET {path}" and "mdw_" not in str(kept)
    assert history.value("SELECT count(*) FROM ops.api_token WHERE token_sha256 LIKE %s", "%mdw%") == 0
    with history.database.connect("etl") as connection:
        assert run_count(connection, "orchestration/runner/calls_prune", {"before": datetime.now(UTC)}) == 4


def test_a_page_of_another_site_asks_nothing(door: TestClient) -> None:
    for path in ("/api/v1/metrics", "/mcp"):
        assert door.get(path, headers={**BEARER, "Origin": "https://evil.example"}).status_code == 403


def test_a_browser_that_is_logged_in_may_look_at_the_api_and_not_speak_to_the_assistant(
    history: Warehouse, tmp_path: Path
) -> None:  # fmt: skip
    browser = TestClient(make_app(history.settings, TOKEN, tmp_path), follow_redirects=False)
    browser.get("/", params={"token": TOKEN})
    assert browser.get("/api/v1/metrics").status_code == 200
    assert browser.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "ping"}).status_code == 401


def test_while_the_warehouse_is_away_the_answer_says_to_come_again(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, reports_dir=tmp_path, warehouse_url="postgresql://nobody:x@127.0.0.1:1/none")
    answer = TestClient(make_app(settings, TOKEN, tmp_path)).get("/api/v1/runs", headers=BEARER)
    assert (answer.status_code, answer.json()["code"]) == (503, "connection-refused")


@pytest.mark.parametrize(
    ("name", "day", "says"),
    [
        ("Grafana board", date(2099, 1, 1), "no name for a token"), ("operator", date(2099, 1, 1), "no name for a token"),
        ("late", date(2020, 1, 1), "2020-01-01 is over"), ("sheet", date(2099, 1, 1), "already"),
    ],
)  # fmt: skip
def test_a_token_that_makes_no_sense_is_refused(
    made: dict[str, str], history: Warehouse, name: str, day: date, says: str
) -> None:
    with pytest.raises(BadRequest, match=says):
        new_token(history.database, name, day, "read", history.settings.business_zone)


def test_tokens_are_made_listed_and_revoked_from_the_shell(
    history: Warehouse, door: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    assert history.settings.warehouse_url
    monkeypatch.setenv("MIYABI_WAREHOUSE_URL", history.settings.warehouse_url.get_secret_value())
    monkeypatch.setenv("MIYABI_HOME", str(history.settings.home))
    made = call("serve", "token", "new", "--name", "board", "--until", "2099-01-01", "--scope", "metrics")
    token = made.out.strip()
    assert re.fullmatch(r"mdw_[\w-]{43}", token)
    assert door.get(f"/api/v1/metrics?token={token}").status_code == 200
    listed = json.loads(call("serve", "token", "list", "--json").out)
    assert [(each["name"], each["state"], bool(each["last_call_at"])) for each in listed] == [("board", "valid", True)]
    assert token not in str(listed)
    assert "did you mean 'board'?" in call("serve", "token", "revoke", "bord").err
    assert call("serve", "token", "revoke", "board").out == "board is revoked\n"
    assert door.get(f"/api/v1/metrics?token={token}").status_code == 401
    history.execute("DELETE FROM ops.api_token")
