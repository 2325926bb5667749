"""Where the embedded server's files are, and what its own pid file says about it."""

import hashlib
import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path

PORT = 5432
# A socket's path holds at most 107 bytes on Linux and 103 on macOS; the server appends a lock file's name to it.
LONGEST_SOCKET_PATH = 90


@dataclass(frozen=True)
class Layout:
    """The folder `postgres` of one MIYABI_HOME."""

    home: Path

    @property
    def root(self) -> Path:
        return self.home / "postgres"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def logs(self) -> Path:
        return self.root / "log"

    @property
    def start_log(self) -> Path:
        return self.root / "start.log"

    @property
    def keeper_log(self) -> Path:
        return self.root / "keeper.log"

    @property
    def start_lock(self) -> Path:
        return self.root / "start.lock"

    @property
    def keeper_lock(self) -> Path:
        return self.root / "keeper.lock"

    @property
    def provisioned(self) -> Path:
        return self.root / "provisioned"

    @property
    def credentials(self) -> Path:
        return self.home / "credentials.json"

    @property
    def sockets(self) -> Path:
        """In the home where its path is short and plain, else below /tmp under a name made from it."""
        own = self.root / "run"
        path = str(own / f".s.PGSQL.{PORT}")
        if len(os.fsencode(path)) < LONGEST_SOCKET_PATH and re.fullmatch(r"[A-Za-z0-9_./-]+", path):
            return own
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path(f"/tmp/miyabi-{os.geteuid()}-{digest}")  # noqa: S108 - refused unless it is our own and private


@dataclass(frozen=True)
class Postmaster:
    """What data/postmaster.pid says."""

    pid: int
    sockets: Path
    port: int
    status: str

    @property
    def socket(self) -> Path:
        return self.sockets / f".s.PGSQL.{self.port}"

    @property
    def has_lost_socket(self) -> bool:
        """Whether somebody has deleted the socket under the server, so that nobody can reach it any more."""
        return self.status == "ready" and not self.socket.exists()

    @property
    def is_ready(self) -> bool:
        """Whether the server says so and something answers on its socket."""
        if self.status != "ready":
            return False
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            try:
                probe.connect(str(self.socket))
            except OSError:
                return False
        return True


def read_postmaster(layout: Layout) -> Postmaster | None:
    """None when there is no pid file, one of somebody else's, or one that is not yet written to its end."""
    try:
        lines = (layout.data / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        pid, _data, _started, port, sockets = lines[:5]
        return Postmaster(int(pid), Path(sockets), int(port), lines[7].strip() if len(lines) > 7 else "starting")
    except (FileNotFoundError, NotADirectoryError, PermissionError, ValueError):
        return None
