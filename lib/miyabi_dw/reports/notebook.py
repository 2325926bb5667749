"""An executed notebook as its page shows it."""

import gzip
import json
import re
from dataclasses import dataclass
from itertools import dropwhile, takewhile, zip_longest
from pathlib import Path

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from miyabi_dw.common.errors import ArchiveDamaged
from miyabi_dw.common.files import Json
from miyabi_dw.reports.failure import Failure, failure
from miyabi_dw.reports.outputs import Block, blocks, joined, markdown

TITLE = re.compile(r"\A\s*#\s+(.+?)\s*$\n?", re.MULTILINE)
# Papermill's own banners; the page says the same better.
BANNERS = {"papermill-error-cell-tag"}
DECLARED, INJECTED = "parameters", "injected-parameters"
NAME = re.compile(r"(?P<stage>.+)\.(?P<attempt>\d+)\.ipynb(?:\.gz)?")


@dataclass(frozen=True)
class NotebookCell:
    kind: str
    source: Markup
    summary: str
    outputs: list[Block]
    seconds: float | None
    failed: bool
    folded: bool


@dataclass(frozen=True)
class Notebook:
    title: str
    cells: list[NotebookCell]
    failure: Failure | None
    failed_source: Markup | None
    failed_cell: int | None

    @property
    def shows(self) -> bool:
        """Whether a cell shows something that a page of its own can be made of."""
        return any(block.kind == "display" for cell in self.cells for block in cell.outputs)

    @property
    def introduction(self) -> Markup:
        """What it says before its first code."""
        return Markup("").join(cell.source for cell in takewhile(lambda cell: cell.kind == "markdown", self.cells))

    @property
    def story(self) -> list[NotebookCell]:
        """What comes after that, without headings under which nothing is shown."""
        rest = list(dropwhile(lambda cell: cell.kind == "markdown", self.cells))
        told = [cell for cell in rest if cell.kind == "markdown" or cell.outputs]
        pairs = zip_longest(told, told[1:])
        return [cell for cell, after in pairs if cell.outputs or (after is not None and after.outputs)]

    @property
    def has_charts(self) -> bool:
        return any(block.kind == "chart" for cell in self.cells for block in cell.outputs)


def read_notebook(path: Path) -> Json:
    """The notebook stored at `path`, plain (.ipynb) or as the archive keeps it (.ipynb.gz)."""
    try:
        content = path.read_bytes()
        document = json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)
    except (OSError, EOFError, ValueError) as error:
        raise ArchiveDamaged("the notebook cannot be read", path.name, "run `miyabi-dw runs verify`") from error
    if not isinstance(document, dict) or not isinstance(document.get("cells"), list):
        raise ArchiveDamaged("this is no notebook", path.name, "run `miyabi-dw runs verify`")
    return document


def readable_notebook(path: Path) -> Json | None:
    """None where a crash left half a notebook: its run still gets a page."""
    try:
        return read_notebook(path)
    except ArchiveDamaged:
        return None


def notebook(document: Json, title: str) -> Notebook:
    """What the page shows of `document`; its own first heading wins over `title`."""
    cells = [cell for cell in document["cells"] if not BANNERS & _tags(cell)]
    heading = TITLE.search(joined(cells[0]["source"])) if cells and cells[0]["cell_type"] == "markdown" else None
    failed_at = next((at for at, cell in enumerate(cells) if _failed(cell)), None)
    if heading:
        cells[0] = cells[0] | {"source": TITLE.sub("", joined(cells[0]["source"]), count=1)}
    views = [_view(cell, failed=at == failed_at) for at, cell in enumerate(cells)]
    return Notebook(
        heading[1] if heading else title,
        [view for view in views if view.source or view.outputs],
        _failure(cells[failed_at]) if failed_at is not None else None,
        code(joined(cells[failed_at]["source"])) if failed_at is not None else None,
        None if failed_at is None else sum(cell["cell_type"] == "code" for cell in cells[: failed_at + 1]),
    )


def code(source: str) -> Markup:
    """Python with its words coloured."""
    return Markup(highlight(source, PythonLexer(), HtmlFormatter(nowrap=True)).rstrip())  # noqa: S704 - Pygments escapes


def _view(cell: Json, *, failed: bool) -> NotebookCell:
    source = joined(cell["source"])
    if cell["cell_type"] != "code":
        text = markdown(source) if cell["cell_type"] == "markdown" else Markup("")
        return NotebookCell("markdown", text, "", [], None, False, False)
    shown = [block for output in cell.get("outputs", []) for block in blocks(output)]
    summary = _summary(cell, source)
    seconds = cell.get("metadata", {}).get("papermill", {}).get("duration")
    folded = not failed or bool({DECLARED, INJECTED} & _tags(cell))
    return NotebookCell("code", code(source), summary, shown, seconds, failed, folded)


def _summary(cell: Json, source: str) -> str:
    """What the folded cell is called."""
    if INJECTED in _tags(cell):
        return "parameters of this run"
    if DECLARED in _tags(cell):
        return "parameters as declared"
    return next((line for line in source.splitlines() if line), "")


def _tags(cell: Json) -> set[str]:
    return set(cell.get("metadata", {}).get("tags", []))


def _failed(cell: Json) -> bool:
    """Raised, or was running when its kernel died or its time was up."""
    papermill = cell.get("metadata", {}).get("papermill", {})
    raised = any(output["output_type"] == "error" for output in cell.get("outputs", []))
    return raised or papermill.get("exception") is True or papermill.get("status") in {"failed", "running"}


def _failure(cell: Json) -> Failure | None:
    errors = [output for output in cell.get("outputs", []) if output["output_type"] == "error"]
    return failure(errors[0]) if errors else None
