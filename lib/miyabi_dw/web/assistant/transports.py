"""Where the MCP server is spoken to: over this process's own input and output, or at /mcp of the web server."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from anyio import ClosedResourceError
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import Response

from miyabi_dw.registry import whoami
from miyabi_dw.web.access import Caller
from miyabi_dw.web.assistant.server import Assistant, MCPServer
from miyabi_dw.web.service import Service

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

logger = logging.getLogger(__name__)

LARGEST_MESSAGE = 1 << 20
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def serve_stdio(service: Service) -> None:
    """Until the other side closes. Whoever started the program may what the command line may."""
    caller = Caller(f"local:{whoami() or 'unknown'}", "act")
    try:
        asyncio.run(_over_stdio(Assistant(service, lambda _: caller).server))
    except* ClosedResourceError:
        logger.info("the assistant went away before its last message was answered")


async def _over_stdio(server: MCPServer) -> None:
    logger.info("waiting for an assistant's messages")
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


class OverHttp:
    """The same behind the token. No session is kept: each message brings its own token, so that a revoked one ends."""

    def __init__(self, service: Service, *, is_local: bool) -> None:
        self.manager = StreamableHTTPSessionManager(
            Assistant(service, _caller).server, json_response=True, stateless=True,
            security_settings=_security(is_local=is_local), max_request_body_size=LARGEST_MESSAGE,
        )  # fmt: skip

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self.manager.run():
            yield

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["method"] != "POST":
            # There is nothing to listen to between answers, and a stream would be held open for nothing.
            await Response(status_code=405, headers={"Allow": "POST"})(scope, receive, send)
            return
        await self.manager.handle_request(scope, receive, send)


def _caller(server: MCPServer) -> Caller:
    request = server.request_context.request
    assert request is not None
    caller: Caller = request.scope["state"]["caller"]
    return caller


def _security(*, is_local: bool) -> TransportSecuritySettings:
    """On this machine alone no other name leads here: a page whose name was bent to it is turned away.

    Elsewhere the names are a proxy's; the token, which no browser sends by itself, keeps pages out in both cases.
    """
    hosts = [name for host in LOOPBACK for name in (host, f"{host}:*")]
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=is_local,
        allowed_hosts=hosts,
        allowed_origins=[f"{scheme}://{host}" for scheme in ("http", "https") for host in hosts],
    )
