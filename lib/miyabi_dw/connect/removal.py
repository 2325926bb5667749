"""Removing a connection: its declaration alone, or with it all that it has brought into the source."""

import logging
from collections.abc import Sequence

from miyabi_dw.common.errors import BadRequest, Busy
from miyabi_dw.common.settings import Settings
from miyabi_dw.connect.conform import Account, forget
from miyabi_dw.connect.declarations import load_connections, remove_connection
from miyabi_dw.connect.listing import has_landed
from miyabi_dw.connect.own_source import check_ours
from miyabi_dw.db import locks
from miyabi_dw.db.connection import Database

logger = logging.getLogger(__name__)


def remove(settings: Settings, name: str, *, delete_rows: bool) -> Sequence[Account]:
    """Removes the connection; what became of the source's rows, which stay unless `delete_rows`.

    Kept rows have the connection's name still: declared again by that name, it goes on where it was. With the rows the
    declaration goes last, so that a removal that was killed can be repeated.
    """
    accounts = _delete_rows(settings, name) if delete_rows else []
    try:
        remove_connection(settings, name)
    except BadRequest:
        # A connection of which only the rows are left.
        if not accounts:
            raise
    logger.info("the connection %s is removed, its rows %s", name, "too" if delete_rows else "stay")
    return accounts


def check_removable(settings: Settings, name: str, known: Sequence[str]) -> None:
    """BadRequest where neither a declaration nor rows have the name."""
    declared = load_connections(settings)
    if name not in known and name not in {each.name for each in declared.refused}:
        declared.find(name)


def _delete_rows(settings: Settings, name: str) -> Sequence[Account]:
    database = Database(settings)
    with (
        database.connect("source_owner", application_name="miyabi-dw:connect", autocommit=True) as guard,
        locks.advisory_lock(guard, locks.SYNC, wait=0) as is_alone,
    ):
        if not is_alone:
            raise Busy("a sync is at work", database.describe("source_owner"), "wait for its end")
        with database.connect("source_owner", application_name="miyabi-dw:connect") as connection:
            check_ours(connection, database.describe("source_owner"))
            return forget(connection, settings, name) if has_landed(connection) else []
