"""A sink that keeps what it is given."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from miyabi_dw.connect.origin import Cursor
from miyabi_dw.connect.records import Record


@dataclass
class Collected:
    """Records by type, in order, and what was said besides."""

    records: dict[type[Record], list[Any]] = field(default_factory=lambda: defaultdict(list))
    quarantined: list[tuple[str, str, str]] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    cursors: list[Cursor] = field(default_factory=list)
    listed: list[tuple[type[Record], str]] = field(default_factory=list)

    def add(self, record: Record) -> None:
        self.records[type(record)].append(record)

    def list_all(self, record_type: type[Record], repository: str) -> None:
        self.listed.append((record_type, repository))

    def quarantine(self, what: str, where: str, reason: str) -> None:
        self.quarantined.append((what, where, reason))

    def skip(self, reason: str, where: str) -> None:
        self.skipped.append((reason, where))

    def checkpoint(self, cursor: Cursor) -> None:
        self.cursors.append(cursor)

    def progress(self, done: int, total: int, unit: str) -> None:
        assert done >= 0
