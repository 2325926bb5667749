"""`miyabi-dw serve` as a process: its port, its token's file, slow and rude clients, and its end."""

import os
import resource
import select
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from miyabi_dw.common.paths import PROJECT
from miyabi_dw.common.settings import Settings
from miyabi_dw.orchestration.runner.recover_lost import wait_until
from miyabi_dw.web.patience import MOST_WAITING
from support.left_over import killed, of_home
from support.serving import TOKEN, House, served

pytestmark = pytest.mark.slow
HALF_OPEN = 3000
# A machine may be busy; without the limits an answer took eight seconds on one that was not.
ANSWER_SECONDS = 2.0
PATIENCE = 120


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Reports without a warehouse, which the server itself does not need."""
    folder = tmp_path_factory.mktemp("house")
    settings = Settings(home=folder / "home", reports_dir=folder / "reports")
    own = {name: value for name, value in os.environ.items() if not name.startswith("MIYABI_")}
    own |= {"MIYABI_HOME": str(settings.home), "MIYABI_REPORTS_DIR": str(settings.reports_dir)}
    own |= {"MIYABI_CONFIG_DIR": str(folder), "PYTHONPATH": str(PROJECT / "lib")}
    return House(settings, own, "", folder / "serve.log")


@pytest.fixture(scope="module")
def port(house: House) -> Iterator[int]:
    with served(house) as address:
        yield int(address.rpartition(":")[2])
    assert house.log.read_text(encoding="utf-8").count("\n") == 1, "it had something to say besides its address"


def said_to(port: int, *words: bytes, seconds: float = PATIENCE) -> bytes:
    """All that the server answers until it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as speaker:
        speaker.sendall(b"\r\n".join([*words, b"", b""]))
        return b"".join(iter(lambda: speaker.recv(65536), b""))


RUDE = [
    (b"GET / HTTP/1.1", b"Host: x", b"Origin: http://[::1", b"Connection: close"),
    (b"GET / HTTP/1.1", b"Host: [::1", b"Connection: close"),
    (b"GET / HTTP/1.1", b"Host: x", b"Host: y"),
    (b"GET /?\xff HTTP/1.1", b"Host: x"),
    (b"\x16\x03\x01 hello",),
    (b"GET /apps/query_tuning/ws HTTP/1.1", b"Host: x", b"Upgrade: websocket", b"Connection: Upgrade", b"Origin: ]"),
]


@pytest.mark.parametrize("words", RUDE, ids=range(len(RUDE)))
def test_c4_rude_requests_are_refused(port: int, words: tuple[bytes, ...]) -> None:
    answer = said_to(port, *words)
    assert answer.split(b" ", 2)[1] in (b"400", b"403", b"431"), answer[:200]


def test_c4_a_client_that_leaves_in_the_middle_of_the_login_is_not_missed(port: int) -> None:
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", port)) as speaker:
            speaker.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\ntok")
    assert said_to(port, b"GET / HTTP/1.1", b"Host: x", b"Connection: close").startswith(b"HTTP/1.1 401")


def test_c3_forwarded_addresses_count_for_nothing_unless_told(port: int) -> None:
    """Eleven wrong tokens with eleven addresses claimed are eleven from one; https that is claimed is none."""
    claims = [b"X-Forwarded-For: 10.9.9.%d", b"Forwarded: for=10.9.9.%d", b"X-Real-IP: 10.9.9.%d"]
    ends = [
        said_to(port, b"GET /?token=wrong HTTP/1.1", b"Host: x", claims[at % 3] % at, b"Connection: close")[9:12]
        for at in range(12)
    ]
    assert (ends[0], ends[-1]) == (b"401", b"429")
    words = (b"GET /?token=%s HTTP/1.1" % TOKEN.encode(), b"Host: x", b"X-Forwarded-Proto: https", b"Connection: close")
    entered = said_to(port, *words)
    assert entered.startswith(b"HTTP/1.1 303")
    assert b"secure" not in entered.lower()


