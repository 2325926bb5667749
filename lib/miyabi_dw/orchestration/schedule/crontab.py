"""The marked block in the user's crontab, and the systemd timer that does the same.

Debian's cron knows no time zone but the host's, so no line of ours names an hour: cron ticks every few minutes, and the
tick decides on each pipeline's own clock what is due. That also makes up for what a sleeping host missed.
"""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.paths import BASE
from miyabi_dw.common.settings import Settings

MINUTES = 5
BEGIN = "# BEGIN miyabi-dw (written by `miyabi-dw schedule install`, removed by `miyabi-dw schedule remove`)"
END = "# END miyabi-dw"
# Where the settings are found; the settings themselves, secrets among them, stay out of the crontab.
CARRIED = ("MIYABI_CONFIG_DIR", "MIYABI_PROJECT")


def tick_command(settings: Settings) -> list[str]:
    """The command that cron or a timer runs, with what its empty environment lacks."""
    places = {name: os.environ[name] for name in CARRIED if name in os.environ} | {"MIYABI_HOME": str(settings.home)}
    variables = [f"{name}={value}" for name, value in places.items()]
    return ["/usr/bin/env", *variables, sys.executable, "-m", "miyabi_dw", "schedule", "tick"]


def cron_block(settings: Settings) -> str:
    """The lines for the crontab; a percent sign there would end the command, so it is escaped."""
    log = settings.home / "logs" / "schedule" / "cron.log"
    line = f"cd {shlex.quote(str(BASE))} && {shlex.join(tick_command(settings))} >> {shlex.quote(str(log))} 2>&1"
    return "\n".join([BEGIN, f"*/{MINUTES} * * * * {line.replace('%', chr(92) + '%')}", END, ""])


def systemd_units(settings: Settings) -> dict[str, str]:
    """A service and its timer, for hosts without cron. The workers it starts outlive it, hence KillMode."""
    command = " ".join(_systemd_quoted(word) for word in tick_command(settings))
    service = f"""\
[Unit]
Description=Miyabi DW: start what is due

[Service]
Type=oneshot
WorkingDirectory={BASE}
ExecStart={command}
KillMode=process
"""
    timer = f"""\
[Unit]
Description=Miyabi DW: look every {MINUTES} minutes for what is due

[Timer]
OnCalendar=*:0/{MINUTES}
Persistent=true

[Install]
WantedBy=timers.target
"""
    return {"miyabi-dw.service": service, "miyabi-dw.timer": timer}


def _systemd_quoted(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$") + '"'


def without_block(crontab: str) -> str:
    """The crontab less every block of ours; refuses one without an end, which would take other lines along."""
    kept: list[str] = []
    inside = False
    for line in crontab.splitlines(keepends=True):
        if line.startswith("# BEGIN miyabi-dw"):
            inside = True
        elif inside and line.startswith(END):
            inside = False
        elif not inside:
            kept.append(line)
    if inside:
        raise MiyabiError("the crontab's miyabi-dw block has no end", "crontab -e", f"add the line {END!r} after it")
    return "".join(kept)


def with_block(crontab: str, block: str) -> str:
    kept = without_block(crontab)
    return kept + ("" if not kept or kept.endswith("\n") else "\n") + block


def installed_block() -> str:
    """Our block as it is in the crontab now; '' without one."""
    lines = read_crontab().splitlines(keepends=True)
    starts = [at for at, line in enumerate(lines) if line.startswith("# BEGIN miyabi-dw")]
    ends = [at for at, line in enumerate(lines) if line.startswith(END)]
    return "".join(lines[starts[0] : ends[0] + 1]) if starts and ends else ""


def install(settings: Settings) -> str:
    """Puts the block into the user's crontab, in place of an older one; the block."""
    (settings.home / "logs" / "schedule").mkdir(parents=True, exist_ok=True)
    block = cron_block(settings)
    _write_crontab(with_block(read_crontab(), block))
    return block


def remove() -> bool:
    """Takes the block out again; False when there was none."""
    before = read_crontab()
    after = without_block(before)
    if after != before:
        _write_crontab(after)
    return after != before


def read_crontab() -> str:
    done = _crontab(["-l"])
    # It is an error to cron, and none to us, that a user has no crontab yet.
    if done.returncode and "no crontab for" not in done.stderr:
        raise MiyabiError(f"the crontab cannot be read: {done.stderr.strip()}", "crontab -l", "correct this first")
    return done.stdout if not done.returncode else ""


def _write_crontab(text: str) -> None:
    done = _crontab(["-"], text)
    if done.returncode:
        raise MiyabiError(f"the crontab cannot be written: {done.stderr.strip()}", "crontab -", "correct this first")


def _crontab(arguments: list[str], text: str | None = None) -> "subprocess.CompletedProcess[str]":
    program = shutil.which("crontab")
    if program is None:
        raise MiyabiError(
            "this host has no cron",
            "crontab",
            "install the package cron, or use `miyabi-dw schedule print --systemd`",
        )
    return subprocess.run([program, *arguments], input=text, capture_output=True, text=True, check=False)


def warnings() -> list[str]:
    """What cron's empty environment will lack, although this shell has it."""
    known = {*CARRIED, "MIYABI_HOME"}
    only_here = sorted(name for name in os.environ if name.startswith("MIYABI_") and name not in known)
    place = Path(os.environ.get("MIYABI_CONFIG_DIR", BASE)) / ".env"
    return [f"{name} is set in this shell only: write it to {place}, which cron's runs read" for name in only_here]
