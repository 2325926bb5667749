"""A filled warehouse with archived runs, and `miyabi-dw serve` on it."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from etl.kit import Warehouse
from miyabi_dw.common.paths import PROJECT
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database
from miyabi_dw.etl.publish import publish
from miyabi_dw.orchestration.runner.recover_lost import wait_until
from servers import TestServer
from support.archive_scenes import DAY, failed_gate, good_night

TOKEN = "the-token-of-the-browser-tests"
FIRST, LAST = date(2026, 1, 1), date(2026, 4, 3)


@dataclass
class House:
    """The settings of a warehouse under test, the same as variables, the name of its database, and the server's log."""

    settings: Settings
    environment: dict[str, str]
    name: str
    log: Path


def empty_house(server: TestServer, warehouse: str, source: str, folder: Path) -> House:
    """A new warehouse, and a source as its template is."""
    name = server.create("house", warehouse)
    urls = {"warehouse_url": server.database_url(name)}
    urls |= dict.fromkeys(("source_url", "source_owner_url"), server.database_url(server.create("source", source)))
    given = urls | {"home": str(folder / "home"), "reports_dir": str(folder / "reports")}
    own = {name: value for name, value in os.environ.items() if not name.startswith("MIYABI_")}
    own |= {f"MIYABI_{name.upper()}": value for name, value in given.items()}
    own |= {"MIYABI_CONFIG_DIR": str(folder), "PYTHONPATH": os.pathsep.join([str(PROJECT / "lib"), *sys.path])}
    return House(Settings(**given), own, name, folder / "serve.log")


def fill(house: House) -> None:
    """Three months of its source in the warehouse, and two nights in the archive, a good one and a bad one."""
    database = Database(house.settings)
    warehouse = Warehouse(house.settings).prepare()
    publish(warehouse.days(FIRST, LAST))
    good_night(house.settings, database).write()
    start = DAY + timedelta(days=1)
    failed_gate(house.settings, database, interval_start=start, interval_end=start + timedelta(days=1)).write()


@contextmanager
def served(house: House) -> Iterator[str]:
    """The address at which the house is served while the block runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "miyabi_dw", "serve", "--port", str(port)]
    environment = house.environment | {"MIYABI_SERVE_TOKEN": TOKEN}
    with house.log.open("wb") as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:
        try:
            assert wait_until(lambda: _answers(address) or process.poll() is not None, 120)
            assert process.poll() is None, house.log.read_text(encoding="utf-8")
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
