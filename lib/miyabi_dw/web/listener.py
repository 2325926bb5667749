"""Listens for browsers: the port is ours before anybody is told of it, and nobody holds it up by being slow."""

import errno
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

from miyabi_dw.common.errors import BadRequest, Busy
from miyabi_dw.common.signals import on_signals
from miyabi_dw.web.patience import Patient

if TYPE_CHECKING:
    from starlette.types import ASGIApp

BACKLOG = 2048
# Requests being answered and apps being looked at; further ones get 503.
MOST_AT_ONCE = 500
# How long open pages hold up a stop.
FAREWELL_SECONDS = 3


@contextmanager
def listening(host: str, port: int) -> Iterator[list[socket.socket]]:
    """A socket for each address of `host`; Busy when the port is taken, BadRequest when nobody can listen there."""
    with ExitStack() as opened:
        yield [opened.enter_context(_bound(family, place, host, port)) for family, place in _places(host, port)]


def _places(host: str, port: int) -> list[tuple[socket.AddressFamily, Any]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise BadRequest(f"there is no address {host!r}", "--host", "choose one of this machine's") from None
    return list(dict.fromkeys((family, place) for family, _, _, _, place in found))


def _bound(family: socket.AddressFamily, place: Any, host: str, port: int) -> socket.socket:
    try:
        return socket.create_server(place, family=family, backlog=BACKLOG)
    except PermissionError:
        raise BadRequest(f"port {port} is not for this user", "--port", "choose one from 1024 on") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            remedy = "stop who listens there, or choose another with --port"
            raise Busy(f"port {port} of {host} is taken", remedy=remedy) from None
        raise BadRequest(f"nobody can listen on {host}", error.strerror or "", "choose another --host") from None


def run_until_stopped(app: "ASGIApp", sockets: list[socket.socket], proxies: Sequence[str]) -> None:
    """Serves until a signal. Only who connects from `proxies` is believed about on whose behalf."""
    config = uvicorn.Config(
        app, http=Patient,
        # The access log would hold the token of the first request; what strangers send is no warning.
        log_level="error", access_log=False, server_header=False,
        proxy_headers=bool(proxies), forwarded_allow_ips=list(proxies), limit_concurrency=MOST_AT_ONCE,
        timeout_graceful_shutdown=FAREWELL_SECONDS,
    )  # fmt: skip
    server = uvicorn.Server(config)
    with on_signals(lambda _: setattr(server, "should_exit", True)):
        server.run(sockets)
