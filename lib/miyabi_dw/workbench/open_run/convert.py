"""From an executed Jupyter notebook to a marimo file with the same names and the run's own values."""

import ast
import json
from collections.abc import Mapping

from marimo._convert.converters import MarimoConvert

from miyabi_dw.common import source_code
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.files import Json
from miyabi_dw.reports.notebook import BANNERS, DECLARED, INJECTED
from miyabi_dw.reports.outputs import joined


def at_its_state(document: Json, instead: Mapping[str, object] | None = None) -> Json:
    """The notebook without papermill's cells, the run's values, or those given `instead`, in its parameters cell."""
    given = document["metadata"].get("papermill", {}).get("parameters", {}) | (instead or {})
    cells = [cell for cell in document["cells"] if not {INJECTED, *BANNERS} & _tags(cell)]
    return document | {"cells": [_with_values(cell, given) if DECLARED in _tags(cell) else cell for cell in cells]}


def _tags(cell: Json) -> set[str]:
    return set(cell.get("metadata", {}).get("tags", []))


def _with_values(cell: Json, given: Mapping[str, object]) -> Json:
    """Types and comments of the declaration stay; only the values change."""
    source = joined(cell["source"])
    lines = source.splitlines()
    for statement in source_code.parse(source).body:
        name, value = _assigned(statement)
        if value is not None and name in given:
            # ast counts columns in bytes.
            line = lines[value.lineno - 1].encode()
            new = repr(given[name]).encode()
            lines[value.lineno - 1] = (line[: value.col_offset] + new + line[value.end_col_offset :]).decode()
    return cell | {"source": "\n".join(lines)}


def _assigned(statement: ast.stmt) -> tuple[str, ast.expr | None]:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), value=value):
            return name, value
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name, value
    return "", None


def as_marimo(document: Json) -> str:
    """The notebook as a marimo file; BadRequest where marimo would have to rename what two cells define."""
    text = MarimoConvert.from_ipynb(json.dumps(document)).to_py()
    converted = "\n".join(codes(text))
    ours = [joined(cell["source"]).strip() for cell in document["cells"] if cell["cell_type"] == "code"]
    changed = [code for code in ours if code not in converted]
    if changed:
        where = f"the cell that begins {changed[0].splitlines()[0]!r}"
        raise BadRequest(
            "marimo cannot run the cell as it is", where, "define each name in one cell only, use no magic"
        )
    return text


def codes(text: str) -> list[str]:
    """The cells of a marimo file as marimo itself reads them."""
    return [cell["code"] or "" for cell in MarimoConvert.from_py(text).to_notebook_v1()["cells"]]
