"""A filled warehouse with one archived run, and `miyabi-dw serve` on it."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from miyabi_dw import demo
from miyabi_dw.database import Database
from miyabi_dw.paths import PROJECT
from miyabi_dw.publishing import publish
from miyabi_dw.runner.waiting import wait_until
from miyabi_dw.settings import Settings
from pipeline.kit import Warehouse
from servers import TestServer, grant_warehouse

TOKEN = "the-token-of-the-browser-tests"
FIRST, LAST = date(2026, 1, 1), date(2026, 4, 3)


@dataclass
class House:
    """The settings of a warehouse under test, the same as variables, and the name of its database."""

    settings: Settings
    environment: dict[str, str]
    name: str

    def call(self, *words: str) -> str:
        """What the command prints; it must succeed."""
        command = [sys.executable, "-m", "miyabi_dw", *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


def empty_house(server: TestServer, warehouse: str, source: str, folder: Path) -> House:
    """Two databases without rows."""
    name = server.create("house", warehouse)
    grant_warehouse(server, name)
    urls = {"warehouse_url": server.database_url(name)}
    urls |= dict.fromkeys(("source_url", "source_owner_url"), server.database_url(server.create("source", source)))
    given = urls | {"home": str(folder / "home"), "reports_dir": str(folder / "reports")}
    own = {name: value for name, value in os.environ.items() if not name.startswith("MIYABI_")}
    own |= {f"MIYABI_{name.upper()}": value for name, value in given.items()}
    own |= {"MIYABI_CONFIG_DIR": str(folder), "PYTHONPATH": os.pathsep.join([str(PROJECT / "lib"), *sys.path])}
    return House(Settings(**given), own, name)


def fill(house: House) -> None:
    """Three months of the real history, the last day of it by a run as the scheduler makes it."""
    demo.load_source(Database(house.settings))
    warehouse = Warehouse(house.settings).prepare()
    publish(warehouse.days(FIRST, LAST))
    house.call("--as-of", "2026-04-03T17:00+00:00", "run", "daily_issue_processing_etl", "--date", f"{LAST}")


@contextmanager
def served(house: House) -> Iterator[str]:
    """The address at which the house is served while the block runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "miyabi_dw", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=house.environment | {"MIYABI_SERVE_TOKEN": TOKEN}) as process:
        try:
            assert wait_until(lambda: _answers(address) or process.poll() is not None, 120)
            assert process.poll() is None, "the server did not start"
            yield address
        finally:
            process.terminate()


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
