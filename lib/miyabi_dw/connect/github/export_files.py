"""The files of an export, read piece by piece: a JSON array, an array of pages, objects with a page, or JSON lines."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from miyabi_dw.connect.github.answers import Item
from miyabi_dw.connect.origin import Sink

FILES = (
    "issues.json", "issue_events.json", "pulls.json", "pull_commits.json", "pull_reviews.json", "deployments.json",
    "graphql_deployments.json", "releases.json", "actions_runs.json",
)  # fmt: skip
PIECE = 1 << 20
# One value longer than this is broken: the largest answer of GitHub is a page of a few megabytes.
LONGEST = 64 << 20
# The first character of a value; between two of them, and around an array, stand others.
VALUE = re.compile(r"[^\s,\[\]\ufeff]")
# Where a page of runs has them.
INSIDE = "workflow_runs"


class ExportFile:
    """One file; `items` may be asked for again."""

    def __init__(self, folder: Path, name: str, sink: Sink | None = None) -> None:
        self.path = folder / name
        self._sink = sink

    def items(self) -> Iterator[Item]:
        """The objects in it, one at a time, those of pages unfolded; none where the file is absent."""
        if self.path.is_file():
            for value in self._values():
                yield from self._unfolded(value)

    def _unfolded(self, value: object) -> Iterator[Item]:
        if isinstance(value, list):
            for one in value:
                yield from self._unfolded(one)
        elif isinstance(value, dict):
            page = value.get(INSIDE)
            yield from self._unfolded(page) if isinstance(page, list) else (value,)
        else:
            self._skip("a value that is no object")

    def _values(self) -> Iterator[object]:
        """Top-level values, and those of the outermost arrays. What is broken is passed over up to the next line."""
        decoder, text, at, is_end = json.JSONDecoder(), "", 0, False
        with self.path.open(encoding="utf-8", errors="replace") as stream:
            while True:
                found = VALUE.search(text, at)
                at = found.start() if found else len(text)
                if at == len(text) and is_end:
                    return
                try:
                    value, end = decoder.raw_decode(text, at)
                except json.JSONDecodeError as error:
                    if not is_end and _may_be_cut(error, len(text) - at):
                        piece = stream.read(max(PIECE, len(text) - at))
                        text, at, is_end = text[at:] + piece, 0, not piece
                        continue
                    self._skip("a line that is no JSON")
                    at = text.find("\n", at) if "\n" in text[at:] else len(text)
                else:
                    yield value
                    at = end

    def _skip(self, reason: str) -> None:
        if self._sink:
            self._sink.skip(reason, self.path.name)


def _may_be_cut(error: json.JSONDecodeError, length: int) -> bool:
    """Whether more of the file could make it whole: it breaks off at the end, or in a text that has none."""
    is_at_end = error.pos >= len(error.doc) - len("false")
    return length < LONGEST and (is_at_end or error.msg.startswith(("Unterminated", "Invalid \\")))
