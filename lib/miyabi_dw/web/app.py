"""What is where: the start at /, reports at /reports, each notebook at /apps/NAME/; programs ask /api/v1 and /mcp."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from miyabi_dw.common.paths import ANALYSIS, own_notebooks_folder
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from miyabi_dw.web.api import api_routes
from miyabi_dw.web.apps import MARIMO, MarimoFiles, find_notebooks, serve_notebooks
from miyabi_dw.web.guard import TokenGuard
from miyabi_dw.web.guesses import Guesses
from miyabi_dw.web.pages import Reports, start_page
from miyabi_dw.web.programs import MCP, ProgramDoor
from miyabi_dw.web.service import Service
from miyabi_dw.web.sessions import Sessions

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send


def make_app(settings: Settings, token: str, folder: Path = ANALYSIS, *, is_local: bool = False) -> TokenGuard:
    """The whole server, to be run by any ASGI server; `is_local` where nobody else can reach it, by whatever name."""
    from miyabi_dw.web.assistant import OverHttp

    settings.reports_dir.mkdir(parents=True, exist_ok=True)
    notebooks = find_notebooks(folder, own_notebooks_folder(settings.home))
    service = Service(settings, Database(settings))
    assistant = OverHttp(service, is_local=is_local)

    # Not a coroutine: it reads a file.
    def start(_: "Request") -> "Response":
        return start_page(settings, notebooks)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with assistant.running():
            yield

    routes = [
        Route("/", start),
        Mount("/reports", Reports(settings.reports_dir, notebooks)),
        Mount(MARIMO, MarimoFiles()),
        Mount("/", serve_notebooks(notebooks)),
    ]
    sessions = Sessions(settings.serve_session_hours * 3600)
    programs = ProgramDoor(
        _divided(api_routes(service), assistant), token, sessions, service.database, Guesses()
    )  # fmt: skip
    return TokenGuard(Starlette(routes=routes, lifespan=lifespan), token, sessions, programs)


def _divided(api: "ASGIApp", assistant: "ASGIApp") -> "ASGIApp":
    async def call(scope: "Scope", receive: "Receive", send: "Send") -> None:
        await (assistant if scope["path"] in MCP else api)(scope, receive, send)

    return call
