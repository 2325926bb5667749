"""LiteLLM's table of spend, on a real PostgreSQL with the table as LiteLLM makes it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest

from connect.sinks import Collected
from miyabi_dw.common.errors import BadRequest, ConnectionFailed, SettingsError
from miyabi_dw.connect.agents.litellm import LiteLLM
from miyabi_dw.connect.records import Answer
from miyabi_dw.db import foreign
from servers import TestServer

# As the first release with a database made it; later ones have added the columns below.
FIRST = """
CREATE TABLE "LiteLLM_SpendLogs" (
    "request_id" TEXT NOT NULL PRIMARY KEY, "call_type" TEXT NOT NULL, "api_key" TEXT NOT NULL DEFAULT '',
    "spend" DOUBLE PRECISION NOT NULL DEFAULT 0.0, "total_tokens" INTEGER NOT NULL DEFAULT 0,
    "prompt_tokens" INTEGER NOT NULL DEFAULT 0, "completion_tokens" INTEGER NOT NULL DEFAULT 0,
    "startTime" TIMESTAMP(3) NOT NULL, "endTime" TIMESTAMP(3) NOT NULL, "model" TEXT NOT NULL DEFAULT '',
    "user" TEXT NOT NULL DEFAULT '', "metadata" JSONB NOT NULL DEFAULT '{}', "cache_hit" TEXT NOT NULL DEFAULT '',
    "request_tags" JSONB NOT NULL DEFAULT '[]', "team_id" TEXT, "end_user" TEXT, "messages" JSONB DEFAULT '{}',
    "response" JSONB DEFAULT '{}'
)"""
LATER = """
ALTER TABLE "LiteLLM_SpendLogs" ADD session_id TEXT, ADD status TEXT, ADD custom_llm_provider TEXT, ADD model_group TEXT,
    ADD mcp_namespaced_tool_name TEXT"""
START = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


class Gateway:
    """A database of LiteLLM's."""

    def __init__(self, server: TestServer, name: str) -> None:
        self._server, self._name = server, name
        self.url = server.database_url(name)

    def run(self, sql: str, values: object = None) -> None:
        with self._server.connect(self._name) as connection, connection.cursor() as cursor:
            cursor.execute(sql, values)

    def request(self, request_id: str, minutes: float = 0, **columns: object) -> None:
        start = (START + timedelta(minutes=minutes)).replace(tzinfo=None)
        given = {
            "request_id": request_id, "call_type": "acompletion", "startTime": start,
            "endTime": start + timedelta(seconds=30), "model": "gpt-5", "prompt_tokens": 100, "completion_tokens": 10,
        } | {name: json.dumps(value) if isinstance(value, dict | list) else value for name, value in columns.items()}  # fmt: skip
        names = ", ".join(f'"{name}"' for name in given)
        self.run(
            f'INSERT INTO "LiteLLM_SpendLogs" ({names}) VALUES ({", ".join(["%s"] * len(given))})', list(given.values())
        )


