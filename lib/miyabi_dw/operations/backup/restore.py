"""Restores a backup into a database that has nothing in it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from miyabi_dw.common.settings import Settings
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Database
from miyabi_dw.operations.backup.folder import DUMP
from miyabi_dw.operations.backup.programs import run_program

# Only a superuser may make the extension, and the server is set up with it.
NOT_RESTORED = (" EXTENSION ", " COMMENT - EXTENSION ")


def restore_into(database: Database, settings: Settings, folder: Path, dbname: str | None = None) -> None:
    """BackupFailed with the first complaint; the half-filled database is then the caller's to drop or empty."""
    dump = folder / DUMP
    contents = run_program(settings, database, "pg_restore", ["--list", dump], dbname=dbname)
    wanted = [line for line in contents.splitlines() if not any(kind in line for kind in NOT_RESTORED)]
    with (
        _loader_may_own(database, dbname),
        tempfile.NamedTemporaryFile("w", suffix=".list", encoding="utf-8") as chosen,
    ):
        chosen.write("\n".join(wanted) + "\n")
        chosen.flush()
        arguments = ["--exit-on-error", f"--jobs={os.cpu_count() or 1}", f"--use-list={chosen.name}"]
        if not settings.warehouse_roles:
            arguments += ["--no-owner", "--no-privileges"]
        run_program(
            settings, database, "pg_restore", [*arguments, f"--dbname={dbname or _name(database)}", dump], dbname=dbname
        )


@contextmanager
def _loader_may_own(database: Database, dbname: str | None) -> Iterator[None]:
    with database.connect("owner", application_name="miyabi-dw:restore", dbname=dbname) as connection:
        statements.run(connection, "operations/backup/open_schema")
    yield
    with database.connect("owner", application_name="miyabi-dw:restore", dbname=dbname) as connection:
        statements.run(connection, "operations/backup/close_schema")


def _name(database: Database) -> str:
    return database.client_environment("owner")["PGDATABASE"]
