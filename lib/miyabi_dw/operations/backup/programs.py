"""Runs PostgreSQL's own programs for dump and restore; the password goes by the environment, never by an argument."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from miyabi_dw.common.errors import BackupFailed
from miyabi_dw.common.files import existing_parent
from miyabi_dw.common.redaction import redacted
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database, Role
from miyabi_dw.db.embedded import binary

LONGEST_COMPLAINT = 400


def run_program(
    settings: Settings, database: Database, name: str, arguments: Sequence[str | Path], *, role: Role = "owner",
    dbname: str | None = None,
) -> str:  # fmt: skip
    """The program's output; BackupFailed with its first complaint when it fails."""
    environment = os.environ | database.client_environment(role)
    if dbname:
        environment["PGDATABASE"] = dbname
    command = [str(binary(name, settings)), *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BackupFailed(f"{name} failed: {complaint(done.stderr)}", database.describe(role), _remedy(done.stderr))
    return done.stdout


def complaint(stderr: str) -> str:
    """The first line that says what is wrong."""
    lines = (
        [line for line in stderr.splitlines() if "error" in line.lower()] or stderr.splitlines() or ["no reason given"]
    )
    return redacted(" ".join(lines[0].split()))[:LONGEST_COMPLAINT]


def _remedy(stderr: str) -> str:
    if "No space left" in stderr:
        return "free some room on the disk and try again"
    if "server version" in stderr and "mismatch" in stderr:
        return "set MIYABI_PG_BIN to the programs of the server's own version or a later one"
    return "see the server's log, then try again"


def room_left(folder: Path) -> int:
    """Bytes free where `folder` is or will be."""
    return shutil.disk_usage(existing_parent(folder)).free
