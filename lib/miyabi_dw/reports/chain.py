"""The chain over all archived runs: kept in the ledger (ops.archived_run), and beside the pages in chain.jsonl."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.locks import CHAIN, lock_transaction
from miyabi_dw.db.statements import run, run_count

FILE = "chain.jsonl"
LINE = ("sequence", "run_id", "pipeline", "path", "manifest_sha256", "previous_sha256", "archived_at")
LONGEST_LINE = 4096


def next_place(connection: Connection) -> dict[str, Any]:
    """Where the next archived run stands. Holds the chain until the transaction ends."""
    lock_transaction(connection, CHAIN)
    head = run(connection, "reports/chain/head")
    return {
        "sequence": head[0]["sequence"] + 1 if head else 1,
        "previous_sha256": head[0]["manifest_sha256"] if head else None,
        "archived_at": datetime.now(UTC),
    }


def add(connection: Connection, entry: dict[str, Any]) -> None:
    """Writes the entry into the ledger and its digest into the run's own row."""
    run_count(connection, "reports/chain/add", {"pruned_at": None} | entry)
    run_count(connection, "reports/chain/mark_run", entry)


def catch_up(settings: Settings, database: Database) -> None:
    """Appends to chain.jsonl what the ledger has and the file lacks; a line cut short by a crash is written again."""
    path = settings.reports_dir / FILE
    with database.connect("etl") as connection:
        lock_transaction(connection, CHAIN)
        entries = run(connection, "reports/chain/entries", {"after": _last_sequence(path)})
        if entries:
            _append(path, "".join(line(entry) for entry in entries))


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of chain.jsonl; one that does not parse comes back as {}."""
    return [_parsed(text) for text in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def line(entry: dict[str, Any]) -> str:
    told = {name: entry[name] for name in LINE} | {"archived_at": entry["archived_at"].astimezone(UTC).isoformat()}
    return json.dumps(told) + "\n"


def restore_entries(settings: Settings, database: Database) -> int:
    """After the warehouse was restored from a backup: takes up again the runs archived since then; how many."""
    with database.connect("etl") as connection:
        place = next_place(connection)
        restored = 0
        for told in read(settings.reports_dir / FILE):
            if told.get("sequence") == place["sequence"] and told["previous_sha256"] == place["previous_sha256"]:
                add(connection, told)
                place = {"sequence": told["sequence"] + 1, "previous_sha256": told["manifest_sha256"]}
                restored += 1
    return restored


def _last_sequence(path: Path) -> int:
    """The last whole line's; what follows it is cut off."""
    if not path.exists():
        return 0
    with path.open("rb+") as file:
        end = file.seek(0, os.SEEK_END)
        start = file.seek(max(0, end - LONGEST_LINE))
        tail = file.read()
        whole = tail[: tail.rfind(b"\n") + 1]
        if len(whole) != len(tail):
            file.truncate(start + len(whole))
    last = whole.splitlines()[-1:]
    return int(_parsed(last[0].decode()).get("sequence", 0)) if last else 0


def _append(path: Path, lines: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def _parsed(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
