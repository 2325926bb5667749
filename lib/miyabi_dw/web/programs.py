"""The door for programs, /api/v1 and /mcp: who asks, by token; what was asked, kept; refusals as problems, no pages."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.db.connection import Database, DatabaseError
from miyabi_dw.db.errors import code_of
from miyabi_dw.web.access import NEW_ONE, OPERATOR, Caller, Unknown, find_token
from miyabi_dw.web.api.problems import problem
from miyabi_dw.web.calls import Call, outcome_of, record
from miyabi_dw.web.guesses import Guesses
from miyabi_dw.web.requests import by_header, wanted
from miyabi_dw.web.sessions import COOKIE, Sessions
from miyabi_dw.web.token import same

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

API, MCP = "/api/", ("/mcp", "/mcp/")
# Whoever guesses takes no more connections of the warehouse than these.
LOOKUPS_AT_ONCE = 4


def is_for_programs(path: str) -> bool:
    return path.startswith(API) or path in MCP


@dataclass
class ProgramDoor:
    """Lets programs in that have the server's token or one of their own; the browser's session asks the API too."""

    app: "ASGIApp"
    token: str
    sessions: Sessions
    database: Database
    guesses: Guesses

    def __post_init__(self) -> None:
        self.lookups = asyncio.Semaphore(LOOKUPS_AT_ONCE)

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        connection, begun = HTTPConnection(scope), time.monotonic()
        state = scope.setdefault("state", {})
        status = 500

        async def sending(message: "Message") -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            state["caller"] = await self._caller(connection)
            await self.app(scope, receive, sending)
        except MiyabiError as error:
            await problem(error, scope["path"])(scope, receive, sending)
        finally:
            # What is asked over MCP is kept tool by tool.
            if "caller" in state and (scope["path"] not in MCP or status in (401, 403)):
                await self._keep(connection, state, status, begun)

    async def _keep(self, connection: HTTPConnection, state: Mapping[str, object], status: int, begun: float) -> None:
        caller, rows = state["caller"], state.get("row_count")
        call = Call(
            called_at=datetime.now(UTC),
            caller=caller.name if isinstance(caller, Caller) else "",
            door="mcp" if connection.scope["path"] in MCP else "http",
            asked=f"{connection.scope['method']} {wanted(connection)}",
            outcome=outcome_of(status),
            row_count=rows if isinstance(rows, int) else None,
            milliseconds=round((time.monotonic() - begun) * 1000),
        )
        await run_in_threadpool(record, self.database, call)

    async def _caller(self, connection: HTTPConnection) -> Caller:
        """Whoever asks, else Unknown. An assistant's address takes the header alone: no browser sends it by itself."""
        is_api = connection.scope["path"].startswith(API)
        given = by_header(connection) or (connection.query_params.get("token", "") if is_api else "")
        if not given:
            if is_api and self.sessions.has(connection.cookies.get(COOKIE, "")):
                return OPERATOR
            raise Unknown("this needs a token", remedy="send it as Authorization: Bearer TOKEN")
        return OPERATOR if same(given, self.token) else await self._named(connection, given)

    async def _named(self, connection: HTTPConnection, given: str) -> Caller:
        try:
            async with self.lookups:
                known = await run_in_threadpool(find_token, self.database, given)
        except DatabaseError as error:
            raise MiyabiError("the warehouse does not answer", remedy="try again later", code=code_of(error)) from error
        if known is None:
            raise self._wrong(connection)
        caller = Caller(known.name, known.scope)
        if known.end:
            connection.scope["state"]["caller"] = caller
            raise Unknown(f"the token {known.name} {known.end}", remedy=NEW_ONE)
        return caller

    def _wrong(self, connection: HTTPConnection) -> MiyabiError:
        if self.guesses.are_too_many(connection):
            return Unknown("too many wrong tokens", remedy="wait a minute")
        self.guesses.remember(connection)
        return Unknown("nobody has this token", remedy=NEW_ONE)
