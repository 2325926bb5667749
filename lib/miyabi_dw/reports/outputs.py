"""What a cell printed or drew, reduced to kinds that the templates know how to show safely."""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup

from miyabi_dw.common import display
from miyabi_dw.common.files import Json
from miyabi_dw.reports.charts import chart
from miyabi_dw.reports.tables import Table, read_html

PLOTLY = "application/vnd.plotly.v1+json"
IMAGES = ("image/png", "image/jpeg", "image/svg+xml", "image/gif", "image/webp")
ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x1b[@-_]")
LONGEST_TEXT = 20_000


@dataclass(frozen=True)
class Block:
    """`kind` is display, text, stderr, table, chart, image, markdown or error; `value` is what its template needs."""

    kind: str
    value: Any


def _markdown() -> MarkdownIt:
    """Markdown in which markup is text and links lead only to other pages of the archive."""
    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    reader.validateLink = lambda url: bool(re.match(r"(?:[\w./%-]+(?:#[\w-]*)?|#[\w-]*)$", url))  # type: ignore[method-assign]
    return reader


MARKDOWN = _markdown()


def markdown(text: str) -> Markup:
    return Markup(MARKDOWN.render(text))  # noqa: S704 - rendered with markup off


def blocks(output: Json) -> list[Block]:
    """The blocks of one output of a cell."""
    match output["output_type"]:
        case "stream":
            text = plain(output["text"])
            return [Block("stderr" if output["name"] == "stderr" else "text", text)] if text.strip() else []
        case "error":
            return [Block("error", output)]
        case _:
            return _display(output.get("data", {}))


def _display(data: Json) -> list[Block]:
    """The richest kind that can be shown without trusting it."""
    shown = display.read(data.get(display.MIME))
    if shown:
        return [Block("display", shown)]
    if PLOTLY in data:
        return [Block("chart", chart(data[PLOTLY]))]
    for mime in IMAGES:
        if mime in data:
            return [Block("image", f"data:{mime};base64,{_base64(mime, joined(data[mime]))}")]
    if "text/markdown" in data:
        return [Block("markdown", markdown(joined(data["text/markdown"])))]
    if "text/html" in data:
        return [
            Block("table" if isinstance(part, Table) else "text", part) for part in read_html(joined(data["text/html"]))
        ]
    if "application/json" in data:
        return [Block("text", json.dumps(data["application/json"], indent=2, ensure_ascii=False))]
    text = plain(joined(data.get("text/plain", "")))
    return [Block("text", text)] if text.strip() else []


def joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def plain(text: str | list[str]) -> str:
    """Terminal text as a terminal would leave it: no colours, and a progress bar as it last stood."""
    lines = (line.rstrip("\r").rsplit("\r", 1)[-1] for line in ANSI.sub("", joined(text)).split("\n"))
    whole = "\n".join(lines).strip("\n")
    if len(whole) <= LONGEST_TEXT:
        return whole
    return f"{whole[:LONGEST_TEXT]}\n… {len(whole) - LONGEST_TEXT:,} more characters in the notebook"


def _base64(mime: str, content: str) -> str:
    return base64.b64encode(content.encode()).decode() if mime == "image/svg+xml" else "".join(content.split())
