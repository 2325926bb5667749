"""Chooses PostgreSQL's client programs for the server at hand: by its version, and by what they can do."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from miyabi_dw.common.errors import ServerFailed
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection
from miyabi_dw.db.embedded.binaries import directories

# From this version on pg_restore sets transaction_timeout, which earlier servers do not know.
SETS_TRANSACTION_TIMEOUT = 17
# Debian's way of choosing among versions goes by its own clusters, not by the server that is asked for.
WRAPPER = "pg_wrapper"


@dataclass(frozen=True, slots=True)
class Server:
    """What a client program must be up to: the server's major version, and SSL where the connection has it."""

    major: int
    is_encrypted: bool

    @classmethod
    def of(cls, connection: Connection) -> "Server":
        return cls(connection.server_version // 10_000, connection.info.ssl_in_use)

    def __str__(self) -> str:
        return f"PostgreSQL {self.major}{' with SSL' if self.is_encrypted else ''}"


@dataclass(frozen=True, slots=True)
class Program:
    """A program of some version that is there."""

    path: Path
    major: int

    @property
    def has_ssl(self) -> bool:
        return _has_ssl(self.path if self.path.name == "psql" else self.path.with_name("pg_dump"))

    def __str__(self) -> str:
        return f"{self.path} is of version {self.major}{'' if self.has_ssl else ' without SSL'}"


def choose(name: str, server: Server, settings: Settings) -> Program:
    """The program `name` that fits the server best; ServerFailed says what to install where none does."""
    return fitting(name, server, settings)[0]


def fitting(name: str, server: Server, settings: Settings) -> Sequence[Program]:
    """Those of the server's own version first, then the later ones; for psql earlier ones come last.

    An earlier pg_dump refuses the server, an earlier psql connects and lacks some of its listings.
    """
    there = list(_there(name, settings))
    able = [program for program in there if program.has_ssl or not server.is_encrypted]
    chosen = [program for program in able if name == "psql" or program.major >= server.major]
    if not chosen:
        raise _missing(name, server, there)
    return sorted(chosen, key=lambda program: (program.major < server.major, abs(program.major - server.major)))


def _missing(name: str, server: Server, there: Sequence[Program]) -> ServerFailed:
    return ServerFailed(
        f"no {name} fits {server}",
        "; ".join(map(str, there)) or "there is none",
        f"install the client programs of PostgreSQL {server.major} or later (on Debian the package postgresql-client),"
        " or set MIYABI_PG_BIN to their folder",
        code="server-program-missing",
    )


def _there(name: str, settings: Settings) -> Iterator[Program]:
    seen: set[Path] = set()
    on_path = shutil.which(name)
    for folder in [*directories(settings.pg_bin), *([Path(on_path).parent] if on_path else [])]:
        path = (folder / name).resolve()
        if path not in seen and path.name != WRAPPER and (major := _major(path)):
            seen.add(path)
            yield Program(path, major)


@cache
def _major(path: Path) -> int:
    """The major version of a client program; 0 where there is none that runs."""
    try:
        told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"\) (\d+)", told)
    return int(found[1]) if found else 0


@cache
def _has_ssl(path: Path) -> bool:
    """Whether its library was built with SSL; one that was not says so before it connects anywhere."""
    command = [str(path), "--dbname=host=/nonexistent sslmode=require"]
    told = subprocess.run(
        command, env={"LC_ALL": "C"}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30
    )
    return "SSL support is not compiled in" not in told.stderr
