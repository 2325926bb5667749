"""Processes that a killed one leaves behind, found by what they inherit: the home in their environment."""

import contextlib
import signal
from pathlib import Path

import psutil

from miyabi_dw.orchestration.runner.recover_lost import wait_until

PATIENCE = 120


def of_home(home: Path) -> dict[int, str]:
    """Every living process that was given this home, with its command."""
    found: dict[int, str] = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            is_dead = process.status() == psutil.STATUS_ZOMBIE
            if not is_dead and process.environ().get("MIYABI_HOME") == str(home):
                found[process.pid] = " ".join(process.cmdline())[:200]
    return found


def killed(pid: int, home: Path) -> dict[int, str]:
    """Kills that process alone; those that then go on."""
    psutil.Process(pid).send_signal(signal.SIGKILL)
    wait_until(lambda: not of_home(home), PATIENCE)
    return of_home(home)