@pytest.fixture
def gateway(server: TestServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    name = server.create("litellm")
    made = Gateway(server, name)
    made.run(FIRST)
    monkeypatch.setenv("MIYABI_LITELLM_URL", made.url)
    yield made
    server.drop(name)


@pytest.fixture
def complete(gateway: Gateway) -> Gateway:
    gateway.run(LATER)
    return gateway


def read(cursor: dict[str, object] | None = None, **fields: object) -> Collected:
    sink = Collected()
    LiteLLM(name="gateway", **fields).read(cursor or {}, sink)
    return sink


def answers(sink: Collected) -> dict[str, Answer]:
    return {answer.answer_id: answer for answer in sink.records[Answer]}


def test_a_request_is_an_execution_with_its_tokens_and_price(complete: Gateway) -> None:
    usage = {
        "prompt_tokens_details": {"cached_tokens": 700, "cache_creation_token_details": {"ephemeral_1h_input_tokens": 40}},
        "completion_tokens_details": {"reasoning_tokens": 30}, "cache_read_input_tokens": 700,
        "cache_creation_input_tokens": 50,
    }  # fmt: skip
    complete.request(
        "r1", model="claude-sonnet-4-5", prompt_tokens=1000, completion_tokens=90, spend=0.25, custom_llm_provider="anthropic",
        session_id="s1", status="success", metadata={"usage_object": usage},
        request_tags=["User-Agent: claude-cli/1.0 (external)", "repo:Acme/CLI", "branch:fix/12-login", "nightly"],
    )  # fmt: skip
    [answer] = answers(read()).values()
    assert answer == Answer(
        answer_id="r1", execution_id="r1", session_id="s1", session_at=START, prompt_at=START,
        answered_at=START + timedelta(seconds=30), agent_id="claude-code", model="claude-sonnet-4-5", provider="anthropic",
        tokens_input=1000, tokens_output=90, tokens_cache_read=700, tokens_cache_write=50, tokens_cache_write_1h=40,
        tokens_reasoning=30, cost_usd=0.25, success=True, repository="acme/cli", branch="fix/12-login", branch_key="#12",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("prompt", "read_tokens", "written", "whole"),
    [(1000, 700, 50, 1000), (731, 700, 1253, 1984), (31, 0, 1253, 1284), (31, 700, 50, 781)],
    ids=["all counted", "without what was written", "nothing read", "without the cache"],
)
def test_the_input_has_its_cache_in_whatever_version(
    gateway: Gateway, prompt: int, read_tokens: int, written: int, whole: int
) -> None:
    usage = {"cache_read_input_tokens": read_tokens, "cache_creation_input_tokens": written}
    gateway.request("r1", prompt_tokens=prompt, metadata={"additional_usage_values": usage})
    [answer] = answers(read()).values()
    assert (answer.tokens_input, answer.tokens_cache_read, answer.tokens_cache_write) == (whole, read_tokens, written)


def test_what_the_gateway_had_in_its_own_cache_used_no_tokens(complete: Gateway) -> None:
    complete.request("r1", cache_hit="True", spend=0.0)
    complete.request("r2", cache_hit="False", spend=0.5)
    found = answers(read())
    assert (found["r1"].tokens_input, found["r1"].tokens_output, found["r1"].cost_usd) == (0, 0, 0.0)
    assert (found["r2"].tokens_input, found["r2"].cost_usd) == (100, 0.5)


def test_a_table_of_an_early_version_is_read_too(gateway: Gateway) -> None:
    gateway.request("r1", metadata={"session_id": "s9"}, request_tags=["issue:12"])
    # The text of the JSON, stored as a JSON string.
    gateway.request("r2", metadata=json.dumps(json.dumps({"status": "failure"})), request_tags='"[\\"ABC-7\\"]"')
    gateway.request("r3", metadata="null", request_tags="null")
    found = answers(read())
    assert (found["r1"].session_id, found["r1"].issue_key, found["r1"].success) == ("s9", "#12", None)
    assert (found["r2"].session_id, found["r2"].issue_key, found["r2"].success) == ("r2", "ABC-7", False)
    assert found["r3"].session_id == "r3"


def test_the_last_two_days_are_read_again_and_nothing_before(gateway: Gateway) -> None:
    for number in range(6):
        gateway.request(f"r{number}", minutes=number * 24 * 60)
    first = read()
    assert list(answers(first)) == [f"r{number}" for number in range(6)]
    gateway.request("late", minutes=3.5 * 24 * 60)
    assert list(answers(read(dict(first.cursors[-1])))) == ["r3", "late", "r4", "r5"]
    gateway.run('DELETE FROM "LiteLLM_SpendLogs"')
    assert read(dict(first.cursors[-1])).cursors == [first.cursors[-1]]


def test_what_cannot_be_is_quarantined_by_itself(complete: Gateway) -> None:
    complete.request("negative", prompt_tokens=-5)
    complete.request("nan", spend=float("nan"))
    complete.request("old", minutes=-60 * 24 * 365 * 100)
    complete.request("future", minutes=60 * 24 * 365 * 100)
    complete.request("tool", call_type="call_mcp_tool", model="MCP: search")
    complete.request("nameless", model="", status="failure")
    complete.request("good")
    sink = read()
    assert list(answers(sink)) == ["good"]
    assert {what for what, _, _ in sink.quarantined} == {
        "request negative",
        "request nan",
        "request old",
        "request future",
    }
    assert {where for _, where in sink.skipped} == {"request tool", "request nameless"}
    assert str(sink.cursors[-1]["started_at"]).startswith("2026-04-01")


def test_nothing_of_people_or_texts_is_read(complete: Gateway) -> None:
    planted = {"user": "PLANTED@example.com", "end_user": "PLANTED", "team_id": "PLANTED", "api_key": "PLANTED"}
    told = {
        "user_api_key_alias": "PLANTED",
        "spend_logs_metadata": {"note": "PLANTED"},
        "usage_object": {"note": "PLANTED"},
    }
    complete.request(
        "r1", **planted, metadata=told, messages={"content": "PLANTED"}, response={"content": "PLANTED"}, spend=-1,
        request_tags=["PLANTED text"],
    )  # fmt: skip
    complete.request("r2", **planted, metadata=told, request_tags=["PLANTED text"])
    sink = read()
    assert list(answers(sink)) == ["r2"]
    assert "PLANTED" not in repr(sink)


def test_it_tells_what_is_there_before_it_reads(gateway: Gateway) -> None:
    with pytest.raises(BadRequest, match="no request yet"):
        LiteLLM(name="gateway").discover()
    gateway.request("r1")
    found = LiteLLM(name="gateway").discover()
    assert (found.sentence, found.figures) == ("about 1 request, 2026-04-01 to 2026-04-01", {"requests": 1})


def test_a_url_as_prisma_writes_it_is_taken(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway.request("r1")
    own = LiteLLM(name="gateway").origin
    monkeypatch.setenv("MIYABI_LITELLM_URL", f"{gateway.url}&connection_limit=5&pool_timeout=10&schema=public")
    assert list(answers(read())) == ["r1"]
    assert LiteLLM(name="gateway").origin == own
    monkeypatch.setenv("MIYABI_LITELLM_URL", f"{gateway.url}&schema=other")
    assert LiteLLM(name="gateway").origin == f"{own}, schema other"
    with pytest.raises(BadRequest, match="no table LiteLLM_SpendLogs"):
        read()


def test_the_url_is_named_never_written(gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway.request("r1")
    file = tmp_path / "url"
    file.write_text(gateway.url + "\n")
    assert list(answers(read(url_file=file))) == ["r1"]
    for field in ("url_variable", "url_file"):
        with pytest.raises(ValueError, match="holds a password"):
            LiteLLM(name="gateway", **{field: gateway.url})
    monkeypatch.delenv("MIYABI_LITELLM_URL")
    with pytest.raises(SettingsError, match="MIYABI_LITELLM_URL is not set"):
        read()
    assert LiteLLM(name="gateway").origin == "litellm MIYABI_LITELLM_URL"
    with pytest.raises(SettingsError, match="cannot be read"):
        read(url_file=tmp_path / "none")


def test_the_gateway_is_never_written(gateway: Gateway) -> None:
    with (
        pytest.raises(ConnectionFailed, match="read-only transaction"),
        foreign.connect_to(gateway.url) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute('DELETE FROM "LiteLLM_SpendLogs"')


def test_a_wrong_url_says_so_without_its_password(server: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for url, words in (
        ("postgresql://u:PLANTED@127.0.0.1:1/none", "nothing answers there"),
        ("mysql://u:PLANTED@h/db", "does not parse"),
        ("postgresql://u:PLANTED[@h/db", "does not parse"),
        (server.database_url("no_such_database"), "no such database"),
    ):
        monkeypatch.setenv("MIYABI_LITELLM_URL", url)
        with pytest.raises(ConnectionFailed, match=words) as caught:
            read()
        assert "PLANTED" not in str(caught.value)
    assert psycopg2.extensions.parse_dsn(url)["password"] not in str(caught.value)
