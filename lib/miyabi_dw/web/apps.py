"""The analysts' notebooks as apps, found by themselves."""

import ast
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles

from miyabi_dw.common import source_code
from miyabi_dw.common.text import one_line
from miyabi_dw.web.frame import Framed, navigation

if TYPE_CHECKING:
    import os

    from starlette.responses import Response
    from starlette.types import ASGIApp, Scope

TITLE = re.compile(r"^\s*# (.+)$", re.MULTILINE)
QUESTION = re.compile(r"^\s*\*\*(.+?)\*\*\s*$", re.MULTILINE | re.DOTALL)
# Where marimo's scripts and styles are, once for all apps, so that a browser loads them once. No notebook can have this
# name, which is a module's.
MARIMO = "/apps/marimo"


# A first visit fetches some megabytes of marimo, while the notebook computes: few large pieces hold it up least.
PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class Notebook:
    """A notebook by its file's name, with its title and the question that it opens with."""

    name: str
    path: Path
    title: str
    question: str


def find_notebooks(*folders: Path) -> list[Notebook]:
    """Every notebook in these folders, each in order of name; of two with one name the one of the later folder."""
    found = {path.stem: path for folder in folders for path in sorted(folder.glob("*.py"))}
    return [_read(path) for path in found.values()]


def _read(path: Path) -> Notebook:
    """From its text alone: a notebook that is broken must not keep the server from starting."""
    opening = next((text for text in _texts(path) if TITLE.search(text)), "")
    title, question = TITLE.search(opening), QUESTION.search(opening)
    said = one_line(question[1]) if question else ""
    return Notebook(path.stem, path, title[1].strip() if title else path.stem, said)


def _texts(path: Path) -> list[str]:
    try:
        tree = source_code.parse(path.read_text(encoding="utf-8"))
    except SyntaxError:
        return []
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return [value for value in constants if isinstance(value, str)]


def serve_notebooks(notebooks: list[Notebook]) -> "ASGIApp":
    """Each at /apps/NAME/.

    marimo learns to draw plotly's charts when a notebook imports plotly; imported here before, it would take plotly
    from the network instead.
    """
    import marimo

    links = [(address(each), each.title) for each in notebooks]
    server = marimo.create_asgi_app(quiet=True, asset_url=MARIMO)
    for notebook in notebooks:
        here = address(notebook)
        framed = partial(Framed, opening=navigation(links, here))
        server = server.with_app(path=here.rstrip("/"), root=str(notebook.path), middleware=[framed])
    return server.build()


def address(notebook: Notebook) -> str:
    """Where it is served."""
    return f"/apps/{notebook.name}/"


class MarimoFiles(StaticFiles):
    """marimo's scripts, styles and pictures."""

    def __init__(self) -> None:
        import marimo

        super().__init__(directory=Path(marimo.__file__).parent / "_static")

    def file_response(
        self, full_path: "str | os.PathLike[str]", stat_result: "os.stat_result", scope: "Scope", status_code: int = 200
    ) -> "Response":
        response = super().file_response(full_path, stat_result, scope, status_code)
        if isinstance(response, FileResponse):
            response.chunk_size = PIECE_BYTES
        return response
