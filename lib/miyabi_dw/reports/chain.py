"""The chain over all archived runs: kept in the ledger (ops.archived_run), and beside the pages in chain.jsonl."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from miyabi_dw.common.files import Json
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.locks import CHAIN, lock_transaction
from miyabi_dw.db.statements import one_or_none_as, rows_as, run_count

FILE = "chain.jsonl"
LINE = ("sequence", "run_id", "pipeline", "path", "manifest_sha256", "previous_sha256", "archived_at")
BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run's entry comes in the chain; `previous_sha256` is null for the first."""

    sequence: int
    previous_sha256: str | None
    archived_at: datetime


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """An archived run; `path` is its folder as seen from the reports folder."""

    sequence: int
    run_id: str
    pipeline: str
    path: str
    manifest_sha256: str
    previous_sha256: str | None
    archived_at: datetime
    pruned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Head:
    sequence: int
    manifest_sha256: str


def next_place(connection: Connection) -> Place:
    """The place of the next archived run. Locks the chain until the transaction ends."""
    lock_transaction(connection, CHAIN)
    head = one_or_none_as(_Head, connection, "reports/chain/head")
    now = datetime.now(UTC)
    return Place(head.sequence + 1, head.manifest_sha256, now) if head else Place(1, None, now)


def entries(connection: Connection, after: int = 0) -> list[LedgerEntry]:
    """The ledger from one place on, in order."""
    return rows_as(LedgerEntry, connection, "reports/chain/entries", {"after": after})


def add(connection: Connection, entry: LedgerEntry) -> None:
    """Writes the entry into the ledger and its digest into the run's own row."""
    run_count(connection, "reports/chain/add", asdict(entry))
    run_count(connection, "reports/chain/mark_run", asdict(entry))


def catch_up(settings: Settings, database: Database) -> None:
    """Appends to chain.jsonl what the ledger has and the file lacks at its end.

    A line cut short by a crash is written again; one that was damaged is evidence and stays as it is.
    """
    path = settings.reports_dir / FILE
    with database.connect("etl") as connection:
        lock_transaction(connection, CHAIN)
        missing = _missing(connection, _last_lines(path)) if path.exists() else entries(connection)
        if missing:
            _append(path, "".join(map(line, missing)))


def read(path: Path) -> list[Json]:
    """The lines of chain.jsonl; one that does not parse comes back as {}."""
    content = path.read_bytes().decode(errors="replace") if path.exists() else ""
    return [_parsed(text) for text in content.split("\n")[:-1]]


def line(entry: LedgerEntry) -> str:
    told = {name: getattr(entry, name) for name in LINE}
    return json.dumps(told | {"archived_at": entry.archived_at.astimezone(UTC).isoformat()}) + "\n"


def restore_entries(settings: Settings, database: Database) -> int:
    """After the warehouse was restored from a backup: takes up again the runs archived since then; how many."""
    restored = 0
    with database.connect("etl") as connection:
        place = next_place(connection)
        sequence, previous = place.sequence, place.previous_sha256
        for told in read(settings.reports_dir / FILE):
            if told.get("sequence") == sequence and told["previous_sha256"] == previous:
                entry = _entry(told)
                add(connection, entry)
                sequence, previous = sequence + 1, entry.manifest_sha256
                restored += 1
    return restored


def _entry(told: Json) -> LedgerEntry:
    values = {name: told[name] for name in LINE}
    return LedgerEntry(**values | {"archived_at": datetime.fromisoformat(told["archived_at"])})


def _missing(connection: Connection, lines: list[Json]) -> list[LedgerEntry]:
    """What comes after the last line that is as the ledger says; damaged lines behind it stand for their entries."""
    for damaged, told in enumerate(reversed(lines)):
        known = entries(connection, told["sequence"] - 1) if isinstance(told.get("sequence"), int) else []
        if known and told == json.loads(line(known[0])):
            return known[1 + damaged :]
    return entries(connection, len(lines))


def _last_lines(path: Path) -> list[Json]:
    """The whole lines at the end, as many as fit into a block; what follows the last of them is cut off."""
    with path.open("rb+") as file:
        start = file.seek(max(0, file.seek(0, os.SEEK_END) - BLOCK))
        tail = file.read()
        whole = tail[: tail.rfind(b"\n") + 1]
        if len(whole) != len(tail):
            file.truncate(start + len(whole))
    return [_parsed(text) for text in whole.decode(errors="replace").split("\n")[:-1]]


def _append(path: Path, lines: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def _parsed(text: str) -> Json:
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
