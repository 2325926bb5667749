"""The door: pure ASGI, so that websockets pass it like everything else."""

import contextlib
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse

from miyabi_dw.web.headers import APPS, PAGES, with_headers
from miyabi_dw.web.pages import login_page
from miyabi_dw.web.programs import ProgramDoor, is_for_programs
from miyabi_dw.web.requests import LOGOUT, by_header, is_foreign, is_post, origin_of, token_offered, wanted
from miyabi_dw.web.sessions import COOKIE, NOT_ALLOWED, Sessions
from miyabi_dw.web.token import same

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send


class TokenGuard:
    """Lets nothing through without the token, given once by form, by ?token= or by each bearer header.

    Afterwards a cookie serves until its session ends. The right token always opens, whatever was tried before.
    """

    def __init__(self, app: "ASGIApp", token: str, sessions: Sessions, programs: "ProgramDoor") -> None:
        self.app = app
        self.token = token
        self.sessions = sessions
        self.programs = programs

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        # Who goes away in the middle needs no answer.
        with contextlib.suppress(ClientDisconnect):
            await self._checked(scope, receive, send)

    async def _checked(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        connection = HTTPConnection(scope)
        try:
            origin = origin_of(connection)
        except ValueError:
            await _answer(scope, receive, send, PlainTextResponse("this request is malformed", 400))
            return
        if is_foreign(connection, origin):
            await _answer(scope, receive, send, PlainTextResponse("this came from a page of another site", 403))
            return
        if scope["type"] == "http" and is_for_programs(scope["path"]):
            await self.programs(scope, receive, with_headers(send, scope["path"]))
            return
        await self._known_or_not(connection, scope, receive, send)

    async def _known_or_not(
        self, connection: HTTPConnection, scope: "Scope", receive: "Receive", send: "Send"
    ) -> None:  # fmt: skip
        key = connection.cookies.get(COOKIE, "")
        if not self.sessions.has(key):
            await self._at_the_door(connection, scope, receive, send)
        elif is_post(scope, LOGOUT):
            self.sessions.end(key)
            await _answer(scope, receive, send, _farewell())
        else:
            is_socket = scope["type"] == "websocket"
            await self._inside(scope, self.sessions.watched(key, receive, send) if is_socket else receive, send)

    async def _inside(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        path = scope["path"]
        await self.app(scope, receive, with_headers(send, path, APPS if path.startswith("/apps/") else PAGES))

    async def _at_the_door(
        self, connection: HTTPConnection, scope: "Scope", receive: "Receive", send: "Send"
    ) -> None:  # fmt: skip
        """Whoever comes without a session."""
        given = await token_offered(connection, scope, receive)
        if not same(given, self.token):
            await _answer(scope, receive, send, self._refusal(connection, given))
        elif by_header(connection):
            await self._inside(scope, receive, send)
        else:
            await _answer(scope, receive, send, self._welcome(connection))

    def _refusal(self, connection: HTTPConnection, given: str) -> "Response":
        guesses = self.programs.guesses
        if not given:
            return login_page(wanted(connection), failed=False)
        if guesses.are_too_many(connection):
            return PlainTextResponse("too many wrong tokens, wait a minute", 429, {"Retry-After": "60"})
        guesses.remember(connection)
        return login_page(wanted(connection), failed=True)

    def _welcome(self, connection: HTTPConnection) -> "Response":
        """Takes the token out of the address, where it would stay in the history and be shown over a shoulder."""
        answer = RedirectResponse(wanted(connection), 303)
        is_secure = connection.scope.get("scheme") in ("https", "wss")
        answer.set_cookie(COOKIE, self.sessions.begin(), httponly=True, samesite="lax", secure=is_secure)
        return answer


def _farewell() -> "Response":
    """To the login, without the cookie."""
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


async def _answer(scope: "Scope", receive: "Receive", send: "Send", answer: "Response") -> None:
    """Answers instead of the app; a websocket is only closed."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": NOT_ALLOWED, "reason": "no token"})
    else:
        await answer(scope, receive, with_headers(send, scope["path"]))
