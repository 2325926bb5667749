"""OpenTelemetry as a collector's file exporter leaves it: OTLP in JSON, an export a line, plain or compressed.

A file that grows is read on from its last whole line; one that was replaced or is compressed is read again when it
changed, which changes nothing for what was known.
"""

import gzip
import json
import logging
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, ClassVar, cast

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.text import counted
from miyabi_dw.connect.agents.otel_answers import answers_in
from miyabi_dw.connect.agents.otlp import METRICS, SPANS, exports
from miyabi_dw.connect.origin import Cursor, Discovery, Origin, Sink

logger = logging.getLogger(__name__)

SUFFIXES = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
MIB = 1 << 20
# A collector's export is at most a few MB; parsing takes ten times the memory of a line.
LONGEST_LINE = 16 * MIB
CHECKPOINT_BYTES = 64 * MIB
HEAD_BYTES = 1024
FILES_LOOKED_AT, LINES_LOOKED_AT = 20, 5
NEWLINE = ord("\n")


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a file has been read, and what it was then."""

    size: int
    modified: int
    head: int
    offset: int


class OpenTelemetry(Origin):
    """`path` is the folder that a collector writes to, or one file of it."""

    kind: ClassVar[str] = "otel"
    path: Path

    @property
    def origin(self) -> str:
        return f"{self.kind} {self.path.expanduser().resolve()}"

    def discover(self) -> Discovery:
        files = list(self._files())
        kinds = {kind for file in files[:FILES_LOOKED_AT] for kind in _kinds(file)}
        if not kinds:
            remedy = "have the collector's file exporter write there with format: json"
            raise BadRequest("there is no OTLP in JSON", str(self.path), remedy, code="origin-missing")
        size = sum(file.stat().st_size for file in files)
        about = " and ".join(sorted(kinds))
        sentence = f"{counted(len(files), 'file')} with {about}, {size / MIB:,.1f} MB"
        return Discovery(sentence, {"files": len(files), "bytes": size})

    def read(self, cursor: Cursor, sink: Sink) -> None:
        _Reading(self.path.expanduser(), list(self._files()), cursor, sink).run()

    def _files(self) -> Iterator[Path]:
        """Oldest change first, so that the latest value of a sum that grows is read last."""
        path = self.path.expanduser()
        if not path.exists():
            raise BadRequest("there is no such folder", str(path), "correct the path", code="origin-missing")
        found = [path] if path.is_file() else [file for file in path.rglob("*") if file.name.endswith(SUFFIXES)]
        yield from sorted((file for file in found if file.is_file()), key=lambda file: (file.stat().st_mtime_ns, file))


class _Reading:
    """One read of all files that are new or have changed."""

    def __init__(self, root: Path, files: list[Path], cursor: Cursor, sink: Sink) -> None:
        self._root = root
        self._sink = sink
        known = cast("Mapping[str, list[int]]", cursor.get("files", {}))
        self._marks = {self._key(file): Mark(*known[self._key(file)]) for file in files if self._key(file) in known}
        self._new = [file for file in files if not self._is_read(file)]
        self._total = sum(file.stat().st_size for file in self._new)
        self._done = self._since = 0

    def run(self) -> None:
        logger.debug("%d files with %d bytes are new or have changed", len(self._new), self._total)
        for file in self._new:
            try:
                self._read(file)
            except (OSError, EOFError, zlib.error) as error:
                self._sink.skip(f"a file that cannot be read ({type(error).__name__})", self._key(file))
            if self._since > CHECKPOINT_BYTES:
                self._checkpoint()
        self._checkpoint()

    def _key(self, file: Path) -> str:
        return str(file.relative_to(self._root)) if file != self._root else file.name

    def _is_read(self, file: Path) -> bool:
        mark, status = self._marks.get(self._key(file)), file.stat()
        return mark is not None and (mark.size, mark.modified) == (status.st_size, status.st_mtime_ns)

    def _read(self, file: Path) -> None:
        status = file.stat()
        with _opened(file) as content:
            head = content.read(HEAD_BYTES)
            offset = self._begin(file, head, status.st_size)
            content.seek(offset)
            for place, (end, document) in enumerate(documents(content, offset, self._skipper(file)), 1):
                self._take(document, f"{self._key(file)}, {counted(place, 'line')} on")
                self._since += end - offset
                offset = end
        self._marks[self._key(file)] = Mark(status.st_size, status.st_mtime_ns, zlib.crc32(head), offset)
        self._done += status.st_size
        self._sink.progress(self._done // MIB, self._total // MIB, "MB")

    def _begin(self, file: Path, head: bytes, size: int) -> int:
        """Behind what was read of the same file before; at the beginning of a new, replaced or compressed one."""
        mark = self._marks.get(self._key(file))
        if mark is None or file.suffix == ".gz":
            return 0
        return mark.offset if mark.size <= size and mark.head == zlib.crc32(head[: mark.size]) else 0

    def _take(self, document: object, where: str) -> None:
        for export in exports(document):
            for answer in answers_in(export, lambda what, reason: self._sink.quarantine(what, where, reason)):
                self._sink.add(answer)

    def _skipper(self, file: Path) -> Callable[[str, int], None]:
        return lambda reason, offset: self._sink.skip(reason, f"{self._key(file)}, byte {offset}")

    def _checkpoint(self) -> None:
        self._since = 0
        self._sink.checkpoint({"files": {name: list(astuple(mark)) for name, mark in self._marks.items()}})


def documents(
    content: BinaryIO, offset: int, skip: Callable[[str, int], None] = lambda *_: None
) -> Iterator[tuple[int, object]]:
    """The JSON documents from a place on, each with the place behind it; what is still being written is left."""
    if offset == 0 and (whole := _one_document(content)):
        yield whole
        return
    while line := content.readline(LONGEST_LINE):
        end, document = offset + len(line), _parsed(line)
        if line[-1] != NEWLINE and len(line) == LONGEST_LINE:
            end += _rest(content)
            skip(f"a line longer than {LONGEST_LINE // MIB} MB", offset)
        elif document is None and line[-1] != NEWLINE:
            return
        elif document is None and line.strip():
            skip("a line that is no JSON", offset)
        yield end, document
        offset = end


def _one_document(content: BinaryIO) -> tuple[int, object] | None:
    """A file that is one document over several lines; else None, and the place is the beginning again."""
    text = content.readline(LONGEST_LINE)
    if text[:1] in (b"{", b"[") and text[-1] == NEWLINE and _parsed(text) is None:
        text += content.read(LONGEST_LINE)
        if len(text) < LONGEST_LINE and (document := _parsed(text)) is not None:
            return len(text), document
    content.seek(0)
    return None


def _parsed(text: bytes) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _rest(content: BinaryIO) -> int:
    """Passes over the rest of a line, a piece at a time; how long it was."""
    length = 0
    while piece := content.readline(MIB):
        length += len(piece)
        if piece[-1] == NEWLINE:
            break
    return length


def _opened(file: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(file)) if file.suffix == ".gz" else file.open("rb", buffering=MIB)


def _kinds(file: Path) -> Iterator[str]:
    """What the beginning of a file has: spans, metrics, both or neither."""
    try:
        with _opened(file) as content:
            found = [*islice(documents(content, 0), LINES_LOOKED_AT)]
    except (OSError, EOFError, zlib.error):
        return
    for export in (each for _, document in found for each in exports(document)):
        yield from (kind for key, kind in ((SPANS, "spans"), (METRICS, "metrics")) if key in export)
