"""Brings an archived month back into its fact."""

from miyabi_dw.common.errors import ArchiveDamaged, BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import locks, statements
from miyabi_dw.db.connection import Database
from miyabi_dw.operations.backup.folder import Content
from miyabi_dw.operations.cold_storage.files import load, month_path, sha256
from miyabi_dw.operations.cold_storage.moving import NAME, content_of, partition, refuse_difference


def restore_month(database: Database, settings: Settings, fact: str, month_key: int) -> Content:
    """Its rows are in the fact again, or nothing has happened. The file stays, and so do the marts."""
    known = {"fact": fact, "month_key": month_key}
    path = month_path(settings, fact, month_key)
    with database.connect("owner", application_name=NAME) as connection:
        found = statements.run(connection, "operations/cold_storage/one", known)
        if not found or found[0]["state"] != "archived":
            state = found[0]["state"] if found else "never archived"
            raise BadRequest(
                f"{month_key} of {fact} is not in the archive: {state}", remedy="list it: miyabi-dw archive list"
            )
        if sha256(path) != found[0]["file_sha256"]:
            raise ArchiveDamaged("the archived month differs from what was written", str(path), "restore the file")
        statements.run(connection, "operations/cold_storage/patience")
        locks.lock_transaction(connection, locks.table(fact))
        if not statements.run(connection, "operations/cold_storage/add_month", known)[0]["was_made"]:
            raise BadRequest(f"{fact} has rows of {month_key} again", partition(fact, month_key), "archive them first")
        load(path, connection, partition(fact, month_key))
        wanted = Content(found[0]["row_count"], found[0]["content_checksum"])
        refuse_difference(fact, month_key, wanted, content_of(connection, partition(fact, month_key)))
        statements.run(connection, "operations/cold_storage/end_restore", known)
    return wanted
