"""Whether a month's file has the rows of the month: it is read back into a table and counted and summed up there."""

from pathlib import Path

from miyabi_dw.common.errors import ArchiveDamaged
from miyabi_dw.common.files import sha256
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, query
from miyabi_dw.operations.backup.folder import Content
from miyabi_dw.registry.cold_numbers import own_names
from miyabi_dw.registry.cold_rows import load, of_columns, opened


def prove(connection: Connection, fact: str, month_key: int, path: Path, content: Content) -> str:
    """The SHA-256 of a month's file that was read back and has these rows; ArchiveDamaged where it has others."""
    statements.run(connection, "operations/cold_storage/scratch_table", fact=f"public.{fact}")
    # Of the bytes that are then compared: what changes them later is found.
    digest = sha256(path)
    load(path, connection, "archived_copy")
    refuse_difference(fact, month_key, content, content_of_file(path, connection, "archived_copy"))
    return digest


def content_of_file(path: Path, connection: Connection, table: str) -> Content:
    """Rows and checksum of `table` as far as the columns of the file go."""
    asked = of_columns("content_of_columns", table, own_names(opened(path).schema_arrow))
    return Content(**query(connection, asked)[0])


def refuse_difference(fact: str, month_key: int, wanted: Content, found: Content) -> None:
    if wanted != found:
        raise ArchiveDamaged(
            f"{fact} of {month_key} has {wanted.rows} rows with checksum {wanted.checksum} in the one place and"
            f" {found.rows} with {found.checksum} in the other",
            "nothing was removed",
            "run it again; when it was not changed meanwhile, look at the disk",
        )
