"""Restores a backup into a database that has nothing in it."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from miyabi_dw.common.errors import BackupFailed
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import statements
from miyabi_dw.db.client_programs import SETS_TRANSACTION_TIMEOUT, Program, Server, fitting
from miyabi_dw.db.connection import Database
from miyabi_dw.operations.backup.folder import DUMP
from miyabi_dw.operations.backup.programs import output_of, through_psql

# Only a superuser may make the extension and say who may call the server's own functions; the server has both already.
NOT_RESTORED = (" EXTENSION ", " COMMENT - EXTENSION ", " ACL pg_catalog ")


def restore_into(database: Database, settings: Settings, folder: Path, dbname: str | None = None) -> None:
    """BackupFailed with the first complaint; the half-filled database is then the caller's to drop or empty."""
    dump = folder / DUMP
    with database.connect("owner", application_name="miyabi-dw:restore", dbname=dbname) as connection:
        server = Server.of(connection)
    program, contents = _reader(database, settings, server, dump)
    wanted = [line for line in contents.splitlines() if not any(kind in line for kind in NOT_RESTORED)]
    with (
        _loader_may_own(database, dbname),
        tempfile.NamedTemporaryFile("w", suffix=".list", encoding="utf-8") as chosen,
    ):
        chosen.write("\n".join(wanted) + "\n")
        chosen.flush()
        arguments = ["--exit-on-error", f"--use-list={chosen.name}"]
        if not settings.warehouse_roles:
            arguments += ["--no-owner", "--no-privileges"]
        if program.major >= SETS_TRANSACTION_TIMEOUT > server.major:
            through_psql(program, database, [*arguments, dump], dbname)
        else:
            parallel = [f"--jobs={os.cpu_count() or 1}", f"--dbname={dbname or _name(database)}"]
            output_of(program, database, [*arguments, *parallel, dump], dbname=dbname)


def _reader(database: Database, settings: Settings, server: Server, dump: Path) -> tuple[Program, str]:
    """The pg_restore to use, and what the dump contains: that of a later version an earlier one cannot read."""
    programs = fitting("pg_restore", server, settings)
    for program in programs[:-1]:
        with contextlib.suppress(BackupFailed):
            return program, output_of(program, database, ["--list", dump])
    return programs[-1], output_of(programs[-1], database, ["--list", dump])


@contextmanager
def _loader_may_own(database: Database, dbname: str | None) -> Iterator[None]:
    with database.connect("owner", application_name="miyabi-dw:restore", dbname=dbname) as connection:
        statements.run(connection, "operations/backup/open_schema")
    yield
    with database.connect("owner", application_name="miyabi-dw:restore", dbname=dbname) as connection:
        statements.run(connection, "operations/backup/close_schema")


def _name(database: Database) -> str:
    return database.client_environment("owner")["PGDATABASE"]
