"""What every answer says besides its content: what a page may do, and who may keep it for how long."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Message, Send

Header = tuple[bytes, bytes]
# Reports, the start and the login: scripts from files of ours alone, none written into a page, none evaluated.
PAGES = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    b"base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
# marimo compiles code of its own and starts workers from blobs; nothing may come from or go to another host.
APPS = (
    b"default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; connect-src 'self' data: blob:; object-src 'none'; "
    b"base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS: tuple[Header, ...] = (
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    # Without any referrer a browser would send the login form from nowhere: Origin: null.
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
)
OURS = {name for name, _ in HEADERS} | {b"content-security-policy", b"cache-control"}
# Scripts, styles and fonts of the program, named after their content or version; nothing of the warehouse is in them.
ASSETS = re.compile(r"/reports/assets/|/apps/\w+/assets/")
LASTING = b"private, max-age=31536000, immutable"


def with_headers(send: "Send", path: str, policy: bytes = PAGES) -> "Send":
    """`send` of an answer to a request for `path`, with our headers in place of the app's own of the same names."""

    async def sending(message: "Message") -> None:
        if message["type"] == "http.response.start":
            given = message.get("headers", [])
            kept = [header for header in given if header[0].lower() not in OURS]
            caching = (b"cache-control", _caching(path, message["status"], given))
            message["headers"] = [*kept, *HEADERS, (b"content-security-policy", policy), caching]
        await send(message)

    return sending


def _caching(path: str, status: int, given: list[Header]) -> bytes:
    """Nobody but this browser keeps anything, and it keeps no page."""
    if ASSETS.match(path) and status in (200, 304):
        return LASTING
    said = dict(given).get(b"cache-control", b"")
    return said if b"private" in said else b"no-store"
