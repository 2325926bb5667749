"""Runs PostgreSQL's own programs for dump and restore; the password goes by the environment, never by an argument."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from subprocess import PIPE
from typing import IO

from miyabi_dw.common.errors import BackupFailed
from miyabi_dw.common.files import existing_parent
from miyabi_dw.common.redaction import redacted
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.client_programs import Program, Server, choose
from miyabi_dw.db.connection import Database, Role

LONGEST_COMPLAINT = 400


def run_program(
    settings: Settings, database: Database, name: str, arguments: Sequence[str | Path], *, role: Role = "owner",
    dbname: str | None = None,
) -> str:  # fmt: skip
    """The output of the program that fits the server; BackupFailed with its first complaint when it fails."""
    with database.connect(role, application_name="miyabi-dw:programs", dbname=dbname) as connection:
        program = choose(name, Server.of(connection), settings)
    return output_of(program, database, arguments, role=role, dbname=dbname)


def output_of(
    program: Program, database: Database, arguments: Sequence[str | Path], *, role: Role = "owner",
    dbname: str | None = None,
) -> str:  # fmt: skip
    """The same of a program that was chosen before."""
    command = [str(program.path), *map(str, arguments)]
    environment = environment_of(database, role, dbname)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise failure(program.path.name, done.stderr, database, role)
    return done.stdout


def through_psql(
    program: Program, database: Database, arguments: Sequence[str | Path], dbname: str | None = None
) -> None:
    """Has a pg_restore write its script, and psql run that without the setting that this server does not know."""
    environment = environment_of(database, "owner", dbname)
    reading = [str(program.path), "--file=-", *map(str, arguments)]
    psql = str(program.path.with_name("psql"))
    writing = [psql, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    with tempfile.TemporaryFile("w+") as said:
        with (
            subprocess.Popen(reading, stdout=PIPE, stderr=said) as reader,
            subprocess.Popen(writing, env=environment, stdin=PIPE, stderr=said) as writer,
            # psql that has ended early has said why.
            contextlib.suppress(BrokenPipeError),
        ):
            _copy_script(_end(reader.stdout), _end(writer.stdin))
        if reader.returncode or writer.returncode:
            said.seek(0)
            raise failure(program.path.name, said.read(), database)


def _copy_script(script: IO[bytes], into: IO[bytes]) -> None:
    """The setting stands once, among the first lines; what follows is copied as it is."""
    with into:
        for line in script:
            if line.startswith(b"SET transaction_timeout"):
                break
            into.write(line)
        shutil.copyfileobj(script, into)


def _end(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def environment_of(database: Database, role: Role, dbname: str | None) -> dict[str, str]:
    return os.environ | database.client_environment(role) | ({"PGDATABASE": dbname} if dbname else {})


def failure(name: str, said: str, database: Database, role: Role = "owner") -> BackupFailed:
    return BackupFailed(f"{name} failed: {complaint(said)}", database.describe(role), _remedy(said))


def complaint(stderr: str) -> str:
    """The first line that says what is wrong."""
    lines = (
        [line for line in stderr.splitlines() if "error" in line.lower()] or stderr.splitlines() or ["no reason given"]
    )
    return redacted(" ".join(lines[0].split()))[:LONGEST_COMPLAINT]


def _remedy(stderr: str) -> str:
    if "No space left" in stderr:
        return "free some room on the disk and try again"
    return "see the server's log, then try again"


def room_left(folder: Path) -> int:
    """Bytes free where `folder` is or will be."""
    return shutil.disk_usage(existing_parent(folder)).free
