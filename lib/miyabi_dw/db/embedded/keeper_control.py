"""What a user of the server does with its keeper: start one, see whether there is one, stop it."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from miyabi_dw.common.errors import ServerFailed
from miyabi_dw.db.embedded.keeper import START_SECONDS, STOP_SECONDS, running_server
from miyabi_dw.db.embedded.layout import Layout, read_postmaster

if TYPE_CHECKING:
    from miyabi_dw.common.settings import Settings


def start_keeper(settings: "Settings", layout: Layout, programs: Path) -> None:
    """Returns when the server is ready to be used."""
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "miyabi_dw.db.embedded.keeper",
        layout.home,
        "--programs",
        programs,
    ]
    options = ["--user", settings.server_user, "--idle-seconds", str(settings.server_idle_minutes * 60)]
    with layout.keeper_log.open("w") as keeper_log:
        done = subprocess.run(
            [*command, *options],
            env=_plain_environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=keeper_log,
            stderr=keeper_log,
            start_new_session=True,
            timeout=START_SECONDS + STOP_SECONDS,
        )
    if done.returncode:
        raise ServerFailed("the embedded server did not start", str(layout.root), log_tail(layout))


def _plain_environment() -> dict[str, str]:
    """What the keeper needs of its starter's environment: it outlives him, and gets no secret of his."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    library = str(Path(__file__).resolve().parents[3])
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, [library, os.environ.get("PYTHONPATH")]))}


def log_tail(layout: Layout) -> str:
    """The last lines of what keeper and server said while starting."""
    lines: list[str] = []
    for path in (layout.keeper_log, layout.start_log):
        with contextlib.suppress(OSError):
            lines += path.read_text(encoding="utf-8", errors="replace").splitlines()
    return " / ".join(lines[-5:]) or f"see {layout.logs}"


def has_keeper(layout: Layout) -> bool:
    try:
        with layout.keeper_lock.open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def wait_until_settled(layout: Layout) -> None:
    """A keeper whose server is not ready is starting or stopping it, perhaps for a starter that was killed."""
    _wait(lambda: not has_keeper(layout) or _is_ready(layout), layout, "does not finish starting or stopping")


def _is_ready(layout: Layout) -> bool:
    found = read_postmaster(layout)
    return found is not None and found.is_ready


def _wait(condition: Callable[[], bool], layout: Layout, failure: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise ServerFailed(f"the embedded server {failure}", str(layout.root), f"see {layout.logs}")
        time.sleep(0.05)


def stop_keeper(layout: Layout) -> bool:
    if not has_keeper(layout):
        return False
    os.kill(int(layout.keeper_lock.read_text()), signal.SIGTERM)
    _wait(lambda: not has_keeper(layout), layout, "does not stop")
    return True


def stop_alone(layout: Layout) -> bool:
    """Stops a server whose keeper was killed."""
    found = read_postmaster(layout)
    process = running_server(found.pid, layout) if found else None
    if process is None:
        return False
    process.send_signal(signal.SIGINT)
    process.wait(timeout=STOP_SECONDS)
    return True
