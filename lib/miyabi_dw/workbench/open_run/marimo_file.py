"""Writes the marimo file, and beside it what the run showed, so that it is seen before anything is run again."""

import hashlib
import json
from pathlib import Path

import marimo
from markupsafe import Markup

from miyabi_dw.common.files import Json
from miyabi_dw.reports.outputs import PLOTLY, Block, blocks, joined
from miyabi_dw.reports.tables import Cell, Table
from miyabi_dw.workbench.open_run.convert import as_marimo, codes

# A reader's own configuration may run all cells on opening, which would do the run's work again unasked.
NOTHING_RUNS_BY_ITSELF = "[tool.marimo.runtime]\nauto_instantiate = false\n"
CHART = Markup('<marimo-plotly data-figure="{}" data-config="{{}}"></marimo-plotly>')
HEADER = Markup('<th style="padding-right: 1.5em">{}</th>')
VALUE = Markup('<td style="padding-right: 1.5em">{}</td>')


def write(document: Json, path: Path) -> None:
    """The notebook alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_marimo(document), encoding="utf-8")


def write_with_outputs(document: Json, path: Path) -> None:
    """The notebook in a folder of its own, with its outputs where marimo's editor looks for them."""
    write(document, path)
    (path.parent / "pyproject.toml").write_text(NOTHING_RUNS_BY_ITSELF, encoding="utf-8")
    session = path.parent / "__marimo__" / "session" / f"{path.name}.json"
    session.parent.mkdir(parents=True, exist_ok=True)
    session.write_text(json.dumps(_session(document, codes(path.read_text(encoding="utf-8")))), encoding="utf-8")


def _session(document: Json, converted: list[str]) -> Json:
    """marimo's own format; it takes the file only when every cell is the one that it remembers."""
    # The converter puts its import in front and keeps the order of the rest.
    shown = [_shown(cell) for cell in document["cells"]]
    before: list[Json] = [{"outputs": [], "console": []}] * (len(converted) - len(shown))
    cells = [
        {"id": str(at), "code_hash": _digest(code), **cell}
        for at, (code, cell) in enumerate(zip(converted, before + shown, strict=True))
    ]
    return {"version": "1", "metadata": _made_by(), "cells": cells}


def _made_by() -> Json:
    return {"marimo_version": marimo.__version__, "script_metadata_hash": None}


def _digest(code: str) -> str:
    return hashlib.md5(code.encode(), usedforsecurity=False).hexdigest()


def _shown(cell: Json) -> Json:
    if cell["cell_type"] == "markdown":
        return {"outputs": [_data(*marimo.md(joined(cell["source"]))._mime_())], "console": []}
    outputs = cell.get("outputs", [])
    errors = [_error(output) for output in outputs if output["output_type"] == "error"]
    markup = Markup("\n").join(_markup(output) for output in outputs if "data" in output)
    console = [_console(output) for output in outputs if output["output_type"] == "stream"]
    return {"outputs": errors or ([_data("text/html", markup)] if markup else []), "console": console}


def _data(mime: str, text: str) -> Json:
    return {"type": "data", "data": {mime: str(text)}}


def _error(output: Json) -> Json:
    return {"type": "error", "ename": output["ename"], "evalue": output["evalue"], "traceback": []}


def _console(output: Json) -> Json:
    return {"type": "stream", "name": output["name"], "text": joined(output["text"]), "mimetype": "text/plain"}


def _markup(output: Json) -> Markup:
    """As the archive's pages show it, nothing of it trusted; charts are marimo's own."""
    if PLOTLY in output["data"]:
        return CHART.format(json.dumps(output["data"][PLOTLY]))
    return Markup("\n").join(_block(block) for block in blocks(output))


def _block(block: Block) -> Markup:
    match block.value:
        case Table() as table:
            rows = [_row(row, HEADER) for row in table.head] + [_row(row, VALUE) for row in table.body]
            return Markup("<table>{}</table>").format(Markup("").join(rows))
        case Markup() as markup:
            return markup
        case text if block.kind == "image":
            return Markup('<img src="{}">').format(text)
        case text:
            return Markup("<pre>{}</pre>").format(text)


def _row(cells: list[Cell], form: Markup) -> Markup:
    return Markup("<tr>{}</tr>").format(Markup("").join(form.format(cell.text) for cell in cells))
