"""Pages that exist only here: the start, the login; and reports, whose links into the apps work only here."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

from miyabi_dw.common import templates
from miyabi_dw.common.settings import Settings
from miyabi_dw.web.apps import Notebook

if TYPE_CHECKING:
    import os

    from starlette.responses import Response
    from starlette.types import Scope

# What a report leaves where a link may stand; its values are escaped for an attribute, which will do for text as well.
PLACE = re.compile(r'<span data-app="(?P<app>\w+)" data-query="(?P<query>[^"]*)" data-text="(?P<text>[^"]*)"></span>')
LINK = r'<a class="app" href="/apps/\g<app>/\g<query>">\g<text></a>'
# Where the top page has room for the notebooks and the way out.
QUESTIONS = "<div data-questions></div>"
TOP = "/reports/index.html"


class Reports(StaticFiles):
    """The archive's files as they are, but for links into those apps that are there."""

    def __init__(self, folder: Path, notebooks: Sequence[Notebook]) -> None:
        super().__init__(directory=folder, html=True)
        self.apps = {notebook.name for notebook in notebooks}
        self.questions = _filled("questions.html", notebooks=notebooks)

    def file_response(
        self, full_path: "str | os.PathLike[str]", stat_result: "os.stat_result", scope: "Scope", status_code: int = 200
    ) -> "Response":
        if Path(full_path).suffix != ".html":
            return super().file_response(full_path, stat_result, scope, status_code)
        page = Path(full_path).read_text(encoding="utf-8").replace(QUESTIONS, self.questions, 1)
        return HTMLResponse(PLACE.sub(self._link, page), status_code)

    def _link(self, place: re.Match[str]) -> str:
        return place.expand(LINK) if place["app"] in self.apps else ""


def start_page(settings: Settings, notebooks: Sequence[Notebook]) -> "Response":
    """The way to the top page; until a run has written one, the notebooks."""
    if (settings.reports_dir / "index.html").exists():
        return RedirectResponse(TOP, 303)
    clock = settings.demo_clock
    return _page("start.html", notebooks=notebooks, demonstration=clock and clock.told(settings.business_zone))


def login_page(wanted: str, *, failed: bool) -> HTMLResponse:
    return _page("login.html", 401, wanted=wanted, failed=failed)


def _page(template: str, status: int = 200, **shown: Any) -> HTMLResponse:
    # Inside the page: without the token there is no other file to be had.
    style = templates.source_of("report.css")
    return HTMLResponse(_filled(template, style=style, **shown), status)


def _filled(template: str, **shown: Any) -> str:
    return _environment().get_template(template).render(**shown)


_environment = cache(templates.environment)