@contextmanager
def many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, HALF_OPEN + 1000), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_c5_half_open_connections_hold_up_nobody(port: int) -> None:
    with many_files(), ExitStack() as opened:
        waiting = [opened.enter_context(half_open(port, number)) for number in range(HALF_OPEN)]
        assert wait_until(lambda: len(still_open(waiting)) <= MOST_WAITING, PATIENCE)
        assert min(seconds_to_answer(port) for _ in range(3)) < ANSWER_SECONDS


def seconds_to_answer(port: int) -> float:
    began = time.monotonic()
    assert said_to(port, b"GET / HTTP/1.1", b"Host: x", b"Connection: close").startswith(b"HTTP/1.1 401")
    return time.monotonic() - began


def half_open(port: int, number: int) -> socket.socket:
    """Silent, in the middle of its headers, or in the middle of a form."""
    begun = (b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nt")
    speaker = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    speaker.sendall(begun[number % 3])
    return speaker


def still_open(sockets: list[socket.socket]) -> list[int]:
    """Those on which the server has not hung up."""
    poll = select.poll()
    for each in sockets:
        poll.register(each, select.POLLIN | select.POLLHUP)
    gone = {number for number, _ in poll.poll(0)}
    return [each.fileno() for each in sockets if each.fileno() not in gone]


def test_b35_a_port_that_is_taken_is_a_sentence_before_anything_is_said_or_written(house: House, port: int) -> None:
    command = [sys.executable, "-m", "miyabi_dw", "serve", "--port", str(port)]
    done = subprocess.run(command, env=house.environment, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr
        == f"error: port {port} of 127.0.0.1 is taken: stop who listens there, or choose another with --port\n"
    )
    assert not (house.settings.home / "serve-address").exists()


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1"])
def test_b35_an_address_that_is_not_ours_is_a_sentence_too(house: House, host: str) -> None:
    command = [sys.executable, "-m", "miyabi_dw", "serve", "--host", host]
    environment = house.environment | {"MIYABI_SERVE_TOKEN": TOKEN}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


def test_b35_a_fresh_token_is_in_no_log_and_its_file_goes_with_the_server(house: House) -> None:
    """The same server stands behind a proxy that it was told of."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        place = free.getsockname()[1]
    kept = house.settings.home / "serve-address"
    command = [sys.executable, "-m", "miyabi_dw", "serve", "--port", str(place)]
    environment = house.environment | {"MIYABI_SERVE_TRUSTED_PROXIES": "10.0.0.0/8,127.0.0.1"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            told = process.stderr.readline()
            assert str(kept) in told
            assert "token=" not in told
            assert stat.S_IMODE(kept.stat().st_mode) == 0o600
            token = kept.read_text(encoding="utf-8").strip().rpartition("token=")[2].encode()
            words = (b"GET / HTTP/1.1", b"Host: x", b"Authorization: Bearer " + token, b"Connection: close")
            assert said_to(place, *words).startswith(b"HTTP/1.1 200")
            words = (
                b"GET /?token=" + token + b" HTTP/1.1",
                b"Host: x",
                b"X-Forwarded-Proto: https",
                b"Connection: close",
            )
            assert b"secure" in said_to(place, *words).lower()
            process.terminate()
            assert process.wait(PATIENCE) == 0
            assert process.stderr.read() == ""
        finally:
            process.kill()
    assert not kept.exists()


def test_b30_a_killed_server_leaves_no_process(house: House, port: int) -> None:
    """The last one here: afterwards there is no server."""
    words = (b"GET /apps/query_tuning/ HTTP/1.1", b"Host: x", b"Authorization: Bearer " + TOKEN.encode())
    assert said_to(port, *words, b"Connection: close").startswith(b"HTTP/1.1 200")
    (server,) = of_home(house.settings.home)
    assert killed(server, house.settings.home) == {}
