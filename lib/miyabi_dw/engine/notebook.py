"""The notebook file: read, redacted, written so that a reader sees the old one or the new one and never half."""

import json
import os
import re
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.files import Json, write_atomically

Redact = Callable[[str], str]
LONGEST_NAME = 80


def read(path: Path) -> Json:
    """The notebook as plain JSON, sources joined. Raises BadRequest when there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        cells = content["cells"]
    except FileNotFoundError:
        raise BadRequest("no such notebook", str(path), "check the path") from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadRequest("this is not a notebook of format 4", str(path), f"open it in Jupyter ({error!r})") from error
    for cell in cells:
        cell["source"] = source(cell)
    return dict(content)


def source(cell: Any) -> str:
    text = cell["source"]
    return text if isinstance(text, str) else "".join(text)


def tags(cell: Any) -> list[str]:
    return list(cell.get("metadata", {}).get("tags", []))


def is_code(cell: Any) -> bool:
    """Whether a kernel is asked to run it: an empty code cell is passed over by every engine."""
    return bool(cell["cell_type"] == "code" and source(cell).strip())


def cell_name(cell: Any) -> str:
    """Its name in the metadata, else the first line that says something."""
    given = cell.get("metadata", {}).get("name")
    lines = [line.strip() for line in source(cell).splitlines() if line.strip()]
    return str(given or (lines[0].lstrip("# ") if lines else ""))[:LONGEST_NAME]


def plain(text: str) -> str:
    """Without the colours of a terminal."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def redacted(value: Any, redact: Redact) -> Any:
    """A copy in which `redact` has seen every string; a stream is joined first, since a secret may span two pieces."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        joined = {**value, "outputs": _joined(value["outputs"])} if "outputs" in value else value
        return type(value)({key: redacted(item, redact) for key, item in joined.items()})
    if isinstance(value, list):
        return [redacted(item, redact) for item in value]
    return value


def _joined(outputs: list[Any]) -> list[Any]:
    """Neighbouring pieces of one stream made one output."""
    result = []
    for (kind, name), group in groupby(outputs, key=lambda output: (output["output_type"], output.get("name"))):
        pieces = list(group)
        if kind == "stream":
            text = "".join("".join(piece["text"]) for piece in pieces)
            pieces = [type(pieces[0])({**pieces[0], "name": name, "text": text})]
        result += pieces
    return result


def write(notebook: Any, path: Path, redact: Redact) -> None:
    """Makes the folder, writes beside the place and renames."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # It is written after every cell; what is kept of it is flushed with its pages.
    text = _as_json(redacted(notebook, redact))
    write_atomically(path, text.encode(), 0o644 & ~_umask(), is_durable=False)


def _as_json(notebook: Any) -> str:
    from nbformat import NotebookNode, from_dict
    from nbformat.v4 import writes

    node = notebook if isinstance(notebook, NotebookNode) else from_dict(notebook)  # type: ignore[no-untyped-call]
    return str(writes(node)) + "\n"  # type: ignore[no-untyped-call]


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
