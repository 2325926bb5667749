"""How git is called: without prompts, pager, helpers or fetching, and with settings that change no figure."""

import logging
import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, cast

from miyabi_dw.common.errors import BadRequest

logger = logging.getLogger(__name__)

# A person's settings must not change what is read, and a repository's must not start a program.
SETTINGS = {
    "core.fsmonitor": "false",
    "core.quotePath": "false",
    "diff.algorithm": "default",
    "diff.relative": "false",
    "i18n.logOutputEncoding": "UTF-8",
    "log.showRoot": "true",
    "log.showSignature": "false",
    "protocol.allow": "never",
    "trailer.separators": ":",
}
# Set by git for its hooks, where they would lead to another repository than the one that is asked for.
_ELSEWHERE = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
)
_QUIET = {
    "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_PAGER": "cat", "LC_ALL": "C",
}  # fmt: skip


class GitFailed(Exception):
    """git ended with an error; its last words, without a path's or an address's secret."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def answer(folder: Path, *arguments: str, lines: Iterable[str] = ()) -> str:
    """What git answers; raises GitFailed when it ends with an error."""
    with stream(folder, *arguments, lines=lines) as output:
        return output.read().decode(errors="replace")


def answer_or_none(folder: Path, *arguments: str) -> str | None:
    """What git answers without the line's end; None where it says no."""
    try:
        return answer(folder, *arguments).rstrip("\n")
    except GitFailed:
        return None


@contextmanager
def stream(folder: Path, *arguments: str, lines: Iterable[str] = ()) -> Iterator[IO[bytes]]:
    """git's output while it runs, with `lines` as its input. Raises GitFailed at the end when git failed."""
    # Input and complaints are files: a pipe that nobody reads would stop git in the middle.
    with TemporaryFile() as given, TemporaryFile() as complaints:
        given.writelines(f"{line}\n".encode() for line in lines)
        given.seek(0)
        process = _start(folder, arguments, given, complaints)
        output = cast("IO[bytes]", process.stdout)
        try:
            yield output
        except BaseException:
            process.kill()
            raise
        finally:
            output.close()
            process.wait()
        if process.returncode:
            complaints.seek(0)
            raise GitFailed(complaints.read(4000).decode(errors="replace").strip())


def _start(
    folder: Path, arguments: tuple[str, ...], given: IO[bytes], complaints: IO[bytes]
) -> subprocess.Popen[bytes]:
    settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    command = ["git", "--no-pager", "-C", str(folder), *settings, *arguments]
    logger.debug("git %s in %s", " ".join(arguments), folder)
    try:
        return subprocess.Popen(command, stdin=given, stdout=subprocess.PIPE, stderr=complaints, env=environment())
    except FileNotFoundError as error:
        raise BadRequest("the program git is missing", "PATH", "install git", code="git-missing") from error


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _ELSEWHERE} | _QUIET
