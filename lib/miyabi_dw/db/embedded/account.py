"""As root, PostgreSQL must run as somebody else: this finds or makes that account and lets it reach its files."""

import logging
import os
import pwd
import shutil
import stat
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from miyabi_dw.common.errors import ServerFailed

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Account:
    """Whom the server runs as."""

    name: str
    uid: int
    gid: int

    @property
    def switch(self) -> dict[str, Any]:
        """Arguments of subprocess that make a child run as this account; none when we are it already."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """A directory of this account's that nobody else but root can enter."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (self.uid, os.geteuid()):
            raise ServerFailed("the directory belongs to somebody else", str(path), "remove it")
        os.chown(path, self.uid, self.gid)
        path.chmod(0o700)

    def open_way_to(self, path: Path) -> None:
        """Lets this account pass through each directory above `path`, and gives it nothing more than that."""
        above = path.resolve().parents
        # Who can enter the last of them can pass through all: mostly that one look is enough.
        if not self.switch or self._can_pass(above[0]):
            return
        for directory in reversed(above):
            if not self._can_pass(directory):
                _let_pass(directory, self.uid)
                logger.info("user %s may now pass through %s, to reach the embedded server", self.name, directory)

    def reach_programs(self, directory: Path) -> None:
        """Makes PostgreSQL's programs runnable by this account, wherever the virtual environment lies."""
        self.open_way_to(directory)
        if not self.switch or self._runs(directory / "postgres"):
            return
        # Installed under a strict umask: the programs and the libraries that came with them are public files.
        package = directory.parents[1]
        for tree in (package, package.with_name(f"{package.name}.libs")):
            subprocess.run(["chmod", "-R", "a+rX", tree], check=False, capture_output=True)
        if not self._runs(directory / "postgres"):
            raise ServerFailed(
                f"the account {self.name} cannot run PostgreSQL's programs",
                str(directory),
                "make them readable for all",
            )

    def _runs(self, program: Path) -> bool:
        probe = subprocess.run([program, "--version"], cwd="/", capture_output=True, **self.switch)
        return probe.returncode == 0

    def _can_pass(self, directory: Path) -> bool:
        probe = subprocess.run(["/bin/sh", "-c", 'cd "$0"', directory], cwd="/", capture_output=True, **self.switch)
        return probe.returncode == 0


def server_account(wanted: str) -> Account:
    """Ourselves; as root the account `wanted`, made when there is none."""
    if os.geteuid() != 0:
        return Account(str(os.geteuid()), os.geteuid(), os.getegid())
    entry = _entry(wanted) or _created(wanted) or _entry("postgres")
    if entry is None or entry.pw_uid == 0:
        raise ServerFailed(
            "PostgreSQL does not run as root and no other account could be made",
            f"account {wanted}",
            "set MIYABI_SERVER_USER to an account without rights, or run as an ordinary user",
        )
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _created(name: str) -> pwd.struct_passwd | None:
    ways = (
        ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", name],
        ["adduser", "-S", "-D", "-H", "-s", "/sbin/nologin", name],
    )
    for way in ways:
        if shutil.which(way[0]):
            # Two processes may try at once: only the result counts.
            subprocess.run(way, capture_output=True, check=False)
            if entry := _entry(name):
                return entry
    return None


ACL = "system.posix_acl_access"
ACL_VERSION = 2
USER_OBJ, USER, GROUP_OBJ, MASK, OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
NOBODY = 0xFFFFFFFF


def _let_pass(directory: Path, uid: int) -> None:
    """An access list entry for this one user; where the file system has none, the right for all to pass through."""
    mode = stat.S_IMODE(directory.stat().st_mode)
    try:
        os.setxattr(directory, ACL, _access_list(directory, mode, uid))
    except (OSError, AttributeError):
        directory.chmod(mode | stat.S_IXOTH)


def _access_list(directory: Path, mode: int, uid: int) -> bytes:
    """The directory's access list with an entry `user:uid:--x` added, as the kernel packs it."""
    entries = {(tag, owner): rights for tag, rights, owner in _present_entries(directory, mode)}
    entries[USER, uid] = entries.get((USER, uid), 0) | stat.S_IXOTH
    # The mask bounds what entries grant; without one so far, it starts as the group's rights.
    entries[MASK, NOBODY] = entries.get((MASK, NOBODY), entries[GROUP_OBJ, NOBODY]) | stat.S_IXOTH
    packed = (struct.pack("<HHI", tag, rights, owner) for (tag, owner), rights in sorted(entries.items()))
    return struct.pack("<I", ACL_VERSION) + b"".join(packed)


def _present_entries(directory: Path, mode: int) -> list[tuple[int, int, int]]:
    try:
        packed = os.getxattr(directory, ACL)
    except OSError:
        return [(USER_OBJ, mode >> 6 & 7, NOBODY), (GROUP_OBJ, mode >> 3 & 7, NOBODY), (OTHER, mode & 7, NOBODY)]
    return [struct.unpack_from("<HHI", packed, at) for at in range(4, len(packed), 8)]
