"""Rows that were quarantined instead of loaded: list them, look at one, try again after a repair, or give one up."""

import getpass
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.files import Json
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import rows_as, run_count, values_as
from miyabi_dw.registry.declarations import Pipeline

STATES = ("open", "loaded", "discarded", "vanished")
MEANING = {
    "open": "is still in quarantine",
    "loaded": "was loaded",
    "discarded": "was given up",
    "vanished": "is no longer in the source",
}
Starter = Callable[[str, Interval], str]


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """A quarantined row, or a `field` of a loaded one, without content; `check_id` is None where no check found it."""

    quarantine_id: int
    source_table: str
    source_key: str
    field: str | None
    state: str
    quarantined_at: datetime
    run_id: str
    last_seen_run_id: str
    check_id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """The same with the whole row and its end, and with the run that saw it last: None where no longer recorded."""

    quarantine_id: int
    run_id: str
    source_table: str
    source_key: str
    field: str | None
    content: Json
    reason: str
    check_id: str | None
    state: str
    row_hash: int | None
    event_at: datetime | None
    quarantined_at: datetime
    last_seen_run_id: str
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None
    pipeline: str | None
    interval_start: datetime | None
    interval_end: datetime | None


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of one entry."""

    quarantine_id: int
    source_table: str
    source_key: str
    field: str | None
    state: str
    reason: str
    run: str

    @property
    def place(self) -> str:
        """Its table and key, and the field where it is one."""
        return " ".join(filter(None, (self.source_table, self.source_key, self.field)))

    @property
    def sentence(self) -> str:
        why = f": {self.reason}" if self.state == "open" else ""
        return f"{self.quarantine_id} ({self.place}) {MEANING[self.state]}{why}"


def entries(
    connection: Connection, *, source_table: str | None = None, state: str | None = None, run_id: str | None = None,
    at_most: int = 200,
) -> list[ListedEntry]:  # fmt: skip
    """The entries, newest first; all of them unless a table, a state or a run is given."""
    if state is not None and state not in STATES:
        raise BadRequest(f"there is no state {state!r}", remedy=f"choose one of {', '.join(STATES)}")
    values = {"source_table": source_table, "state": state, "run_id": run_id, "at_most": at_most}
    return rows_as(ListedEntry, connection, "etl/quarantine/list", values)


def entry(connection: Connection, quarantine_id: int) -> Entry:
    """One entry with its whole row."""
    return _chosen(connection, [quarantine_id])[0]


def open_ids(connection: Connection) -> list[int]:
    return values_as(int, connection, "etl/quarantine/open_ids")


def discard(connection: Connection, quarantine_id: int, why: str) -> None:
    """Gives an entry up: its row stays out as long as the source does not change it."""
    if not why.strip():
        raise BadRequest("no reason was given", remedy="say with --why why the row is given up")
    found = entry(connection, quarantine_id)
    values = {"id": quarantine_id, "why": why.strip(), "resolved_by": getpass.getuser()}
    if not run_count(connection, "etl/quarantine/discard", values):
        raise BadRequest(f"entry {quarantine_id} {MEANING[found.state]}", remedy="choose an open one")


def retry(
    connection: Connection, ids: Sequence[int], declared: Mapping[str, Pipeline], start: Starter
) -> list[Retried]:
    """Runs the pipelines that read these rows, once each, and tells what became of every entry.

    Every run reads all open entries of its tables again, whatever its interval, so one run a pipeline is enough.
    """
    chosen = _chosen(connection, ids)
    for row in chosen:
        if row.state != "open":
            raise BadRequest(f"entry {row.quarantine_id} {MEANING[row.state]}", remedy="choose an open one")
    connection.commit()
    told = {name: start(name, interval) for name, interval in _runs(chosen, declared).items()}
    pipelines = {row.quarantine_id: _pipeline(row, declared).name for row in chosen}
    return [_retried(row, told[pipelines[row.quarantine_id]]) for row in _chosen(connection, ids)]


def _retried(row: Entry, told: str) -> Retried:
    return Retried(row.quarantine_id, row.source_table, row.source_key, row.field, row.state, row.reason, told)


def _chosen(connection: Connection, ids: Sequence[int]) -> list[Entry]:
    rows = rows_as(Entry, connection, "etl/quarantine/entry", {"ids": list(ids)})
    absent = sorted(set(ids) - {row.quarantine_id for row in rows})
    if absent:
        raise BadRequest(
            f"there is no quarantine entry {', '.join(map(str, absent))}", remedy="see miyabi-dw quarantine list"
        )
    return rows


def _runs(rows: Iterable[Entry], declared: Mapping[str, Pipeline]) -> dict[str, Interval]:
    """The interval to run each pipeline for: that of the newest of its entries."""
    runs: dict[str, Interval] = {}
    for row in rows:
        if row.interval_start is None or row.interval_end is None:
            raise BadRequest(
                f"the run that quarantined entry {row.quarantine_id} is no longer recorded",
                remedy=f"run {_pipeline(row, declared).name} for any day; it reads all open entries again",
            )
        runs[_pipeline(row, declared).name] = Interval(row.interval_start, row.interval_end)
    return runs


def _pipeline(row: Entry, declared: Mapping[str, Pipeline]) -> Pipeline:
    """The pipeline that saw the row last, if it still reads that table; else the first that does."""
    readers = [pipeline for pipeline in declared.values() if row.source_table in pipeline.source_tables]
    if not readers:
        raise BadRequest(f"no pipeline reads {row.source_table}", remedy="declare one under notebooks/etl")
    return next((pipeline for pipeline in readers if pipeline.name == row.pipeline), readers[0])
