"""Logs in files: they are found, and what is new in them is read line by line in constant memory.

A file that has grown is read on from a place in it, one that was replaced, cut or is compressed from its beginning.
"""

import gzip
import logging
import os
import stat
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import msgspec

from miyabi_dw.connect.origin import Cursor, Sink

logger = logging.getLogger(__name__)

MIB = 2**20
BUFFER = MIB // 4
# Longer ones hold pictures or files; tokens never stand in one.
LONGEST_LINE = 8 * MIB
BETWEEN_CHECKPOINTS = 128 * MIB
# So many bytes of a line tell whether it still is the one that was read.
CHECKED = 256
# Of the cursor; another one is not understood, and all is read again.
VERSION = 1
COMPRESSED = ".gz"
# What reading a file may raise.
UNREADABLE = (OSError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading may begin again: at the line `offset`, which `check` recognises, with `state` of before it."""

    offset: int = 0
    check: int | None = None
    state: object = None


class Reader(Protocol):
    """Takes one file's lines; what it is to know of earlier ones it was made with."""

    @property
    def again(self) -> Place:
        """Where the next reading of the file begins."""

    def take(self, line: bytes, offset: int) -> None:
        """One whole line."""

    def finish(self) -> None:
        """No more lines for now."""


Read = Callable[[Path, Place], Reader]
Skip = Callable[[str, int], None]
Lines = Callable[[BinaryIO, int, Skip], Iterator[tuple[int, bytes]]]


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it lies there."""

    path: Path
    size: int
    modified: int
    inode: int

    @property
    def name(self) -> str:
        """Its path as a database can hold it, whatever bytes the name is of."""
        return os.fsencode(self.path).decode(errors="backslashreplace")


class Mark(msgspec.Struct, array_like=True, frozen=True):
    """How far a file has been read: nothing is new while size, time and inode are the same."""

    size: int
    modified: int
    inode: int
    offset: int
    check: int | None
    state: object

    def is_of(self, found: Found) -> bool:
        return (self.size, self.modified, self.inode) == (found.size, found.modified, found.inode)

    def place_in(self, found: Found, file: BinaryIO) -> Place:
        """Where to go on; at the beginning when the file was replaced, cut or written again since."""
        if self.inode != found.inode or self.size > found.size or found.path.suffix == COMPRESSED:
            return Place()
        file.seek(self.offset)
        if self.check is not None and check_of(file.readline(CHECKED)) != self.check:
            return Place()
        return Place(self.offset, self.check, self.state)


def check_of(line: bytes) -> int:
    """By which a line is recognised."""
    return zlib.crc32(line[:CHECKED])


def files_below(roots: Sequence[Path], suffixes: tuple[str, ...], skip: Callable[[str, str], None]) -> list[Found]:
    """Every file of these names below the folders, and every one that is named itself, in the order of their names."""

    def refused(error: OSError) -> None:
        skip(f"a folder that cannot be read ({error.strerror})", str(error.filename))

    paths = (
        Path(folder, name)
        for root in roots
        for folder, _, names in os.walk(root, onerror=refused)
        for name in names
        if name.endswith(suffixes)
    )
    named = (root for root in roots if root.is_file())
    return sorted(filter(None, map(_found, (*named, *paths))), key=lambda found: found.path)


def _found(path: Path) -> Found | None:
    """None for what is gone meanwhile, and for what is no plain file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return _as_found(path, status) if stat.S_ISREG(status.st_mode) else None


def _as_found(path: Path, status: os.stat_result) -> Found:
    return Found(path, status.st_size, status.st_mtime_ns, status.st_ino)


def opened(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path)) if path.suffix == COMPRESSED else path.open("rb", buffering=BUFFER)


def lines(file: BinaryIO, offset: int, skip: Skip, begins: bytes = b"{") -> Iterator[tuple[int, bytes]]:
    """Whole lines with their places. What still is being written, at the end, is left for the next time."""
    file.seek(offset)
    while line := file.readline(LONGEST_LINE):
        length = len(line)
        if line[-1] != ord("\n"):
            if length < LONGEST_LINE:
                yield from [(offset, line)] if line[0] in begins and is_whole(line) else []
                return
            length += _rest(file)
            skip(f"a line longer than {LONGEST_LINE // MIB} MB", offset)
        elif line[0] in begins:
            yield offset, line
        elif line.strip():
            skip("a line that is no JSON object", offset)
        offset += length


