"""What is where: the start page at /, reports at /reports, each notebook at /apps/NAME/."""

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from miyabi_dw.common.paths import ANALYSIS
from miyabi_dw.common.settings import Settings
from miyabi_dw.web.apps import find_notebooks, serve_notebooks
from miyabi_dw.web.guard import TokenGuard
from miyabi_dw.web.pages import Reports, start_page
from miyabi_dw.web.sessions import Sessions

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def make_app(settings: Settings, token: str, folder: Path = ANALYSIS) -> TokenGuard:
    """The whole server, to be run by any ASGI server."""
    settings.reports_dir.mkdir(parents=True, exist_ok=True)
    notebooks = find_notebooks(folder)

    # Not a coroutine: it reads a file.
    def start(_: "Request") -> "Response":
        return start_page(settings, notebooks)

    routes = [
        Route("/", start),
        Mount("/reports", Reports(settings.reports_dir, {notebook.name for notebook in notebooks})),
        Mount("/", serve_notebooks(notebooks)),
    ]
    return TokenGuard(Starlette(routes=routes), token, Sessions(settings.serve_session_hours * 3600))
