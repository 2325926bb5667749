"""The analysts' notebooks as apps, found by themselves."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from miyabi_dw.common import source_code
from miyabi_dw.common.text import one_line

if TYPE_CHECKING:
    from starlette.types import ASGIApp

TITLE = re.compile(r"^\s*# (.+)$", re.MULTILINE)
QUESTION = re.compile(r"^\s*\*\*(.+?)\*\*\s*$", re.MULTILINE | re.DOTALL)
# marimo's charts fetch this from a public server, unless an element of this address is there already. One that is no
# script is not fetched, and formulas in charts stay as they are written.
NOTHING_FETCHED = (
    '<script type="text/plain" data-status="error"'
    ' src="https://cdn.jsdelivr.net/npm/mathjax-full@3.2.2/es5/tex-mml-svg.min.js"></script>'
)


@dataclass(frozen=True)
class Notebook:
    """A notebook by its file's name, with its title and the question that it opens with."""

    name: str
    path: Path
    title: str
    question: str


def find_notebooks(folder: Path) -> list[Notebook]:
    """Every notebook in that folder, in order of name."""
    return [_read(path) for path in sorted(folder.glob("*.py"))]


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

    server = marimo.create_asgi_app(quiet=True, html_head=NOTHING_FETCHED)
    for notebook in notebooks:
        server = server.with_app(path=f"/apps/{notebook.name}", root=str(notebook.path))
    return server.build()
