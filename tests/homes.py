"""Homes with an embedded server of their own, and the processes that belong to them."""

import contextlib
import os
import stat
import subprocess
import sys
from pathlib import Path

import psutil

from miyabi_dw.common.paths import PROJECT
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import embedded
from miyabi_dw.db.embedded.layout import Layout

START = "from miyabi_dw.common.settings import load_settings; from miyabi_dw import embedded; "
START += "found = embedded.ensure_running(load_settings()); print(found.pid, found.was_started, flush=True)"
NOBODY = 65534


def end_everything(settings: Settings) -> None:
    layout = Layout(settings.home)
    if layout.root.exists() and embedded.stop(settings):
        return
    for process in processes_of(settings):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def processes_of(settings: Settings) -> list[psutil.Process]:
    """Keeper and server of this home, found by their arguments."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            arguments = process.cmdline()
            if process.status() != psutil.STATUS_ZOMBIE and any(
                argument in (str(settings.home), str(Layout(settings.home).data)) for argument in arguments
            ):
                found.append(process)
    return found


def variables(settings: Settings) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "MIYABI_HOME": str(settings.home),
        "MIYABI_SERVER_DURABLE": "false",
        "MIYABI_SERVER_IDLE_MINUTES": str(settings.server_idle_minutes),
        "MIYABI_CONFIG_DIR": "/nonexistent",
        "PYTHONPATH": os.pathsep.join([str(PROJECT / "lib"), *filter(None, sys.path)]),
    }


def starter(settings: Settings, code: str = START, **changes: object) -> subprocess.Popen[str]:
    """Another process that asks for the server of this home."""
    return subprocess.Popen(
        [changes.pop("python", sys.executable), "-c", code],
        env=variables(settings),
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **changes,
    )


def python_for_nobody() -> str | None:
    """An interpreter of our version that an account without rights can run; None when we are not root."""
    if os.geteuid() != 0:
        return None
    same = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{same}", f"/usr/local/bin/{same}"):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run([python, "-c", ""], user=NOBODY, group=NOBODY, extra_groups=[], cwd="/", check=True)
            return python
    return None


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