def _rest(file: BinaryIO) -> int:
    """Passes over the rest of a line, a piece at a time; how long it was."""
    length = 0
    while piece := file.readline(BUFFER):
        length += len(piece)
        if piece.endswith(b"\n"):
            break
    return length


def is_whole(line: bytes) -> bool:
    """Whether it is an object or a list to its end."""
    try:
        return isinstance(msgspec.json.decode(line), dict | list)
    except (ValueError, RecursionError):
        return False


class Reading:
    """Reads the files that are new or have changed, with a checkpoint every so many bytes, and one at the end.

    `read` makes what takes a file's lines, which `cut` tells apart; with another `basis` than before all is read again.
    """

    def __init__(
        self,
        found: Sequence[Found],
        cursor: Cursor,
        sink: Sink,
        read: Read,
        *,
        basis: object = None,
        cut: Lines = lines,
    ) -> None:
        self.sink, self.read, self.basis, self.cut = sink, read, basis, cut
        known = _marks(cursor, basis)
        self.marks = {each.name: known[each.name] for each in found if each.name in known}
        self.new = [each for each in found if not self._is_read(each)]
        self.total = sum(each.size for each in self.new)
        self.done = self.since = 0

    def run(self) -> None:
        logger.debug("%d files with %d bytes are new or have changed", len(self.new), self.total)
        for found in self.new:
            try:
                self._read(found)
            except UNREADABLE as error:
                reason = getattr(error, "strerror", None) or type(error).__name__
                self.sink.skip(f"a file that cannot be read ({reason})", found.name)
            self._progress(found)
        self._checkpoint()

    def _is_read(self, found: Found) -> bool:
        mark = self.marks.get(found.name)
        return mark is not None and mark.is_of(found)

    def _read(self, listed: Found) -> None:
        with opened(listed.path) as file:
            found = _as_found(listed.path, os.fstat(file.fileno()))
            mark = self.marks.get(found.name)
            reader = self._reader(found, mark.place_in(found, file) if mark else Place())
            for offset, line in self.cut(file, reader.again.offset, self._skipper(found)):
                reader.take(line, offset)
                self.since += len(line)
                if self.since >= BETWEEN_CHECKPOINTS:
                    # Its size is not yet a true one, so that the next reading goes on with it.
                    self._mark(found, -1, reader.again)
                    self._checkpoint()
            reader.finish()
        self._mark(found, found.size, reader.again)

    def _reader(self, found: Found, place: Place) -> Reader:
        try:
            return self.read(found.path, place)
        except msgspec.ValidationError:
            return self.read(found.path, Place())

    def _skipper(self, found: Found) -> Skip:
        return lambda reason, offset: self.sink.skip(reason, f"{found.name}, byte {offset}")

    def _mark(self, found: Found, size: int, place: Place) -> None:
        self.marks[found.name] = Mark(size, found.modified, found.inode, place.offset, place.check, place.state)

    def _progress(self, found: Found) -> None:
        before, self.done = self.done, self.done + found.size
        if self.done // MIB > before // MIB:
            self.sink.progress(self.done // MIB, self.total // MIB, "MB")

    def _checkpoint(self) -> None:
        self.since = 0
        files = {path: msgspec.to_builtins(mark) for path, mark in self.marks.items()}
        self.sink.checkpoint({"version": VERSION, "basis": self.basis, "files": files})


def _marks(cursor: Cursor, basis: object) -> Mapping[str, Mark]:
    """What was read before; nothing when the cursor is of another version or rests on what is declared no more."""
    if cursor.get("version") != VERSION or cursor.get("basis") != basis:
        return {}
    try:
        return msgspec.convert(cursor.get("files"), dict[str, Mark])
    except msgspec.ValidationError:
        return {}
