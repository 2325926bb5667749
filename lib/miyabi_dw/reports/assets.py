"""The files that all pages share: one style sheet, one script, one plotly; each named after its content."""

import hashlib
from collections.abc import Callable
from functools import cache
from importlib import resources
from pathlib import Path, PurePosixPath

from miyabi_dw.common import files
from miyabi_dw.common.files import write_atomically
from miyabi_dw.common.templates import source_of

FOLDER = "assets"


@cache
def stylesheet() -> str:
    return _named("report", "css", _template("report.css"))


@cache
def script() -> str:
    return _named("report", "js", _template("report.js"))


@cache
def plotly() -> str:
    """plotly-<version>.min.js, from the plotly package that is installed."""
    import plotly as package

    return f"plotly-{package.__version__}.min.js"


def contents() -> dict[str, Callable[[], bytes]]:
    """What each shared file of this version holds, by its name."""
    return {
        stylesheet(): lambda: _template("report.css"),
        script(): lambda: _template("report.js"),
        plotly(): _plotly_source,
    }


def ensure(reports: Path) -> None:
    """Puts missing shared files in place; files of older versions stay, since older pages refer to them."""
    folder = reports / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents().items():
        if not (folder / name).exists():
            write_atomically(folder / name, content())


def sha256(reports: Path, name: str) -> str:
    return files.sha256(reports / FOLDER / name)


def relative(page: PurePosixPath, name: str) -> str:
    """The way from a page (as seen from the reports folder) to a shared file."""
    return "../" * len(page.parent.parts) + f"{FOLDER}/{name}"


def _named(stem: str, suffix: str, content: bytes) -> str:
    return f"{stem}-{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"


def _template(name: str) -> bytes:
    return source_of(name).encode()


def _plotly_source() -> bytes:
    return (resources.files("plotly") / "package_data" / "plotly.min.js").read_bytes()
