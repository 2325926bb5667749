"""Restores a backup into a database that has nothing in it."""

import os
import tempfile
from pathlib import Path

from miyabi_dw.backup.folder import DUMP
from miyabi_dw.backup.programs import run_program
from miyabi_dw.database import Database
from miyabi_dw.settings import Settings

# Only a superuser may make the extension, and the server is set up with it.
NOT_RESTORED = (" EXTENSION ", " COMMENT - EXTENSION ")


def restore_into(database: Database, settings: Settings, folder: Path, dbname: str) -> None:
    """BackupFailed with the first complaint; the half-filled database is then the caller's to drop."""
    dump = folder / DUMP
    contents = run_program(settings, database, "pg_restore", ["--list", dump], dbname=dbname)
    wanted = [line for line in contents.splitlines() if not any(kind in line for kind in NOT_RESTORED)]
    with tempfile.NamedTemporaryFile("w", suffix=".list", encoding="utf-8") as chosen:
        chosen.write("\n".join(wanted) + "\n")
        chosen.flush()
        arguments = ["--exit-on-error", f"--jobs={os.cpu_count() or 1}", f"--use-list={chosen.name}"]
        run_program(settings, database, "pg_restore", [*arguments, f"--dbname={dbname}", dump], dbname=dbname)
