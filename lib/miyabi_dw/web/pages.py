"""Pages that exist only here: the start, the login; and reports, whose links into the apps work only here."""

import re
from collections.abc import Collection
from functools import cache
from glob import escape
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from miyabi_dw.common.settings import Settings
from miyabi_dw.reports import read_morning
from miyabi_dw.web.apps import Notebook

if TYPE_CHECKING:
    import os

    from starlette.responses import Response
    from starlette.types import Scope

# What a report leaves where a link may stand; its values are escaped for an attribute, which will do for text as well.
PLACE = re.compile(r'<span data-app="(?P<app>\w+)" data-query="(?P<query>[^"]*)" data-text="(?P<text>[^"]*)"></span>')
LINK = r'<a class="app" href="/apps/\g<app>/\g<query>">\g<text></a>'


class Reports(StaticFiles):
    """The archive's files as they are, but for links into those apps that are there."""

    def __init__(self, folder: Path, apps: Collection[str]) -> None:
        super().__init__(directory=folder, html=True)
        self.apps = apps

    def file_response(
        self, full_path: "str | os.PathLike[str]", stat_result: "os.stat_result", scope: "Scope", status_code: int = 200
    ) -> "Response":
        if Path(full_path).suffix != ".html":
            return super().file_response(full_path, stat_result, scope, status_code)
        return HTMLResponse(PLACE.sub(self._link, Path(full_path).read_text(encoding="utf-8")), status_code)

    def _link(self, place: re.Match[str]) -> str:
        return place.expand(LINK) if place["app"] in self.apps else ""


def start_page(settings: Settings, notebooks: list[Notebook]) -> HTMLResponse:
    """What there is to see; what the morning report found on top."""
    morning = read_morning(settings)
    page = _notebook_page(settings, morning.run_id) if morning else ""
    return _page("start.html", notebooks=notebooks, morning=morning, morning_page=page)


def _notebook_page(settings: Settings, run_id: str) -> str:
    """The page of the run's last notebook, as seen from the reports folder; found without asking the warehouse."""
    pages = sorted(settings.reports_dir.glob(f"*/*/*/*/{escape(run_id)}/*.[0-9]*.html"))
    return pages[-1].relative_to(settings.reports_dir).as_posix() if pages else ""


def login_page(wanted: str, *, failed: bool) -> HTMLResponse:
    return _page("login.html", 401, wanted=wanted, failed=failed)


def _page(template: str, status: int = 200, **shown: Any) -> HTMLResponse:
    # Inside the page: without the token there is no other file to be had.
    style = (resources.files("miyabi_dw") / "templates" / "report.css").read_text(encoding="utf-8")
    return HTMLResponse(_environment().get_template(template).render(style=style, **shown), status)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("miyabi_dw"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
