"""What a request says of itself, read without trust: malformed is told apart from foreign, and neither is an error."""

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from starlette.requests import HTTPConnection, Request

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

LOGIN, LOGOUT = "/login", "/logout"
LONGEST_FORM = 4096
# A host by its name or address, and its port.
ADDRESS = re.compile(r"(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?", re.IGNORECASE | re.ASCII)
ORIGIN = re.compile(rf"[a-z][a-z\d+.-]*://({ADDRESS.pattern})", re.IGNORECASE | re.ASCII)


def origin_of(connection: HTTPConnection) -> str | None:
    """Host and port of the page that speaks, None when it does not say; ValueError for what is malformed."""
    host = connection.headers.get("host", "")
    if host and not ADDRESS.fullmatch(host):
        raise ValueError(host)
    # An address that is no text is what those behind the door would stumble upon.
    connection.scope["query_string"].decode()
    return _speaker(connection.headers.get("origin"))


def _speaker(origin: str | None) -> str | None:
    if origin is None or origin == "null":
        return origin
    if not (found := ORIGIN.fullmatch(origin)):
        raise ValueError(origin)
    return found[1]


def is_foreign(connection: HTTPConnection, origin: str | None) -> bool:
    """Whether a page of another origin is speaking; another port of this machine is one too, and gets our cookie."""
    return origin is not None and origin.lower() != connection.headers.get("host", "").lower()


def is_post(scope: "Scope", path: str) -> bool:
    return bool(scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == path)


async def token_offered(connection: HTTPConnection, scope: "Scope", receive: "Receive") -> str:
    """By form, by bearer header or by address; '' without any."""
    if is_post(scope, LOGIN):
        return dict(parse_qsl(await _body(Request(scope, receive)))).get("token", "").strip()
    return by_header(connection) or connection.query_params.get("token", "")


async def _body(request: Request) -> str:
    """The form, or nothing when it is longer than any login."""
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdecimal()) or int(length) > LONGEST_FORM:
        return ""
    return (await request.body()).decode(errors="replace")


def by_header(connection: HTTPConnection) -> str:
    kind, _, given = connection.headers.get("authorization", "").partition(" ")
    return given.strip() if kind.lower() == "bearer" else ""


def wanted(connection: HTTPConnection) -> str:
    """The address on this server that was asked for, without the token; after the login form, the one it names."""
    query = [(name, value) for name, value in connection.query_params.multi_items() if name != "token"]
    path = connection.scope["path"]
    if path == LOGIN:
        return _here(dict(query).get("next", "/"))
    return "/" if path == LOGOUT else _here(path) + (f"?{urlencode(query)}" if query else "")


def _here(path: str) -> str:
    """One slash in front: two would name another host."""
    return "/" + path.replace("\\", "/").lstrip("/")
