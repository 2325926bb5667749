"""`miyabi-dw notebook` in each of its ways: it starts, shows the notebook behind a token, and leaves nothing behind."""

import http.cookiejar
import json
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import marimo
import pytest
from starlette.testclient import TestClient

from cli.driving import call, stop_at_beginnings
from miyabi_dw.common.settings import Settings
from miyabi_dw.orchestration.runner.recover_lost import wait_until
from miyabi_dw.web import make_app
from miyabi_dw.web.frame import NOTHING_FETCHED
from miyabi_dw.workbench import open_workbench
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
            page = opened(address[1])
            assert NAME in page
            assert NOTHING_FETCHED in page
            with pytest.raises(urllib.error.HTTPError, match="401"):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status")
            home = Path(environment["MIYABI_HOME"])
            assert process.pid in of_home(home)
            assert killed(process.pid, home) == {}
        finally:
            process.kill()


@pytest.mark.parametrize("name", ["Review", "../x", "a-b", "9x", "x" * 41, "pandas", "random", "open", NAME])
def test_a_name_that_is_taken_or_would_not_do_is_refused(environment: dict[str, str], name: str) -> None:
    said = call("notebook", "new", name)
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert repr(name) in said.err
    assert not (Path(environment["MIYABI_HOME"]) / "notebooks").exists()


def test_a_notebook_of_ones_own_runs_is_served_and_never_written_over(
    environment: dict[str, str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("notebook", "new", "review_speed").status == 0
    path = settings.home / "notebooks" / "review_speed.py"
    command = [sys.executable, "-m", "marimo", "--quiet", "check", "--strict", str(path)]
    subprocess.run(command, check=True, env=environment)
    path.write_text(path.read_text(encoding="utf-8").replace("GROUP BY repository", "GROUP BY repository -- mine"))
    said = call("notebook", "new", "review_speed")
    assert said.err == "error: the name 'review_speed' is taken: choose another one\n"
    assert "-- mine" in path.read_text(encoding="utf-8")

    # Run as a script it raises where a cell does.
    subprocess.run([sys.executable, str(path)], check=True, env=environment)
    [own] = [each for each in json.loads(call("notebook", "--json").out) if each["name"] == "review_speed"]
    assert (own["title"], own["path"]) == ("Review speed", str(path))
    token = "t" * 32
    with TestClient(make_app(settings, token)) as client:
        assert "/apps/review_speed/" in client.get("/", params={"token": token}).text
    stop_at_beginnings(monkeypatch)
    assert call("notebook", "review_speed").status is None


def test_a_question_of_ones_own_is_bound_bounded_and_on_our_clocks(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = open_workbench()
    assert bench.sql("SELECT 'a%' LIKE 'a%' AS found")["found"].tolist() == [True]
    assert bench.sql("SELECT %(day)s::date AS day", day="2026-02-11")["day"].tolist() == [date(2026, 2, 11)]
    assert str(bench.sql("SELECT timestamptz '2026-02-11 00:00Z' AS at")["at"][0]) == "2026-02-11 09:00:00+09:00"
    monkeypatch.setattr("miyabi_dw.workbench.bench.LONGEST_ANSWER", 3)
    assert len(bench.sql("SELECT generate_series(1, 3) AS n")) == 3
    with pytest.raises(marimo.MarimoStopError):
        bench.sql("SELECT generate_series(1, 4) AS n")
    with pytest.raises(marimo.MarimoStopError):
        bench.sql("DELETE FROM dim_issue RETURNING 1")


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
