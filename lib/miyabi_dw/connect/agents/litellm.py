"""LiteLLM's table of spend: every request of a gateway with its model, tokens and price.

`prompt_tokens` counts what was read from and written to the provider's cache; in some versions it lacks the written
part, which shows in a part greater than the whole. What the gateway answered from its own cache used no tokens.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Self

from pydantic import model_validator

from miyabi_dw.common.errors import BadRequest, SettingsError
from miyabi_dw.common.settings import load_settings
from miyabi_dw.common.text import counted
from miyabi_dw.connect.agents.request_tags import named_in
from miyabi_dw.connect.agents.tokens import FIRST_MOMENT, Tokens, Unusable, count_of, money_of, tokens_of, tomorrow
from miyabi_dw.connect.origin import Cursor, Discovery, Origin, Sink
from miyabi_dw.connect.records import Answer
from miyabi_dw.db import foreign, statements
from miyabi_dw.db.connection import Connection

TABLE = "LiteLLM_SpendLogs"
# Late lines are written by the gateway's queue, and spend is corrected there.
OVERLAP = timedelta(days=2)
CHECKPOINT_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Request:
    """A line of the table; `usage_object` and `additional_usage_values` hold the cache's tokens, or null."""

    request_id: str
    started_at: datetime
    ended_at: datetime
    model: str | None
    provider: str | None
    spend: str | None
    prompt_tokens: str | None
    completion_tokens: str | None
    is_from_cache: bool
    is_tool_call: bool
    tags: list[object]
    session_id: str | None
    status: str | None
    usage_object: object
    additional_usage_values: object

    def most(self, *path: str) -> int:
        """The greatest count at the path in what the provider told of its usage, which stands in one place or both."""
        found = (_at(usage, path) for usage in (self.usage_object, self.additional_usage_values))
        return max(count_of(path[-1], value) for value in found)


@dataclass(frozen=True, slots=True)
class Extent:
    """About how many requests a table has, and of which time."""

    about: int
    first_at: datetime | None
    last_at: datetime | None


class LiteLLM(Origin):
    """`url_variable` names the variable, `url_file` the file that has the database's URL: it holds a password."""

    kind: ClassVar[str] = "litellm"
    url_variable: str = "MIYABI_LITELLM_URL"
    url_file: Path | None = None

    @model_validator(mode="after")
    def _no_url(self) -> Self:
        if "://" in self.url_variable or (self.url_file and ":/" in str(self.url_file)):
            raise ValueError("give the name of the variable or file that has the URL, not the URL: it holds a password")
        return self

    @property
    def origin(self) -> str:
        try:
            return f"{self.kind} {foreign.described(self._url())}"
        except SettingsError:
            return f"{self.kind} {self.url_file or self.url_variable}"

    def discover(self) -> Discovery:
        with self._connect() as connection:
            window = {"since": FIRST_MOMENT, "until": tomorrow()}
            extent = statements.one_as(Extent, connection, "connect/litellm/extent", window)
        if extent.first_at is None or extent.last_at is None:
            raise BadRequest(f"{TABLE} has no request yet", self.origin, "send one through the gateway first")
        days = f"{extent.first_at:%Y-%m-%d} to {extent.last_at:%Y-%m-%d}"
        return Discovery(f"about {counted(extent.about, 'request')}, {days}", {"requests": extent.about})

    def read(self, cursor: Cursor, sink: Sink) -> None:
        since = datetime.fromisoformat(str(cursor["started_at"])) - OVERLAP if cursor else FIRST_MOMENT
        window = {"since": max(since, FIRST_MOMENT), "until": tomorrow(), "first": FIRST_MOMENT}
        with self._connect() as connection:
            for request_id in statements.values_as(str, connection, "connect/litellm/out_of_range", window):
                sink.quarantine(f"request {request_id}", TABLE, "its startTime lies outside of 2020 to tomorrow")
            total = statements.value_as(int, connection, "connect/litellm/waiting", window)
            requests = statements.streamed_as(Request, connection, "connect/litellm/requests", window)
            sink.checkpoint(_read_all(requests, total, sink) or cursor)

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with foreign.connect_to(self._url()) as connection:
            if not statements.value_as(bool, connection, "connect/litellm/has_table"):
                remedy = "check the database at the URL's end; a schema is named by ?schema=NAME"
                raise BadRequest(f"the database has no table {TABLE}", self.origin, remedy)
            yield connection

    def _url(self) -> str:
        if self.url_file:
            return _content(self.url_file)
        url = os.environ.get(self.url_variable, "").strip() or _setting(self.url_variable)
        if not url:
            remedy = "set it to the gateway's DATABASE_URL, with a user that can only read"
            raise SettingsError(f"the variable {self.url_variable} is not set", self.name, remedy)
        return url


