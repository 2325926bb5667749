"""The connections of a home as they are: what they read, when they last did, what they hold, what is wrong."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.connect.declarations import load_connections
from miyabi_dw.connect.origin import Origin
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.statements import rows_as, value_as

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listed:
    """A connection; `synced_at` null before its first sync, `problem` what is wrong with it now."""

    name: str
    kind: str
    reads: str
    synced_at: datetime | None = None
    rows: int = 0
    quarantined: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Landed:
    """What the source holds of a connection."""

    connection: str
    kind: str
    origin: str
    synced_at: datetime
    rows: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the latest sync could not read a connection."""

    connection: str
    reason: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a sync read of one kind of record and what became of it; the source's tables are those of `(source)`."""

    connection: str
    record: str
    read: int
    inserted: int
    updated: int
    unchanged: int
    deleted: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class Link:
    """How many rows were linked in one way, or for one reason were not."""

    what: str
    is_linked: bool
    reason: str
    rows: int
    examples: list[str]


def listed(settings: Settings) -> list[Listed]:
    """Every declared connection, and those that were removed while their rows stayed."""
    declared, database = load_connections(settings), Database(settings)
    good = {name: Listed(name, origin.kind, origin.origin) for name, origin in declared.good.items()}
    refused = [Listed(each.name, "", str(each.file), problem=each.reason) for each in declared.refused]
    failures = {each.connection: each.reason for each in _failures(database)}
    for landed in _landed(database):
        known = good.get(landed.connection)
        found = known or Listed(landed.connection, landed.kind, landed.origin, problem="removed; its rows were kept")
        good[landed.connection] = replace(
            found, synced_at=landed.synced_at, rows=landed.rows, quarantined=landed.quarantined
        )
    return [replace(each, problem=each.problem or failures.get(name)) for name, each in good.items()] + refused


def check_name(database: Database, origin: Origin) -> None:
    """BadRequest where rows of another origin, whose connection was removed, are kept under the name."""
    for landed in _landed(database):
        if landed.connection == origin.name and landed.origin != origin.origin:
            raise BadRequest(
                f"rows of another origin are kept under the name {origin.name!r}", landed.origin,
                f"give another --name, or miyabi-dw connect remove {origin.name} --delete-rows",
            )  # fmt: skip


def results_of(database: Database, run_id: str) -> list[Result]:
    with database.connect("etl", application_name="miyabi-dw:connect") as connection:
        return rows_as(Result, connection, "connect/listing/results", {"run_id": run_id})


def links_of(database: Database, run_id: str) -> list[Link]:
    with database.connect("etl", application_name="miyabi-dw:connect") as connection:
        return rows_as(Link, connection, "connect/listing/links", {"run_id": run_id})


def failures_of(database: Database, run_id: str) -> list[Failure]:
    with database.connect("etl", application_name="miyabi-dw:connect") as connection:
        return rows_as(Failure, connection, "connect/listing/failures", {"run_id": run_id})


def has_landed(connection: Connection) -> bool:
    """Whether connections have ever been synced into this source."""
    return value_as(bool, connection, "connect/listing/has_landed")


def _landed(database: Database) -> list[Landed]:
    with database.connect("source_owner", application_name="miyabi-dw:connect") as connection:
        return rows_as(Landed, connection, "connect/listing/landed") if has_landed(connection) else []


def _failures(database: Database) -> list[Failure]:
    """Of the latest sync; none before the warehouse has been made."""
    with database.connect("owner", application_name="miyabi-dw:connect") as connection:
        if not value_as(bool, connection, "connect/listing/has_registry"):
            return []
        return rows_as(Failure, connection, "connect/listing/latest_failures")
