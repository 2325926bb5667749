"""`miyabi-dw notebook` in each of its ways: it starts, shows the notebook behind a token, and leaves nothing behind."""

import http.cookiejar
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from miyabi_dw.orchestration.runner.recover_lost import wait_until
from support.left_over import PATIENCE, killed, of_home

NAME = "query_tuning"
ADDRESS = re.compile(r"(http://\S+access_token=\S+)")


@pytest.mark.parametrize("words", [["--app"], []], ids=["app", "editor"])
def test_b24_a_notebook_opens_behind_a_token_and_b30_leaves_nothing(
    environment: dict[str, str], tmp_path: Path, words: list[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "miyabi_dw", "notebook", NAME, *words, "--headless", "--port", str(port)]
    own = environment | {"PYTHONUNBUFFERED": "1", "HOME": str(tmp_path)}
    with subprocess.Popen(
        command, env=own, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            assert process.stdout is not None
            said: list[str] = []
            address = next(filter(None, map(ADDRESS.search, remembered(process.stdout, said))), None)
            assert address, "".join(said)
            assert wait_until(lambda: is_open(port), PATIENCE)
            assert NAME in opened(address[1])
            with pytest.raises(urllib.error.HTTPError, match="401"):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status")
            home = Path(environment["MIYABI_HOME"])
            assert process.pid in of_home(home)
            assert killed(process.pid, home) == {}
        finally:
            process.kill()


def remembered(lines: Iterable[str], said: list[str]) -> Iterator[str]:
    for line in lines:
        said.append(line)
        yield line


def is_open(port: int) -> bool:
    """The address is told a moment before anybody listens."""
    with socket.socket() as knocking:
        return knocking.connect_ex(("127.0.0.1", port)) == 0


def opened(address: str) -> str:
    """The page at the end of the redirects that a token leads through."""
    jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    with urllib.request.build_opener(jar).open(address) as answer:
        return answer.read().decode()
