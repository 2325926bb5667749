"""The PostgreSQL server inside MIYABI_HOME: started by whoever needs it first, shared by all, gone when unused.

It runs in the background under a keeper (keeper.py), listens on a local socket only and lets nobody in without a
password. It stops at `miyabi-dw server stop`, when its data is deleted, or when nobody has been connected for
`server_idle_minutes`.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from miyabi_dw.embedded.account import Account, server_account
from miyabi_dw.embedded.binaries import bin_directory, binary
from miyabi_dw.embedded.configuration import HOST_RULES, server_configuration
from miyabi_dw.embedded.keeper import START_SECONDS, STOP_SECONDS, running_server
from miyabi_dw.embedded.layout import Layout, Postmaster, read_postmaster
from miyabi_dw.embedded.provision import (
    ANALYST,
    ETL,
    OWNER,
    SOURCE,
    SOURCE_READER,
    SUPERUSER,
    WAREHOUSE,
    fingerprint,
    passwords,
    provision,
    write_private,
)
from miyabi_dw.errors import ServerFailed
from miyabi_dw.settings import Settings

__all__ = ["DATABASES", "LOGINS", "EmbeddedServer", "binary", "ensure_running", "status", "stop"]

LOGINS = {"owner": OWNER, "etl": ETL, "analyst": ANALYST, "source": SOURCE_READER, "source_owner": OWNER}
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


def ensure_running(settings: Settings) -> EmbeddedServer:
    """The server of this home, started and set up if need be; safe to call from many processes at once."""
    layout = Layout(settings.home)
    if server := _ready(layout):
        return server
    account = server_account(settings.server_user)
    _make_folders(layout)
    with _locked(layout.start_lock):
        if server := _ready(layout):
            return server
        return _bring_up(settings, layout, account)


def status(settings: Settings) -> EmbeddedServer | None:
    """The server if it runs; starts nothing."""
    layout = Layout(settings.home)
    found = read_postmaster(layout)
    return _server(layout, found) if found and found.is_ready else None


def stop(settings: Settings) -> bool:
    """Stops the server in good order and waits for it; whether there was one to stop."""
    layout = Layout(settings.home)
    if not layout.root.exists():
        return False
    with _locked(layout.start_lock):
        return _stop_keeper(layout) or _stop_alone(layout)


def _ready(layout: Layout) -> EmbeddedServer | None:
    """The server if nothing at all is left to do: running, kept and provisioned."""
    found = read_postmaster(layout)
    if found and found.is_ready and _is_provisioned(layout) and _has_keeper(layout):
        return _server(layout, found)
    return None


def _server(layout: Layout, found: Postmaster, was_started: bool = False) -> EmbeddedServer:
    return EmbeddedServer(layout, found.pid, found.sockets, found.port, was_started)


def _bring_up(settings: Settings, layout: Layout, account: Account) -> EmbeddedServer:
    programs = bin_directory(settings.pg_bin)
    account.reach_programs(programs)
    account.open_way_to(layout.data)
    was_running = status(settings) is not None
    if not was_running:
        _wait_for_keeper(layout)
        _prepare_data(settings, layout, account, programs)
    if not _has_keeper(layout):
        _start_keeper(settings, layout, programs)
    found = read_postmaster(layout)
    if not found or not found.is_ready:
        raise ServerFailed("the embedded server ended as soon as it began", str(layout.root), _log_tail(layout))
    if not _is_provisioned(layout):
        provision(layout, binary("psql", settings), found.sockets)
        write_private(layout.provisioned, fingerprint())
    return _server(layout, found, was_started=not was_running)


def _make_folders(layout: Layout) -> None:
    for folder in (layout.home, layout.root):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ServerFailed(
                f"the folder cannot be made: {error.strerror}", str(folder), "set MIYABI_HOME to one you can write"
            ) from error


def _prepare_data(settings: Settings, layout: Layout, account: Account, programs: Path) -> None:
    account.own(layout.logs)
    account.own(layout.sockets)
    if not (layout.data / "PG_VERSION").exists():
        _initialize(settings, layout, account, programs)
    _heal(layout)
    _write_as(account, layout.data / "postgresql.conf", server_configuration(settings, layout))
    _write_as(account, layout.data / "pg_hba.conf", HOST_RULES)


def _initialize(settings: Settings, layout: Layout, account: Account, programs: Path) -> None:
    """initdb beside the final place, renamed at its end: a killed one leaves nothing half made."""
    for abandoned in layout.root.glob("draft.*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    # A name of its own: the initdb of a killed starter may still be writing to the one before.
    draft = Path(tempfile.mkdtemp(prefix="draft.", dir=layout.root))
    account.own(draft)
    with tempfile.TemporaryDirectory() as folder:
        account.own(Path(folder))
        password_file = Path(folder) / "password"
        _write_as(account, password_file, passwords(layout)[SUPERUSER])
        command: list[str | Path] = [
            programs / "initdb",
            "-D",
            draft,
            "-U",
            SUPERUSER,
            "--auth=scram-sha-256",
            f"--pwfile={password_file}",
        ]
        options = ["--encoding=UTF8", "--no-locale", "--no-instructions"]
        options += [] if settings.server_durable else ["--no-sync"]
        done = subprocess.run([*command, *options], cwd="/", capture_output=True, text=True, **account.switch)
    if done.returncode:
        raise ServerFailed(
            f"initdb failed: {done.stderr.strip()[-500:]}", str(layout.root), "correct this and try again"
        )
    draft.rename(layout.data)
    layout.provisioned.unlink(missing_ok=True)


def _heal(layout: Layout) -> None:
    """Removes the pid file of a server that was killed or did not survive a reboot."""
    found = read_postmaster(layout)
    if found is None or running_server(found.pid, layout) is None:
        (layout.data / "postmaster.pid").unlink(missing_ok=True)


def _write_as(account: Account, path: Path, text: str) -> None:
    write_private(path, text)
    os.chown(path, account.uid, account.gid)


def _start_keeper(settings: Settings, layout: Layout, programs: Path) -> None:
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "miyabi_dw.embedded.keeper",
        settings.home,
        "--programs",
        programs,
    ]
    options = ["--user", settings.server_user, "--idle-seconds", str(settings.server_idle_minutes * 60)]
    # The keeper outlives its starter: it gets no secret, no open file and no terminal of his.
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    library = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [*command, *options],
        env=kept | {"PYTHONPATH": library},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        timeout=START_SECONDS + STOP_SECONDS,
    )
    if done.returncode:
        raise ServerFailed("the embedded server did not start", str(layout.root), _log_tail(layout))


def _log_tail(layout: Layout) -> str:
    try:
        lines = layout.start_log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    return " / ".join(lines[-5:]) or f"see {layout.logs}"


def _is_provisioned(layout: Layout) -> bool:
    try:
        return layout.provisioned.read_text(encoding="utf-8") == fingerprint()
    except OSError:
        return False


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Alone among all processes while the block runs; the kernel frees the lock of a dead one."""
    with path.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _has_keeper(layout: Layout) -> bool:
    try:
        with layout.keeper_lock.open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _wait_for_keeper(layout: Layout) -> None:
    """A keeper without a ready server is stopping it; its end is near."""
    deadline = time.monotonic() + 3 * STOP_SECONDS
    while _has_keeper(layout):
        if time.monotonic() > deadline:
            raise ServerFailed(
                "the embedded server does not finish stopping", str(layout.root), "see its log, then kill it"
            )
        time.sleep(0.05)


def _stop_keeper(layout: Layout) -> bool:
    if not _has_keeper(layout):
        return False
    os.kill(int(layout.keeper_lock.read_text()), signal.SIGTERM)
    _wait_for_keeper(layout)
    return True


def _stop_alone(layout: Layout) -> bool:
    """Stops a server whose keeper was killed."""
    found = read_postmaster(layout)
    process = running_server(found.pid, layout) if found else None
    if process is None:
        return False
    process.send_signal(signal.SIGINT)
    process.wait(timeout=STOP_SECONDS)
    return True