def _setting(variable: str) -> str:
    """The setting that the variable is of, which .env or a file may give instead; '' for another variable."""
    secret = load_settings().litellm_url if variable == LiteLLM.model_fields["url_variable"].default else None
    return secret.get_secret_value() if secret else ""


def _content(path: Path) -> str:
    try:
        url = path.expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError("the file with the URL cannot be read", str(path), "check its path and rights") from None
    if not url:
        raise SettingsError("the file with the URL is empty", str(path), "write the database's URL into it")
    return url


def _read_all(requests: Iterator[Request], total: int, sink: Sink) -> Cursor:
    """Gives every request to the sink; where the reading got, empty when there was none."""
    reached: Cursor = {}
    for number, request in enumerate(requests, 1):
        _read_one(request, sink)
        # A clock that runs ahead must not hide the requests of the day until then.
        moment = min(request.started_at, datetime.now(UTC))
        reached = {"started_at": moment.isoformat(), "request_id": request.request_id}
        if number % CHECKPOINT_ROWS == 0:
            sink.checkpoint(reached)
            sink.progress(number, total, "requests")
    sink.progress(total, total, "requests")
    return reached


def _read_one(request: Request, sink: Sink) -> None:
    if request.is_tool_call:
        sink.skip("a call of a tool, not of a model", f"request {request.request_id}")
    elif request.model is None:
        sink.skip("a request that names no model", f"request {request.request_id}")
    else:
        try:
            sink.add(_answer(request, request.model))
        except Unusable as problem:
            sink.quarantine(f"request {request.request_id}", TABLE, str(problem))


def _answer(request: Request, model: str) -> Answer:
    named = named_in(request.tags)
    spend = money_of("spend", request.spend)
    tokens = _tokens(request)
    return Answer(
        answer_id=request.request_id,
        execution_id=request.request_id,
        session_id=request.session_id or request.request_id,
        session_at=request.started_at,
        prompt_at=request.started_at,
        answered_at=request.ended_at,
        agent_id=named.agent_id or "litellm",
        model=model,
        provider=request.provider,
        cost_usd=0.0 if request.is_from_cache else spend,
        success=None if request.status is None else request.status == "success",
        repository=named.repository,
        branch=named.branch,
        branch_key=named.branch_key,
        issue_key=named.issue_key,
        tokens_input=tokens.input,
        tokens_output=tokens.output,
        tokens_cache_read=tokens.cache_read,
        tokens_cache_write=tokens.cache_write,
        tokens_cache_write_1h=tokens.cache_write_1h,
        tokens_reasoning=tokens.reasoning,
    )


def _tokens(request: Request) -> Tokens:
    if request.is_from_cache:
        return Tokens()
    within = "prompt_tokens_details"
    return tokens_of(
        told=count_of("prompt_tokens", request.prompt_tokens),
        output=count_of("completion_tokens", request.completion_tokens),
        cache_read=max(request.most("cache_read_input_tokens"), request.most(within, "cached_tokens")),
        cache_write=max(request.most("cache_creation_input_tokens"), request.most(within, "cache_creation_tokens")),
        cache_write_1h=request.most(within, "cache_creation_token_details", "ephemeral_1h_input_tokens"),
        reasoning=request.most("completion_tokens_details", "reasoning_tokens"),
    )


def _at(value: object, path: tuple[str, ...]) -> object:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
