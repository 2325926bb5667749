"""OpenTelemetry as a collector's file exporter leaves it: OTLP in JSON, an export a line, plain or compressed.

What is read again changes nothing for what was known.
"""

import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, ClassVar

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.text import counted
from miyabi_dw.connect.agents.log_files import (
    LONGEST_LINE,
    MIB,
    UNREADABLE,
    Found,
    Place,
    Reading,
    Skip,
    check_of,
    files_below,
    lines,
    opened,
)
from miyabi_dw.connect.agents.otel_answers import answers_in
from miyabi_dw.connect.agents.otlp import METRICS, SPANS, exports
from miyabi_dw.connect.origin import Cursor, Discovery, Origin, Sink

SUFFIXES = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
FILES_LOOKED_AT, LINES_LOOKED_AT = 20, 5


class OpenTelemetry(Origin):
    """`path` is the folder that a collector writes to, or one file of it."""

    kind: ClassVar[str] = "otel"
    path: Path

    @property
    def origin(self) -> str:
        return f"{self.kind} {self.path.expanduser().resolve()}"

    def discover(self) -> Discovery:
        files = self._files(lambda *_: None)
        kinds = {kind for file in files[:FILES_LOOKED_AT] for kind in _kinds(file.path)}
        if not kinds:
            remedy = "have the collector's file exporter write there with format: json"
            raise BadRequest("there is no OTLP in JSON", str(self.path), remedy, code="origin-missing")
        size = sum(file.size for file in files)
        about = " and ".join(sorted(kinds))
        sentence = f"{counted(len(files), 'file')} with {about}, {size / MIB:,.1f} MB"
        return Discovery(sentence, {"files": len(files), "bytes": size})

    def read(self, cursor: Cursor, sink: Sink) -> None:
        def taken(path: Path, place: Place) -> Exports:
            return Exports(path, place, sink)

        Reading(self._files(sink.skip), cursor, sink, taken, cut=documents).run()

    def _files(self, skip: Callable[[str, str], None]) -> list[Found]:
        """Oldest change first, so that the latest value of a sum that grows is read last."""
        path = self.path.expanduser()
        if not path.exists():
            raise BadRequest("there is no such folder", str(path), "correct the path", code="origin-missing")
        return sorted(files_below([path], SUFFIXES, skip), key=lambda file: (file.modified, file.path))


class Exports:
    """Takes one file's exports. The next reading begins at the last line that was read, which it recognises."""

    def __init__(self, path: Path, place: Place, sink: Sink) -> None:
        self._path, self._sink = path, sink
        self.again = place
        self._known = place.offset if place.state else None

    def take(self, line: bytes, offset: int) -> None:
        if offset == self._known:
            return
        document = parsed(line)
        where = f"{self._path}, byte {offset}"
        if document is None:
            self._sink.skip("a line that is no JSON", where)
        for export in exports(document):
            for answer in answers_in(export, lambda what, reason: self._sink.quarantine(what, where, reason)):
                self._sink.add(answer)
        # A document over several lines is written again as a whole.
        if line.find(b"\n", 0, -1) < 0:
            self.again = Place(offset, check_of(line), state=True)

    def finish(self) -> None:
        """Nothing is open: each export is whole."""


def documents(file: BinaryIO, offset: int, skip: Skip = lambda *_: None) -> Iterator[tuple[int, bytes]]:
    """The lines from a place on, or the one document that a file is; what is still being written is left."""
    if offset == 0 and (whole := _one_document(file)):
        yield 0, whole
    else:
        yield from lines(file, offset, skip, begins=b"{[")


def _one_document(file: BinaryIO) -> bytes | None:
    """A file that is one document over several lines; else None."""
    text = file.readline(LONGEST_LINE)
    if text[:1] in (b"{", b"[") and text[-1] == ord("\n") and parsed(text) is None:
        text += file.read(LONGEST_LINE)
        if len(text) < LONGEST_LINE and parsed(text) is not None:
            return text
    return None


def parsed(text: bytes) -> object:
    """None for what is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _kinds(path: Path) -> Iterator[str]:
    """What the beginning of a file has: spans, metrics, both or neither."""
    try:
        with opened(path) as file:
            found = [parsed(line) for _, line in islice(documents(file, 0), LINES_LOOKED_AT)]
    except UNREADABLE:
        return
    for export in (each for document in found for each in exports(document)):
        yield from (kind for key, kind in ((SPANS, "spans"), (METRICS, "metrics")) if key in export)
