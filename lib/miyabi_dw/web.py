"""The web server: reports and the analysts' notebooks as apps on one port, behind a token."""

import hmac
import secrets
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from miyabi_dw.errors import BadRequest
from miyabi_dw.paths import NOTEBOOKS
from miyabi_dw.settings import Settings

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "miyabi_token"
SHORTEST_TOKEN = 16
# So many wrong tokens in a minute, and nobody gets in for the rest of it, right token or wrong.
WRONG_TOKENS_A_MINUTE = 10
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"no-referrer"),
)


class TokenGuard:
    """Lets nothing through without the token, websockets included; it comes once by ?token= and then by a cookie."""

    def __init__(self, app: "ASGIApp", token: str) -> None:
        self.app = app
        self.token = token
        self.wrong: deque[float] = deque(maxlen=WRONG_TOKENS_A_MINUTE)

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        given = _offered(scope)
        if given and self._is_locked():
            await self._refuse(scope, receive, send, 429, "too many wrong tokens, wait a minute")
        elif not given or not hmac.compare_digest(given.encode(), self.token.encode()):
            if given:
                self.wrong.append(time.monotonic())
            await self._refuse(scope, receive, send, 401, "open the address that `miyabi-dw serve` printed")
        elif scope["type"] == "http" and _by_query(scope):
            await self._welcome(scope, receive, send)
        else:
            await self.app(scope, receive, _with_headers(send))

    def _is_locked(self) -> bool:
        return len(self.wrong) == WRONG_TOKENS_A_MINUTE and time.monotonic() - self.wrong[0] < 60

    async def _refuse(self, scope: "Scope", receive: "Receive", send: "Send", status: int, why: str) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": why})
        else:
            await PlainTextResponse(why, status)(scope, receive, _with_headers(send))

    async def _welcome(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Takes the token out of the address, where it would stay in the history and be shown over a shoulder."""
        answer = RedirectResponse(scope["path"].replace("//", "/"), 303)
        answer.set_cookie(COOKIE, self.token, httponly=True, samesite="strict")
        await answer(scope, receive, _with_headers(send))


def _offered(scope: "Scope") -> str:
    connection = HTTPConnection(scope)
    bearer = connection.headers.get("authorization", "")
    return _by_query(scope) or bearer.removeprefix("Bearer ").strip() or connection.cookies.get(COOKIE, "")


def _by_query(scope: "Scope") -> str:
    asked: dict[str, list[str]] = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return asked.get("token", [""])[0]


def _with_headers(send: "Send") -> "Send":
    async def sending(message: "Message") -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *HEADERS]
        await send(message)

    return sending


def chosen_token(settings: Settings) -> str:
    """The token of the settings, or a fresh one for this start."""
    if settings.serve_token is None:
        return secrets.token_urlsafe(24)
    token = settings.serve_token.get_secret_value()
    if len(token) < SHORTEST_TOKEN:
        raise BadRequest(
            f"the token has fewer than {SHORTEST_TOKEN} characters", "MIYABI_SERVE_TOKEN", "set a longer one"
        )
    return token


def make_app(settings: Settings, token: str, notebooks: Path = NOTEBOOKS / "analysis") -> TokenGuard:
    """Reports at /, each analysts' notebook as an app at /apps/NAME/."""
    settings.reports_dir.mkdir(parents=True, exist_ok=True)
    routes = [
        Route("/", _home),
        Mount("/reports", StaticFiles(directory=settings.reports_dir, html=True)),
        Mount("/", _apps(notebooks)),
    ]
    return TokenGuard(Starlette(routes=routes), token)


async def _home(_: "Request") -> "Response":
    return RedirectResponse("/reports/index.html", 307)


def _apps(notebooks: Path) -> "ASGIApp":
    import marimo

    server = marimo.create_asgi_app(quiet=True)
    for path in sorted(notebooks.glob("*.py")):
        server = server.with_app(path=f"/apps/{path.stem}", root=str(path))
    return server.build()
