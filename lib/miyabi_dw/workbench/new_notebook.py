"""An analyst's own notebook: written once into the home, where no update of the project reaches it."""

import importlib.util
import re
from importlib import metadata, resources
from pathlib import Path
from string import Template

from miyabi_dw.common.errors import BadRequest

# A name is a module's, a word on the command line and a part of an address.
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def write_new(folder: Path, name: str, taken: set[str]) -> Path:
    """Writes the notebook `name` and returns its file; BadRequest for a name that is taken or would not do."""
    _check(name, taken)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.py"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(_text(name))
    except FileExistsError:
        raise _already(name) from None
    return path


def _check(name: str, taken: set[str]) -> None:
    if not NAME.fullmatch(name):
        remedy = "write it in small letters, digits and _, 40 at the most, beginning with a letter"
        raise BadRequest(f"{name!r} is no name for a notebook", remedy=remedy)
    if name in taken:
        raise _already(name)
    # Python would import the notebook instead: its folder comes first.
    if importlib.util.find_spec(name):
        raise BadRequest(f"{name!r} is the name of a Python module", remedy="choose another one")


def _already(name: str) -> BadRequest:
    return BadRequest(f"the name {name!r} is taken", remedy="choose another one")


def _text(name: str) -> str:
    template = resources.files("miyabi_dw") / "templates" / "own_notebook.txt"
    title = name.replace("_", " ").capitalize()
    given = {"name": name, "title": title, "version": metadata.version("marimo")}
    return Template(template.read_text(encoding="utf-8")).substitute(given)
