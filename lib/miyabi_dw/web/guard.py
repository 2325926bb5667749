"""The door: pure ASGI, so that websockets pass it like everything else."""

import hmac
import logging
import secrets
import time
from collections import OrderedDict, deque
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse

from miyabi_dw.web.pages import login_page

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

COOKIE = "miyabi_session"
LOGIN = "/login"
LONGEST_FORM = 4096
# So many wrong tokens from one address in a minute, and it is not listened to for the rest of it.
WRONG_TOKENS_A_MINUTE = 10
ADDRESSES_REMEMBERED = 1000
# marimo compiles code of its own and starts workers from blobs; nothing may come from or go to another host.
POLICY = (
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; connect-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    # Without any referrer a browser would send the login form from nowhere: Origin: null.
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
)


class TokenGuard:
    """Lets nothing through without the token, given once by form, by ?token= or by each bearer header.

    Afterwards a cookie serves; it holds nothing of the token and ends with this process.
    """

    def __init__(self, app: "ASGIApp", token: str) -> None:
        self.app = app
        self.token = token
        self.session = secrets.token_urlsafe(32)
        self.wrong: OrderedDict[str, deque[float]] = OrderedDict()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        send = _with_headers(send)
        connection = HTTPConnection(scope)
        if _is_foreign(connection):
            await _refuse(scope, receive, send, PlainTextResponse("this came from a page of another site", 403))
        elif _same(connection.cookies.get(COOKIE, ""), self.session):
            await self.app(scope, receive, send)
        else:
            await self._at_the_door(connection, scope, receive, send)

    async def _at_the_door(
        self, connection: HTTPConnection, scope: "Scope", receive: "Receive", send: "Send"
    ) -> None:  # fmt: skip
        """Whoever comes without the cookie."""
        address = scope["client"][0] if scope.get("client") else ""
        given = await _offered(connection, scope, receive)
        if given and self._is_locked(address):
            await _refuse(scope, receive, send, PlainTextResponse("too many wrong tokens, wait a minute", 429))
        elif not _same(given, self.token):
            if given:
                self._remember(address)
                logger.info("a wrong token from %s", address)
            await _refuse(scope, receive, send, login_page(_wanted(connection), failed=bool(given)))
        elif _by_header(connection):
            await self.app(scope, receive, send)
        else:
            await _refuse(scope, receive, send, self._welcome(connection))

    def _is_locked(self, address: str) -> bool:
        wrong = self.wrong.get(address)
        return wrong is not None and len(wrong) == WRONG_TOKENS_A_MINUTE and time.monotonic() - wrong[0] < 60

    def _remember(self, address: str) -> None:
        self.wrong.setdefault(address, deque(maxlen=WRONG_TOKENS_A_MINUTE)).append(time.monotonic())
        self.wrong.move_to_end(address)
        if len(self.wrong) > ADDRESSES_REMEMBERED:
            self.wrong.popitem(last=False)

    def _welcome(self, connection: HTTPConnection) -> "Response":
        """Takes the token out of the address, where it would stay in the history and be shown over a shoulder."""
        answer = RedirectResponse(_wanted(connection), 303)
        answer.set_cookie(COOKIE, self.session, httponly=True, samesite="lax", secure=connection.url.scheme == "https")
        return answer


async def _refuse(scope: "Scope", receive: "Receive", send: "Send", answer: "Response") -> None:
    """Answers instead of the app; a websocket is only closed."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": "no token"})
    else:
        await answer(scope, receive, send)


async def _offered(connection: HTTPConnection, scope: "Scope", receive: "Receive") -> str:
    if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == LOGIN:
        return dict(parse_qsl(await _body(Request(scope, receive)))).get("token", "").strip()
    return _by_header(connection) or connection.query_params.get("token", "")


async def _body(request: Request) -> str:
    """The form, or nothing when it is longer than any login."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > LONGEST_FORM:
        return ""
    return (await request.body()).decode(errors="replace")


def _by_header(connection: HTTPConnection) -> str:
    kind, _, given = connection.headers.get("authorization", "").partition(" ")
    return given.strip() if kind.lower() == "bearer" else ""


def _wanted(connection: HTTPConnection) -> str:
    """The address on this server that was asked for, without the token; after the login form, the one it names."""
    query = [(name, value) for name, value in connection.query_params.multi_items() if name != "token"]
    if connection.url.path == LOGIN:
        return _here(dict(query).get("next", "/"))
    return _here(connection.url.path) + (f"?{urlencode(query)}" if query else "")


def _here(path: str) -> str:
    """One slash in front: two would name another host."""
    return "/" + path.replace("\\", "/").lstrip("/")


def _is_foreign(connection: HTTPConnection) -> bool:
    """Whether a page of another origin is speaking; another port of this machine is one too, and gets our cookie."""
    origin = connection.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != connection.headers.get("host")


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())


def _with_headers(send: "Send") -> "Send":
    async def sending(message: "Message") -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *HEADERS]
        await send(message)

    return sending
