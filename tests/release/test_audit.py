"""What the audit of dependencies makes of a vulnerability service's answers: a stub on this machine gives them."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from release.audit import DAY_SECONDS, VULNERABLE, audit, was_good_today

LOCKED = f"six==1.16.0 --hash=sha256:{'0' * 64}\nidna==3.0 --hash=sha256:{'1' * 64}\n"
NOT_AUDITED = "dependencies were not audited"


@contextmanager
def service(affected: dict[str, list[dict[str, str]]], *, status: int = 200, seconds: float = 0) -> Iterator[str]:
    """An OSV that knows these packages, each with the events of the range of versions that are affected."""

    class Stub(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(seconds)
            body = json.dumps(answer(asked["package"]["name"], affected)).encode()
            # Who asked may have lost patience.
            with suppress(BrokenPipeError):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *words: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Stub) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()


def answer(name: str, affected: dict[str, list[dict[str, str]]]) -> dict[str, object]:
    if name not in affected:
        return {}
    ranges = [{"type": "ECOSYSTEM", "events": affected[name]}]
    return {
        "vulns": [
            {
                "id": f"TEST-{name}",
                "summary": "a hole",
                "affected": [{"package": {"name": name, "ecosystem": "PyPI"}, "ranges": ranges}],
            }
        ]
    }


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text(LOCKED)
    return path


KNOWN = {str(VULNERABLE["package"]["name"]): [{"introduced": "0"}, {"fixed": "9"}]}
MENDED = {"six": [{"introduced": "0"}, {"fixed": "1.17.0"}]}
NOT_MENDED = {"idna": [{"introduced": "0"}]}


LACKING = "idna 3.0: TEST-idna, not mended in any version yet\n"


@pytest.mark.parametrize(
    ("affected", "status", "told"),
    [(NOT_MENDED, 0, LACKING), (NOT_MENDED | MENDED, 1, f"six 1.16.0: TEST-six, mended in 1.17.0\n{LACKING}")],
    ids=["not mended", "mended"],
)
def test_it_fails_on_what_a_later_version_mends(
    affected: dict[str, list[dict[str, str]]], status: int, told: str, locked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    last_good = locked.with_name("good")
    with service(KNOWN | affected) as url:
        assert (audit(locked, url, last_good), capsys.readouterr().out) == (status, told)
    assert last_good.exists() == (status == 0)


@pytest.mark.parametrize(
    "like",
    [{"affected": MENDED}, {"affected": KNOWN | MENDED, "status": 404}, {"affected": KNOWN | MENDED, "seconds": 3}],
    ids=["knows nothing", "is none", "does not answer"],
)
def test_without_a_service_it_says_so_and_lets_pass(
    like: dict[str, object], locked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with service(**like) as url:
        before = time.monotonic()
        assert audit(locked, url, locked.with_name("good"), patience=0.5) == 0
        assert time.monotonic() - before < 2
    assert capsys.readouterr().out.startswith(NOT_AUDITED)


def test_where_nobody_listens_it_says_so(locked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(locked, "http://127.0.0.1:9/v1/query", locked.with_name("good"), patience=2) == 0
    assert capsys.readouterr().out.startswith(NOT_AUDITED)


def test_a_good_answer_counts_for_a_day_unless_the_packages_change(locked: Path) -> None:
    good = locked.with_name("good")
    assert not was_good_today(locked, good)
    good.touch()
    now = good.stat().st_mtime
    os.utime(locked, (now - 10, now - 10))
    assert was_good_today(locked, good)
    os.utime(good, (now - DAY_SECONDS - 1, now - DAY_SECONDS - 1))
    os.utime(locked, (now - 2 * DAY_SECONDS, now - 2 * DAY_SECONDS))
    assert not was_good_today(locked, good)
    good.touch()
    os.utime(locked, (now + 10, now + 10))
    assert not was_good_today(locked, good)
