"""Finds what was changed in the reports after they were written."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from miyabi_dw.common.files import Json, sha256
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from miyabi_dw.reports import assets, chain, manifest
from miyabi_dw.reports.chain import LedgerEntry

# changed: other bytes. missing: a file is gone. added: a file nobody archived. removed: a whole run is gone.
# chain: the order or a link was forged. unknown: a run's folder that the ledger does not know.
Kind = Literal["changed", "missing", "added", "removed", "chain", "unknown"]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Finding:
    """`path` is as seen from the reports folder; `what` is one sentence."""

    kind: Kind
    run_id: str
    path: str
    what: str


def verify(settings: Settings, database: Database, progress: Progress | None = None) -> list[Finding]:
    """Compares every archived file with its manifest, the ledger and the chain; what differs, in order."""
    with database.connect("etl") as connection:
        entries = chain.entries(connection)
    findings = [*_ledger(entries), *_chain_file(settings.reports_dir, entries)]
    known_assets: dict[str, str | None] = {}
    for done, entry in enumerate(entries, 1):
        findings += _run(settings.reports_dir, entry, known_assets)
        if progress:
            progress(done, len(entries))
    return findings + list(_strangers(settings.reports_dir, {entry.path for entry in entries}))


def _ledger(entries: list[LedgerEntry]) -> Iterator[Finding]:
    """Each entry continues the one before it."""
    sequence, digest = 0, None
    for entry in entries:
        if entry.sequence != sequence + 1:
            what = f"the ledger has no entry between {sequence} and {entry.sequence}: a run was taken out"
            yield Finding("chain", entry.run_id, entry.path, what)
        elif entry.previous_sha256 != digest:
            yield Finding("chain", entry.run_id, entry.path, "the entry does not continue the one before")
        sequence, digest = entry.sequence, entry.manifest_sha256


def _chain_file(reports: Path, entries: list[LedgerEntry]) -> Iterator[Finding]:
    """Each entry of the ledger has its line in chain.jsonl, word for word, in order; a damaged line blames no other."""
    lines = chain.read(reports / chain.FILE)
    places = {told.get("sequence"): at for at, told in reversed([*enumerate(lines, 1)])}
    for entry in entries:
        at = places.get(entry.sequence)
        if at is None:
            what = f"line {entry.sequence} is missing or damaged"
            yield Finding("chain", entry.run_id, chain.FILE, what)
        elif lines[at - 1] != json.loads(chain.line(entry)):
            yield Finding("chain", entry.run_id, chain.FILE, f"line {at} differs from the ledger")
    yield from _strays(lines, {entry.sequence for entry in entries})


def _strays(lines: list[Json], known: set[int]) -> Iterator[Finding]:
    """Lines that stand for no entry of the ledger: made up, repeated, or out of their order."""
    last = 0
    for at, told in enumerate(lines, 1):
        sequence, what = told.get("sequence"), ""
        if not isinstance(sequence, int):
            # The damaged line of an entry is told as such already.
            what = "" if at in known else f"line {at} is no entry"
        elif sequence not in known:
            what = f"line {at} names a run that the ledger lacks: it was taken out, or the warehouse was restored"
        elif sequence <= last:
            what = f"line {at} is out of its order"
        last = max(last, sequence) if isinstance(sequence, int) and sequence in known else last
        if what:
            yield Finding("chain", str(told.get("run_id", "")), chain.FILE, what)


def _run(reports: Path, entry: LedgerEntry, known_assets: dict[str, str | None]) -> Iterator[Finding]:
    """One run: its manifest first, then, if that can be trusted, each file that it lists."""
    folder, run_id, path = reports / entry.path, entry.run_id, entry.path
    try:
        content = (folder / manifest.NAME).read_bytes()
    except OSError:
        what = "the run's folder is gone" if not folder.exists() else "the run's manifest is gone"
        yield Finding("removed", run_id, path, what)
        return
    if hashlib.sha256(content).hexdigest() != entry.manifest_sha256:
        yield Finding("changed", run_id, f"{path}/{manifest.NAME}", "the manifest is not the one that was archived")
        return
    told = json.loads(content)
    if told["previous_sha256"] != entry.previous_sha256 or told["sequence"] != entry.sequence:
        yield Finding("chain", run_id, f"{path}/{manifest.NAME}", "the manifest has another place in the chain")
    yield from _files(folder, entry, {} if entry.pruned_at else told["files"])
    if not entry.pruned_at:
        yield from _shared(reports, entry, told["assets"], known_assets)


def _files(folder: Path, entry: LedgerEntry, files: dict[str, str]) -> Iterator[Finding]:
    """A pruned run keeps its manifest and nothing else."""
    there = manifest.digests(folder)
    for name in sorted(files.keys() | there.keys()):
        at = f"{entry.path}/{name}"
        if name not in there:
            yield Finding("missing", entry.run_id, at, "the file is gone")
        elif name not in files:
            yield Finding("added", entry.run_id, at, "the file was not archived with the run")
        elif files[name] != there[name]:
            yield Finding("changed", entry.run_id, at, "the file is not the one that was archived")


def _shared(
    reports: Path, entry: LedgerEntry, wanted: dict[str, str], known: dict[str, str | None]
) -> Iterator[Finding]:  # fmt: skip
    """Files shared by all pages are read once and blamed once."""
    for name, digest in wanted.items():
        if name in known:
            continue
        path = reports / assets.FOLDER / name
        known[name] = sha256(path) if path.is_file() else None
        if known[name] != digest:
            kind: Kind = "missing" if known[name] is None else "changed"
            what = (
                "a file shared by the pages is gone" if kind == "missing" else "a file shared by the pages was changed"
            )
            yield Finding(kind, entry.run_id, f"{assets.FOLDER}/{name}", what)


def _strangers(reports: Path, known: set[str]) -> Iterator[Finding]:
    """Folders that look archived and that the ledger does not know."""
    for path in sorted(reports.glob(f"*/*/*/*/*/{manifest.NAME}")):
        place = path.parent.relative_to(reports).as_posix()
        if place not in known and not path.parent.name.startswith("."):
            what = "the ledger does not know this run: its entry was taken out, or the folder was put there"
            yield Finding("unknown", path.parent.name, place, what)
