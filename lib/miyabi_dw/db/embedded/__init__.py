"""The PostgreSQL server inside MIYABI_HOME: started by whoever needs it first, shared by all, gone when unused.

It runs in the background under a keeper (keeper.py), listens on a local socket only and lets nobody in without a
password. It stops at `miyabi-dw server stop`, when its data is deleted, or when nobody has been connected for
`server_idle_minutes`.
"""

import contextlib
import fcntl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from miyabi_dw.common.errors import ServerFailed
from miyabi_dw.common.files import write_private
from miyabi_dw.db.embedded.account import Account, server_account
from miyabi_dw.db.embedded.binaries import bin_directory, binary
from miyabi_dw.db.embedded.cluster import make_folders, prepare_data
from miyabi_dw.db.embedded.keeper_control import (
    has_keeper,
    log_tail,
    start_keeper,
    stop_alone,
    stop_keeper,
    wait_until_settled,
)
from miyabi_dw.db.embedded.layout import Layout, Postmaster, read_postmaster
from miyabi_dw.db.embedded.provision import (
    ANALYST,
    ETL,
    OWNER,
    READER,
    SOURCE,
    SOURCE_READER,
    SUPERUSER,
    WAREHOUSE,
    fingerprint,
    passwords,
    provision,
    scram_verifier,
)

# The keeper imports this package and should stay small, so the settings and their library are left out.
if TYPE_CHECKING:
    from miyabi_dw.common.settings import Settings

__all__ = [
    "ANALYST",
    "DATABASES",
    "ETL",
    "EmbeddedServer",
    "binary",
    "ensure_running",
    "scram_verifier",
    "set_up_again",
    "status",
    "stop",
]

LOGINS = {"owner": OWNER, "etl": ETL, "analyst": READER, "source": SOURCE_READER, "source_owner": OWNER}
DATABASES = {"owner": WAREHOUSE, "etl": WAREHOUSE, "analyst": WAREHOUSE, "source": SOURCE, "source_owner": SOURCE}


@dataclass(frozen=True)
class EmbeddedServer:
    """A server that was seen running; `was_started` tells whether this call started it."""

    layout: Layout
    pid: int
    socket_dir: Path
    port: int
    was_started: bool = False

    def login(self, role: str) -> dict[str, str]:
        """The connection parameters of a role, password included."""
        user = LOGINS[role]
        return self._parameters(user, DATABASES[role])

    def superuser(self, database: str = "postgres") -> dict[str, str]:
        """The server's own administrator, for tests and repair."""
        return self._parameters(SUPERUSER, database)

    def _parameters(self, user: str, database: str) -> dict[str, str]:
        password = passwords(self.layout)[user]
        return {
            "host": str(self.socket_dir),
            "port": str(self.port),
            "dbname": database,
            "user": user,
            "password": password,
        }


def ensure_running(settings: "Settings") -> EmbeddedServer:
    """The server of this home, started and set up if need be; safe to call from many processes at once."""
    layout = Layout(settings.home)
    if server := _ready(layout):
        return server
    account = server_account(settings.server_user)
    make_folders(layout)
    with _locked(layout.start_lock) as lock:
        if server := _ready(layout):
            return server
        return _bring_up(settings, layout, account, lock)


def status(settings: "Settings") -> EmbeddedServer | None:
    """The server if it runs; starts nothing."""
    layout = Layout(settings.home)
    found = read_postmaster(layout)
    return _server(layout, found) if found and found.is_ready else None


def set_up_again(settings: "Settings") -> None:
    """Has the next user of the server set roles, passwords, databases and rights again."""
    Layout(settings.home).provisioned.unlink(missing_ok=True)


def stop(settings: "Settings") -> bool:
    """Stops the server in good order and waits for it; whether there was one to stop."""
    layout = Layout(settings.home)
    if not layout.root.exists():
        return False
    make_folders(layout)
    with _locked(layout.start_lock):
        return stop_keeper(layout) or stop_alone(layout)


def _ready(layout: Layout) -> EmbeddedServer | None:
    """The server if nothing at all is left to do: running, kept and provisioned."""
    found = read_postmaster(layout)
    if found and found.is_ready and _is_provisioned(layout) and has_keeper(layout):
        return _server(layout, found)
    return None


def _server(layout: Layout, found: Postmaster, was_started: bool = False) -> EmbeddedServer:
    return EmbeddedServer(layout, found.pid, found.sockets, found.port, was_started)


def _bring_up(settings: "Settings", layout: Layout, account: Account, lock: int) -> EmbeddedServer:
    programs = bin_directory(settings.pg_bin)
    account.reach_programs(programs)
    account.open_way_to(layout.data)
    wait_until_settled(layout)
    was_running = status(settings) is not None
    if not was_running:
        prepare_data(settings, layout, account, programs)
    if not has_keeper(layout):
        start_keeper(settings, layout, programs)
    found = read_postmaster(layout)
    if not found or not found.is_ready:
        raise ServerFailed("the embedded server ended as soon as it began", str(layout.root), log_tail(layout))
    if not _is_provisioned(layout):
        provision(layout, binary("psql", settings), found.sockets, lock)
        write_private(layout.provisioned, fingerprint())
    return _server(layout, found, was_started=not was_running)


def _is_provisioned(layout: Layout) -> bool:
    try:
        return layout.provisioned.read_text(encoding="utf-8") == fingerprint()
    except OSError:
        return False


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[int]:
    """Alone among all processes while the block runs, or while a child that was given the descriptor lives on."""
    with path.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()
