"""The door: pure ASGI, so that websockets pass it like everything else."""

import contextlib
import hmac
import logging
import time
from collections import OrderedDict, deque
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse

from miyabi_dw.web.headers import APPS, PAGES, with_headers
from miyabi_dw.web.pages import login_page
from miyabi_dw.web.requests import LOGOUT, by_header, is_foreign, is_post, origin_of, token_offered, wanted
from miyabi_dw.web.sessions import COOKIE, NOT_ALLOWED, Sessions

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

logger = logging.getLogger(__name__)

# So many wrong tokens from one address in a minute, and further ones are neither answered in words nor logged.
WRONG_TOKENS_A_MINUTE = 10
ADDRESSES_REMEMBERED = 1000


class TokenGuard:
    """Lets nothing through without the token, given once by form, by ?token= or by each bearer header.

    Afterwards a cookie serves until its session ends. The right token always opens, whatever was tried before.
    """

    def __init__(self, app: "ASGIApp", token: str, sessions: Sessions) -> None:
        self.app = app
        self.token = token
        self.sessions = sessions
        self.wrong: OrderedDict[str, deque[float]] = OrderedDict()

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
        if not _same(given, self.token):
            await _answer(scope, receive, send, self._refusal(connection, given))
        elif by_header(connection):
            await self._inside(scope, receive, send)
        else:
            await _answer(scope, receive, send, self._welcome(connection))

    def _refusal(self, connection: HTTPConnection, given: str) -> "Response":
        address = connection.client.host if connection.client else ""
        if not given:
            return login_page(wanted(connection), failed=False)
        if self._is_guessing(address):
            return PlainTextResponse("too many wrong tokens, wait a minute", 429, {"Retry-After": "60"})
        self._remember(address)
        logger.info("a wrong token from %s", address)
        return login_page(wanted(connection), failed=True)

    def _is_guessing(self, address: str) -> bool:
        wrong = self.wrong.get(address)
        return wrong is not None and len(wrong) == WRONG_TOKENS_A_MINUTE and time.monotonic() - wrong[0] < 60

    def _remember(self, address: str) -> None:
        self.wrong.setdefault(address, deque(maxlen=WRONG_TOKENS_A_MINUTE)).append(time.monotonic())
        self.wrong.move_to_end(address)
        if len(self.wrong) > ADDRESSES_REMEMBERED:
            self.wrong.popitem(last=False)

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


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), right.encode())
