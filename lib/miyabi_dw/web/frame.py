"""Gives marimo's pages the look of the reports, the way to the others, and no reason to fetch from elsewhere."""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup

from miyabi_dw.common.templates import source_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# marimo's charts fetch this from a public server, unless an element of this address is there already. One that is no
# script is not fetched, and formulas in charts stay as they are written.
NOTHING_FETCHED = (
    '<script type="text/plain" data-status="error"'
    ' src="https://cdn.jsdelivr.net/npm/mathjax-full@3.2.2/es5/tex-mml-svg.min.js"></script>'
)
ROOT, HEAD_ENDS = b'<div id="root"></div>', b"</head>"
# Typefaces that our style replaces, and pictures for when the server has gone.
PRELOADED = re.compile(rb'\s*<link rel="preload" [^>]*>')
TOKENS = re.compile(r":root \{.*?\n\* \{", re.DOTALL)
NAVIGATION = Markup('<header class="dw-top"><nav aria-label="Apps and reports">{}</nav></header>')
LINK, HERE = Markup('<a href="{}">{}</a>'), Markup('<a href="{}" aria-current="page">{}</a>')
FIRST = Markup('<a class="brand" href="{}">{}</a>')
HOME, REPORTS = ("/", "Miyabi DW"), ("/reports/index.html", "Reports")


class Framed:
    """An ASGI app whose marimo pages begin with `opening` and have our style; everything else passes as it is."""

    def __init__(self, app: "ASGIApp", opening: str = "") -> None:
        self.app = app
        self.opening = opening

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        await self.app(scope, receive, _Page(send, self._dressed).take if scope["type"] == "http" else send)

    def _dressed(self, page: bytes) -> bytes:
        if ROOT not in page:
            return page
        head, ends, body = page.partition(HEAD_ENDS)
        opened = body.replace(ROOT, self.opening.encode() + ROOT, 1)
        return PRELOADED.sub(b"", head) + _head().encode() + ends + opened


class _Page:
    """Holds an HTML answer back until it is whole, then sends it changed; any other goes on at once."""

    def __init__(self, send: "Send", change: Callable[[bytes], bytes]) -> None:
        self.send = send
        self.change = change
        self.start: Message | None = None
        self.body = b""

    async def take(self, message: "Message") -> None:
        if message["type"] == "http.response.start" and _is_html(message):
            self.start = message
        elif self.start is None:
            await self.send(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._whole(self.start)

    async def _whole(self, start: "Message") -> None:
        body = self.change(self.body)
        # marimo's tag is of what it wrote, not of what is sent.
        kept = [header for header in start["headers"] if header[0].lower() not in (b"content-length", b"etag")]
        length = (b"content-length", str(len(body)).encode())
        await self.send({**start, "headers": [*kept, length]})
        await self.send({"type": "http.response.body", "body": body})


def _is_html(message: "Message") -> bool:
    return bool(dict(message.get("headers", [])).get(b"content-type", b"").startswith(b"text/html"))


def navigation(apps: Sequence[tuple[str, str]], current: str) -> str:
    """The way home, to each of the apps, as address and title, and to the reports; where one is is marked."""
    shown = [FIRST.format(*HOME)]
    shown += [(HERE if address == current else LINK).format(address, title) for address, title in (*apps, REPORTS)]
    return NAVIGATION.format(Markup("").join(shown))


@cache
def _head() -> str:
    report, apps = map(source_of, ("report.css", "apps.css"))
    # By this title marimo copies it to its components, which styles of the page do not reach.
    return f"<style title='marimo-custom'>{_tokens(report)}\n{apps}</style>{NOTHING_FETCHED}"


def _tokens(report: str) -> str:
    """The variables of the reports' stylesheet, light and dark, under names that marimo does not use."""
    found = TOKENS.search(report)
    assert found, "report.css begins with its variables"
    return re.sub(r"--(?=[a-z])", "--dw-", found[0].removesuffix("* {"))
