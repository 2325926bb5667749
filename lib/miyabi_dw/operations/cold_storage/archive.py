"""Moves a month of a fact out of the warehouse: copied, read back, compared, and only then dropped.

`ops.archived_month` says how far a month has come: copying, copied (verified, still here), archived (here no more),
restored. Whatever interrupts it, the next call goes on: nothing is missing before the drop, which is one transaction.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from miyabi_dw.common.errors import Busy
from miyabi_dw.common.files import sha256
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.text import counted
from miyabi_dw.common.timeframe import Month, local_day
from miyabi_dw.db import locks, statements
from miyabi_dw.db.connection import Connection, Database, DatabaseError
from miyabi_dw.db.errors import code_of
from miyabi_dw.etl.tables import step_of
from miyabi_dw.operations.backup.dump import content_of
from miyabi_dw.operations.backup.folder import Content
from miyabi_dw.operations.cold_storage.files import schema_of, statistics, write
from miyabi_dw.operations.cold_storage.proof import prove, refuse_difference
from miyabi_dw.operations.cold_storage.query import find_month
from miyabi_dw.operations.cold_storage.upgrade import move_over
from miyabi_dw.registry import cold_catalogue
from miyabi_dw.registry.cold_files import SESSION, month_path, place_of
from miyabi_dw.registry.cold_rows import columns_of


class Moved(NamedTuple):
    """`waits_for` names the marts that have not finished with the month yet, for which reason it is still here."""

    fact: str
    month_key: int
    rows: int
    size_bytes: int
    seconds: float
    waits_for: str = ""


@dataclass(frozen=True, slots=True)
class _LocalMonth:
    """A month that has a partition here; `state` is null when it never was in cold storage."""

    fact: str
    month_key: int
    state: str | None


def first_kept(settings: Settings, as_of: datetime) -> int:
    """The oldest month (yyyymm) that stays; those before it are older than the setting says as a whole."""
    return (Month.of(local_day(as_of, settings.business_zone)) - settings.archive_after_months).key


def due_months(database: Database, settings: Settings, as_of: datetime) -> list[tuple[str, int]]:
    """Facts and months that are to leave, oldest first; a month that somebody restored stays here."""
    values = {"first_kept": first_kept(settings, as_of)}
    with database.connect("owner", application_name=SESSION) as connection:
        months = statements.rows_as(_LocalMonth, connection, "operations/cold_storage/months", values)
    return [(month.fact, month.month_key) for month in months if month.state != "restored"]


def archive_due(database: Database, settings: Settings, as_of: datetime) -> list[Moved]:
    """Archives every month that is due, after bringing files of an older version to where they belong."""
    move_over(database, settings)
    return [archive_month(database, settings, fact, month) for fact, month in due_months(database, settings, as_of)]


def archive_month(database: Database, settings: Settings, fact: str, month_key: int) -> Moved:
    """Moves one month. After an interruption it goes on from what is already copied, if that is unchanged."""
    began = perf_counter()
    with database.connect("owner", application_name=SESSION) as connection:
        waits_for = _unpublished(connection, fact, month_key)
        if waits_for:
            return Moved(fact, month_key, 0, 0, round(perf_counter() - began, 2), ", ".join(waits_for))
        copied = _copied_before(connection, settings, fact, month_key)
    content, path = copied or _copy(database, settings, fact, month_key)
    _drop(database, fact, month_key, content)
    with database.connect("owner", application_name=SESSION) as connection:
        cold_catalogue.write(connection, settings)
    return Moved(fact, month_key, content.rows, path.stat().st_size, round(perf_counter() - began, 2))


def partition(fact: str, month_key: int) -> str:
    return f"public.{fact}_{month_key}"


def _unpublished(connection: Connection, fact: str, month_key: int) -> list[str]:
    found = statements.run(connection, "operations/cold_storage/unpublished", {"fact": fact, "month_key": month_key})
    return [row["mart"] for row in found]


def _copied_before(
    connection: Connection, settings: Settings, fact: str, month_key: int
) -> tuple[Content, Path] | None:
    """What an interrupted move has already copied and verified, if the file is still as it was."""
    month = find_month(connection, fact, month_key)
    if month is None or month.state != "copied":
        return None
    path = month.file(fact, month_key).path(settings)
    if not path.is_file() or sha256(path) != month.file_sha256:
        return None
    return (month.content, path) if month.content == content_of(connection, partition(fact, month_key)) else None


def _copy(database: Database, settings: Settings, fact: str, month_key: int) -> tuple[Content, Path]:
    path = month_path(settings, fact, month_key)
    known = {"fact": fact, "month_key": month_key}
    with database.connect("owner", application_name=SESSION) as connection:
        known_as = known | {"path": place_of(fact, month_key)}
        statements.run(connection, "operations/cold_storage/begin_copy", known_as)
    with database.connect("owner", application_name=SESSION) as connection:
        statements.run(connection, "operations/backup/begin")
        content = content_of(connection, partition(fact, month_key))
        write(connection, partition(fact, month_key), schema_of(columns_of(connection, fact)), path)
    with database.connect("owner", application_name=SESSION) as connection:
        digest = prove(connection, fact, month_key, path, content)
        values = {"row_count": content.rows, "checksum": content.checksum, "sha256": digest}
        known_now = known | values | asdict(statistics(path))
        statements.run(connection, "operations/cold_storage/end_copy", known_now)
        cold_catalogue.write(connection, settings)
    return content, path


def _drop(database: Database, fact: str, month_key: int, copied: Content) -> None:
    """Takes the month out of the fact in one transaction, after a last look at whether it is still what was copied."""
    name = partition(fact, month_key)
    with _patiently(fact), database.connect("owner", application_name=SESSION) as connection:
        statements.run(connection, "operations/cold_storage/patience")
        locks.lock_transaction(connection, locks.table(fact))
        refuse_difference(fact, month_key, copied, content_of(connection, name))
        if step_of(fact) == "carried":
            statements.run(connection, "operations/cold_storage/keep_starts", partition=name)
        statements.run(connection, "operations/cold_storage/end_archive", {"fact": fact, "month_key": month_key})
        statements.run(connection, "operations/cold_storage/detach", fact=f"public.{fact}", partition=name)
        statements.run(connection, "operations/cold_storage/drop_month", partition=name)


@contextmanager
def _patiently(fact: str) -> Iterator[None]:
    """Busy when somebody has read or written the fact for longer than the drop can wait."""
    try:
        yield
    except DatabaseError as error:
        if code_of(error) != "lock-not-available":
            raise
        raise Busy(
            f"somebody has kept {fact} locked for half a minute", remedy="miyabi-dw doctor says who; try again"
        ) from None


def total(moved: Iterable[Moved]) -> str:
    """One sentence about all of them."""
    done = [month for month in moved if not month.waits_for]
    rows, size = sum(month.rows for month in done), sum(month.size_bytes for month in done)
    months = counted(len(done), "month was archived", "months were archived")
    return f"{months}: {counted(rows, 'row')} in {size / 1e6:,.1f} MB"
