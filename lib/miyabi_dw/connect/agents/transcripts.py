"""Agents' logs in files: they are found, and what is new in them is read line by line in constant memory."""

import logging
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO
from zlib import crc32

import msgspec

from miyabi_dw.connect.agents.executions import CHECKED, Follower, Place, plain
from miyabi_dw.connect.keys import key_in_branch
from miyabi_dw.connect.origin import Cursor, Sink
from miyabi_dw.connect.repositories import repository_of_folder

logger = logging.getLogger(__name__)

MIB = 2**20
BUFFER = MIB // 4
# Longer ones hold pictures or files; an answer's tokens never stand in one.
LONGEST_LINE = 8 * MIB
BETWEEN_CHECKPOINTS = 128 * MIB
# Of the cursor; another one is not understood, and all is read again.
VERSION = 1

Follow = Callable[[Path, Place], Follower[Any]]


@dataclass(frozen=True, slots=True)
class Found:
    """A transcript as it lies there."""

    path: Path
    size: int
    modified: int
    inode: int

    @property
    def name(self) -> str:
        """Its path as a database can hold it, whatever bytes the name is of."""
        return os.fsencode(self.path).decode(errors="backslashreplace")


class Mark(msgspec.Struct, array_like=True, frozen=True):
    """How far a transcript has been read: nothing is new while size, time and inode are the same."""

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
        if self.inode != found.inode or self.size > found.size:
            return Place()
        file.seek(self.offset)
        if self.check is not None and crc32(file.readline(CHECKED)) != self.check:
            return Place()
        return Place(self.offset, self.check, self.state)


def transcripts(roots: Sequence[Path], skip: Callable[[str, str], None]) -> list[Found]:
    """Every transcript below the folders, in the order of their names."""

    def refused(error: OSError) -> None:
        skip(f"a folder that cannot be read ({error.strerror})", str(error.filename))

    paths = (
        Path(folder, name)
        for root in roots
        for folder, _, names in os.walk(root, onerror=refused)
        for name in names
        if name.endswith(".jsonl")
    )
    return sorted(filter(None, map(_found, paths)), key=lambda found: found.path)


def _found(path: Path) -> Found | None:
    """None for what is gone meanwhile, and for what is no plain file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return _as_found(path, status) if stat.S_ISREG(status.st_mode) else None


def _as_found(path: Path, status: os.stat_result) -> Found:
    return Found(path, status.st_size, status.st_mtime_ns, status.st_ino)


def lines(file: BinaryIO, offset: int, skip: Callable[[str, int], None]) -> Iterator[tuple[int, bytes]]:
    """Whole lines with their places. What still is being written, at the end, is left for the next time."""
    file.seek(offset)
    while line := file.readline(LONGEST_LINE):
        length = len(line)
        if line[-1] != ord("\n"):
            if length < LONGEST_LINE:
                yield from [(offset, line)] if is_object(line) else []
                return
            length += _rest(file)
            skip(f"a line longer than {LONGEST_LINE // MIB} MB", offset)
        elif line[0] == ord("{"):
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


def is_object(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (ValueError, RecursionError):
        return False


class Reading:
    """Reads the transcripts that are new or have grown, with a checkpoint every so many bytes, and one at the end."""

    def __init__(self, found: Sequence[Found], cursor: Cursor, sink: Sink, follow: Follow, basis: object) -> None:
        self.sink, self.follow, self.basis = sink, follow, basis
        known = _marks(cursor, basis)
        self.marks = {each.name: known[each.name] for each in found if each.name in known}
        self.new = [each for each in found if not self._is_read(each)]
        self.total = sum(each.size for each in self.new)
        self.done = self.since = 0

    def run(self) -> None:
        logger.debug("%d transcripts with %d bytes are new or have grown", len(self.new), self.total)
        for found in self.new:
            try:
                self._read(found)
            except OSError as error:
                self.sink.skip(f"a transcript that cannot be read ({error.strerror})", found.name)
            self._progress(found)
        self._checkpoint()

    def _is_read(self, found: Found) -> bool:
        mark = self.marks.get(found.name)
        return mark is not None and mark.is_of(found)

    def _read(self, listed: Found) -> None:
        with listed.path.open("rb", buffering=BUFFER) as file:
            found = _as_found(listed.path, os.fstat(file.fileno()))
            mark = self.marks.get(found.name)
            follower = self._follower(found, mark.place_in(found, file) if mark else Place())
            for offset, line in lines(file, follower.again.offset, self._skipper(found)):
                follower.take(line, offset)
                self.since += len(line)
                if self.since >= BETWEEN_CHECKPOINTS:
                    # Its size is not yet a true one, so that the next reading goes on with it.
                    self._mark(found, -1, follower.again)
                    self._checkpoint()
            follower.finish()
        self._mark(found, found.size, follower.again)

    def _follower(self, found: Found, place: Place) -> Follower[Any]:
        try:
            return self.follow(found.path, place)
        except msgspec.ValidationError:
            return self.follow(found.path, Place())

    def _skipper(self, found: Found) -> Callable[[str, int], None]:
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


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where an agent worked, and the issue that the branch is named for."""

    folder: str | None = None
    repository: str | None = None
    branch: str | None = None
    branch_key: str | None = None


class Workplaces:
    """Tells which repository a folder is of, as declared or else as its git remote says; asked once a folder."""

    def __init__(self, declared: Mapping[str, str]) -> None:
        self.declared = {Path(folder).expanduser(): name.strip().lower() for folder, name in declared.items()}
        self.at = lru_cache(maxsize=4096)(self._at)

    def _at(self, folder: str | None, branch: str | None) -> Workplace:
        folder, branch = plain(folder or ""), plain(branch or "")
        if branch in ("", "HEAD"):
            return Workplace(folder or None, self.repository(folder))
        return Workplace(folder or None, self.repository(folder), branch, key_in_branch(branch))

    def repository(self, folder: str) -> str | None:
        """As declared for the folder or the nearest above it; None for a folder that is gone or in no repository."""
        path = Path(folder)
        declared = next((place for place in (path, *path.parents) if place in self.declared), None)
        return self.declared[declared] if declared else repository_of_folder(folder) if folder else None
