"""The server's files: made once, given their configuration at each start, healed after a hard end."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from miyabi_dw.common.errors import ServerFailed
from miyabi_dw.common.files import rename, write_private
from miyabi_dw.db.embedded.account import Account
from miyabi_dw.db.embedded.configuration import HOST_RULES, server_configuration
from miyabi_dw.db.embedded.keeper import running_server
from miyabi_dw.db.embedded.layout import Layout, read_postmaster
from miyabi_dw.db.embedded.provision import SUPERUSER, passwords

if TYPE_CHECKING:
    from miyabi_dw.common.settings import Settings


def make_folders(layout: Layout) -> None:
    for folder in (layout.home, layout.root):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ServerFailed(
                f"the folder cannot be made: {error.strerror}", str(folder), "set MIYABI_HOME to one you can write"
            ) from error
    if not os.access(layout.root, os.W_OK):
        raise ServerFailed(
            "the embedded server belongs to another user", str(layout.root), "become that user, or set MIYABI_HOME"
        )


def prepare_data(settings: "Settings", layout: Layout, account: Account, programs: Path) -> None:
    account.own(layout.logs)
    account.own(layout.sockets)
    if not (layout.data / "PG_VERSION").exists():
        _initialize(settings, layout, account, programs)
    _heal(layout)
    _write_as(account, layout.data / "postgresql.conf", server_configuration(settings, layout))
    _write_as(account, layout.data / "pg_hba.conf", HOST_RULES)


def _initialize(settings: "Settings", layout: Layout, account: Account, programs: Path) -> None:
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
    rename(draft, layout.data)
    layout.provisioned.unlink(missing_ok=True)


def _heal(layout: Layout) -> None:
    """Removes the pid file of a server that was killed or did not survive a reboot."""
    found = read_postmaster(layout)
    if found is None or running_server(found.pid, layout) is None:
        (layout.data / "postmaster.pid").unlink(missing_ok=True)


def _write_as(account: Account, path: Path, text: str) -> None:
    write_private(path, text)
    os.chown(path, account.uid, account.gid)
