"""A terminal of a given size: for the program in this process, and for one in a process of its own."""

import contextlib
import fcntl
import io
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable

import pytest

from cli.driving import Said
from miyabi_dw import cli as program

PATIENCE = 60
CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# What begins each drawing of a screen of its own.
HOME = "\x1b[H"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def typed(patch: pytest.MonkeyPatch, columns: int, *words: str) -> Said:
    """What the words print on a terminal of that width, in this process."""
    patch.setenv("COLUMNS", str(columns))
    out, err = Terminal(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
        program.main(list(words))
    return Said(int(ended.value.code or 0), CONTROLS.sub("", out.getvalue()), err.getvalue())


def on_terminal(
    words: list[str], environment: dict[str, str], size: tuple[int, int], is_enough: Callable[[str], object]
) -> tuple[str, int]:
    """All that the program prints on a terminal of so many columns and lines until it is enough; then Ctrl-C."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    own = {name: value for name, value in environment.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    command = [sys.executable, "-m", "miyabi_dw", *words]
    with subprocess.Popen(
        command, env=own | {"TERM": "xterm-256color"}, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        try:
            printed = _read(ours, is_enough)
            process.send_signal(signal.SIGINT)
            return printed + _read(ours, lambda _: False), process.wait(PATIENCE)
        finally:
            process.kill()
            os.close(ours)


def _read(terminal: int, is_enough: Callable[[str], object]) -> str:
    printed, end = b"", time.monotonic() + PATIENCE
    while time.monotonic() < end and not is_enough(printed.decode(errors="replace")):
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                got = os.read(terminal, 65536)
            except OSError:
                break
            if not got:
                break
            printed += got
    return printed.decode(errors="replace")


def screens(printed: str) -> list[list[str]]:
    """What stood on the terminal after each drawing, line by line."""
    return [CONTROLS.sub("", drawn).rstrip().splitlines() for drawn in printed.split(HOME)[1:]]
