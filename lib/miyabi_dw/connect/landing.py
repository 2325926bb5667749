"""Puts what an origin tells into the landing tables: by COPY, merged by key, committed together with the cursor."""

import io
import json
import logging
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from operator import attrgetter

from miyabi_dw.connect.origin import Cursor, Origin
from miyabi_dw.connect.privacy import Conceal, concealed, without_addresses
from miyabi_dw.connect.records import Record
from miyabi_dw.db.connection import Connection, json_value
from miyabi_dw.db.statements import one_as, run, run_count, statement, value_as, value_or_none_as

logger = logging.getLogger(__name__)

# COPY takes pieces of this size: large enough to be quick, small enough to be of no account.
PIECE_CHARACTERS = 1 << 20
EXAMPLES = 3
NULL = r"\N"
ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
SPECIAL = re.compile(r"[\\\t\n\r]")
PERSONAL = ("author", "trailers")

Progress = Callable[[int, int, str], None]


@dataclass(slots=True)
class Counts:
    """What became of the records of one type."""

    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    quarantined: int = 0


@dataclass(frozen=True, slots=True)
class Merged:
    """What one merge wrote."""

    read: int
    inserted: int
    updated: int
    unchanged: int
    deleted: int


@dataclass(slots=True)
class Seen:
    """How many there were of one kind or for one reason, and a few of them."""

    rows: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, example: str) -> None:
        self.rows += 1
        if len(self.examples) < EXAMPLES and example not in self.examples:
            self.examples.append(example)


class Landing:
    """The sink of one connection's sync; see origin.Sink for its promises."""

    def __init__(
        self, connection: Connection, origin: Origin, sync_number: int, *, conceal: Conceal | None = None,
        tell: Progress = lambda *_: None,
    ) -> None:  # fmt: skip
        self._connection = connection
        self._origin = origin
        self._sync_number = sync_number
        self._conceal = conceal
        self._tell = tell
        self._incoming: dict[type[Record], _Incoming] = {}
        self._listed: list[tuple[type[Record], str]] = []
        self._quarantined: dict[tuple[str, str], str] = {}
        self.counts: dict[str, Counts] = {}
        self.skipped: dict[str, Seen] = defaultdict(Seen)

    def add(self, record: Record) -> None:
        kind = type(record)
        if kind not in self._incoming:
            self._incoming[kind] = self._receive(kind)
        self._incoming[kind].add(record)

    def list_all(self, record_type: type[Record], repository: str) -> None:
        self._listed.append((record_type, repository))
        if record_type not in self._incoming:
            self._incoming[record_type] = self._receive(record_type)

    def quarantine(self, what: str, where: str, reason: str) -> None:
        self._quarantined[without_addresses(what), without_addresses(where)] = without_addresses(reason)
        # `pull request #7` is one of the records pull_request.
        self._count((what.rpartition(" ")[0] or what).replace(" ", "_")).quarantined += 1

    def skip(self, reason: str, where: str) -> None:
        self.skipped[reason].add(without_addresses(where))

    def checkpoint(self, cursor: Cursor) -> None:
        """Merges, notes the cursor and commits: the one place where anything of a connection becomes lasting."""
        for kind, incoming in self._incoming.items():
            incoming.flush()
            self._merge(kind)
        self._keep_quarantined()
        values = {"connection": self._origin.name, "kind": self._origin.kind, "origin": self._origin.origin}
        run_count(self._connection, "connect/landing/keep_cursor", values | {"cursor": json_value(dict(cursor))})
        self._connection.commit()
        self._incoming, self._listed, self._quarantined = {}, [], {}
        logger.info("%s: %s", self._origin.name, {name: counts.read for name, counts in self.counts.items()})

    def progress(self, done: int, total: int, unit: str) -> None:
        self._tell(done, total, unit)

    def _receive(self, kind: type[Record]) -> "_Incoming":
        columns = [each.name for each in fields(kind)]  # type: ignore[arg-type]
        run(self._connection, "connect/landing/receive", {"landing": kind.table, "columns": columns})
        return _Incoming(self._connection, kind.table, columns, self._conceal)

    def _merge(self, kind: type[Record]) -> None:
        repositories = [repository for listed, repository in self._listed if listed is kind]
        values = {
            "landing": kind.table, "keys": list(kind.keys), "connection": self._origin.name,
            "sync_number": self._sync_number, "listed": repositories,
        }  # fmt: skip
        merged = one_as(Merged, self._connection, "connect/landing/merge", values)
        counts = self._count(kind.table)
        for name in ("read", "inserted", "updated", "unchanged", "deleted"):
            setattr(counts, name, getattr(counts, name) + getattr(merged, name))

    def _count(self, table: str) -> Counts:
        return self.counts.setdefault(table, Counts())

    def _keep_quarantined(self) -> None:
        found = [{"what": what, "found_at": where, "reason": reason}
                 for (what, where), reason in self._quarantined.items()]  # fmt: skip
        values = {"connection": self._origin.name, "found": json.dumps(found)}
        run_count(self._connection, "connect/landing/keep_quarantined", values)


class _Incoming:
    """The records of one type on their way to their temporary table."""

    def __init__(self, connection: Connection, table: str, columns: list[str], conceal: Conceal | None) -> None:
        self._connection = connection
        self._copy = statement("connect/landing/copy", table=f"pg_temp.in_{table}")
        self._values = attrgetter(*columns)
        self._personal = {columns.index(name) for name in PERSONAL if name in columns} if conceal else set()
        self._conceal = conceal
        self._position = 0
        self._text = io.StringIO()

    def add(self, record: Record) -> None:
        self._position += 1
        self._text.write("\t".join(map(_written, self._concealed(self._values(record)))))
        self._text.write(f"\t{self._position}\n")
        if self._text.tell() >= PIECE_CHARACTERS:
            self.flush()

    def _concealed(self, values: tuple[object, ...]) -> tuple[object, ...]:
        if self._conceal is None or not self._personal:
            return values
        return tuple(
            concealed(value, self._conceal) if place in self._personal else value for place, value in enumerate(values)
        )

    def flush(self) -> None:
        self._text.seek(0)
        with self._connection.cursor() as cursor:
            cursor.copy_expert(self._copy, self._text)
        self._text.seek(0)
        self._text.truncate()


def _written(value: object) -> str:
    """A value as COPY's text format has it."""
    if value is None:
        return NULL
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, tuple):
        return _text("{" + ",".join(json.dumps(_storable(each), ensure_ascii=False) for each in value) + "}")
    return str(value)


# Agents, models, folders, repositories: a few values make up most of the fields.
@lru_cache(maxsize=10_000)
def _text(value: str) -> str:
    stored = _storable(value)
    return stored.translate(ESCAPED) if SPECIAL.search(stored) else stored


def _storable(value: str) -> str:
    """Without addresses, and without what PostgreSQL cannot hold: NUL and halves of a pair of surrogates."""
    if value.isascii() and "@" not in value and "\x00" not in value:
        return value
    return without_addresses(value).replace("\x00", "").encode("utf-8", "replace").decode()


def cursor_of(connection: Connection, origin: Origin) -> Mapping[str, object]:
    """Where the last sync of the connection came to; empty before the first."""
    values = {"connection": origin.name, "kind": origin.kind, "origin": origin.origin}
    found: Mapping[str, object] | None = value_or_none_as(dict, connection, "connect/landing/cursor", values)
    return found or {}


def begin_sync(connection: Connection) -> int:
    """The number under which this sync writes, committed before anything is written."""
    number = value_as(int, connection, "connect/landing/begin_sync")
    connection.commit()
    return number
