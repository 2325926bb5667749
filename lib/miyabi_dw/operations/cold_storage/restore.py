"""Brings an archived month back into its fact."""

from collections.abc import Mapping

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import locks, statements
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.operations.backup.folder import Content
from miyabi_dw.operations.cold_storage.archive import partition
from miyabi_dw.operations.cold_storage.proof import content_of_file, refuse_difference
from miyabi_dw.operations.cold_storage.query import MonthRecord, find_month
from miyabi_dw.registry import cold_catalogue
from miyabi_dw.registry.cold_files import SESSION, refuse_fault
from miyabi_dw.registry.cold_rows import load


def restore_month(database: Database, settings: Settings, fact: str, month_key: int) -> Content:
    """Its rows are in the fact again, or nothing has happened. The file stays, and so do the marts."""
    known = {"fact": fact, "month_key": month_key}
    with database.connect("owner", application_name=SESSION) as connection:
        month = find_month(connection, fact, month_key)
        if month is None or not (month.state == "archived" or _is_lost(connection, month, known)):
            state = month.state if month else "never archived"
            raise BadRequest(
                f"{month_key} of {fact} is not in cold storage: {state}", remedy="list it: miyabi-dw cold list"
            )
        file = month.file(fact, month_key)
        refuse_fault(settings, file)
        path = file.path(settings)
        statements.run(connection, "operations/cold_storage/patience")
        locks.lock_transaction(connection, locks.table(fact))
        if not statements.value_as(bool, connection, "operations/cold_storage/add_month", known):
            raise BadRequest(f"{fact} has rows of {month_key} again", partition(fact, month_key), "archive them first")
        load(path, connection, partition(fact, month_key))
        found = content_of_file(path, connection, partition(fact, month_key))
        refuse_difference(fact, month_key, month.content, found)
        statements.run(connection, "operations/cold_storage/end_restore", known)
        cold_catalogue.write(connection, settings)
    return month.content


def _is_lost(connection: Connection, month: MonthRecord, known: Mapping[str, object]) -> bool:
    """Whether it had been restored and its rows are gone since, as with a table that was dropped."""
    is_gone = statements.value_or_none_as(str, connection, "operations/cold_storage/partition", known) is None
    return month.state == "restored" and is_gone
