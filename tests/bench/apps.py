"""How soon an app answers, against the least that a notebook can take: an empty one in `marimo run`.

Run it alone: `PYTHONPATH=tests python tests/bench/apps.py`. Both are asked in turn by the same browser, each time in a
context of its own, with nothing kept from the time before.
"""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from browser.conftest import FLAGS, find_chromium
from miyabi_dw.common.paths import ANALYSIS
from miyabi_dw.orchestration.runner.recover_lost import wait_until
from servers import demo_template, running_server, warehouse_template
from support.serving import TOKEN, empty_house, fill, served

BAR = 2.0
ROUNDS = 7
EMPTY = """import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo

    mo.md("# Empty")
    return
"""


def main() -> list[dict[str, Any]]:
    found = find_chromium()
    if not found:
        return []
    with tempfile.TemporaryDirectory() as name, running_server(f"bench{os.getpid()}", Path(name)) as server:
        Path(name).chmod(0o755)
        house = empty_house(server, warehouse_template(server), demo_template(server, Path(name) / "demo"), Path(name))
        fill(house)
        with served(house) as address, empty_notebook(Path(name)) as empty, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
            return [
                compared(browser, f"{address}/apps/{app}/?token={TOKEN}", empty, app)
                for app in sorted(path.stem for path in ANALYSIS.glob("*.py"))
            ]


@contextmanager
def empty_notebook(folder: Path) -> Iterator[str]:
    """The address of `marimo run`."""
    notebook = folder / "empty.py"
    notebook.write_text(EMPTY, encoding="utf-8")
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "marimo",
        "-q",
        "run",
        str(notebook),
        "--headless",
        "--no-token",
        "-p",
        str(port),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            assert wait_until(lambda: listens(port), 60)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


def free_port() -> int:
    with closing(socket.socket()) as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


def listens(port: int) -> bool:
    with closing(socket.socket()) as place:
        return place.connect_ex(("127.0.0.1", port)) == 0


def compared(browser: Browser, app: str, empty: str, name: str) -> dict[str, Any]:
    # What is loaded and compiled the first time only is no answer's cost.
    seconds_to(browser, app, "section.dw-answer"), seconds_to(browser, empty, "h1")
    times = [(seconds_to(browser, app, "section.dw-answer"), seconds_to(browser, empty, "h1")) for _ in range(ROUNDS)]
    slow, fast = (statistics.median(each) for each in zip(*times, strict=True))
    ratio = slow / fast
    detail = f"{slow:.2f} s, {fast:.2f} s"
    return {"name": f"{name}: first answer / an empty notebook", "value": round(ratio, 2), "bar": BAR,
            "ok": ratio <= BAR, "detail": detail}  # fmt: skip


def seconds_to(browser: Browser, address: str, shown: str) -> float:
    context = browser.new_context()
    page = context.new_page()
    began = time.perf_counter()
    page.goto(address)
    page.locator(shown).first.wait_for(timeout=120_000)
    took = time.perf_counter() - began
    context.close()
    return took


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        rows = main()
        for row in rows:
            print(
                f"{'ok' if row['ok'] else 'NO'} {row['name']:<60} {row['value']:>6} (bar {row['bar']}) {row['detail']}"
            )
        sys.exit(not all(row["ok"] for row in rows))
