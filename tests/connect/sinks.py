"""A sink that keeps in lists what an origin hands over."""

from collections import defaultdict

from miyabi_dw.connect.origin import Cursor, Origin
from miyabi_dw.connect.records import Record


class Collected:
    """`records[type]` by keys, the later one counts; `listed` what a full listing was told for."""

    def __init__(self) -> None:
        self.rows: dict[type[Record], dict[tuple[object, ...], Record]] = defaultdict(dict)
        self.listed: list[tuple[type[Record], str]] = []
        self.quarantined: list[tuple[str, str, str]] = []
        self.skipped: list[tuple[str, str]] = []
        self.cursors: list[Cursor] = []
        self.steps: list[tuple[int, int, str]] = []

    @property
    def records(self) -> dict[type[Record], list[Record]]:
        """What was added, by type; a type that nothing was added of has an empty list."""
        return defaultdict(list, {kind: list(rows.values()) for kind, rows in self.rows.items()})

    @property
    def cursor(self) -> Cursor:
        """The last checkpoint's."""
        return self.cursors[-1] if self.cursors else {}

    def add(self, record: Record) -> None:
        self.rows[type(record)][tuple(getattr(record, key) for key in record.keys)] = record

    def list_all(self, record_type: type[Record], repository: str) -> None:
        self.listed.append((record_type, repository))

    def quarantine(self, what: str, where: str, reason: str) -> None:
        self.quarantined.append((what, where, reason))

    def skip(self, reason: str, where: str) -> None:
        self.skipped.append((reason, where))

    def checkpoint(self, cursor: Cursor) -> None:
        self.cursors.append(cursor)

    def progress(self, done: int, total: int, unit: str) -> None:
        self.steps.append((done, total, unit))


def read(origin: Origin, cursor: Cursor | None = None) -> Collected:
    """Reads what is new since the cursor (everything without one)."""
    sink = Collected()
    origin.read(cursor or {}, sink)
    return sink
