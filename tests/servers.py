"""A PostgreSQL server for the tests, and databases on it that cost a tenth of a second each."""

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg2

from etl.kit import Warehouse
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import embedded, migrations, statements
from miyabi_dw.db.connection import Connection

SERVER_URL = "MIYABI_TEST_SERVER_URL"
MEMORY = Path("/dev/shm")
ROOM = 4 << 30


def quick_place() -> str | None:
    """A file system in memory where there is one with room, else None, the usual place.

    A database is six hundred files: to copy them costs a disk ten times as much.
    """
    is_usable = MEMORY.is_dir() and os.access(MEMORY, os.W_OK | os.X_OK)
    return str(MEMORY) if is_usable and shutil.disk_usage(MEMORY).free > ROOM else None


@dataclass
class TestServer:
    """Makes databases from templates, as the user who owns them; with `admin_url` extensions can be made too."""

    __test__ = False

    url: str
    prefix: str
    admin_url: str | None = None
    is_embedded: bool = True
    made: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def database_url(self, database: str) -> str:
        return _with_database(self.url, database)

    @contextmanager
    def connect(self, database: str | None = None, *, admin: bool = False) -> Iterator[Connection]:
        """A connection in autocommit; `admin` is the superuser where there is one."""
        url = (self.admin_url if admin else None) or self.url
        connection = psycopg2.connect(_with_database(url, database) if database else url)
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()

    def create(self, kind: str, template: str = "template0", options: str = "") -> str:
        """A new database, with options as CREATE DATABASE has them; its name."""
        name = f"{self.prefix}_{kind}_{next(self._numbers)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy {options}')
        self.made.append(name)
        return name

    def drop(self, name: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.made.remove(name)

    def drop_all(self) -> None:
        for name in list(self.made):
            self.drop(name)

    def _run(self, command: str) -> None:
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(command)


def _with_database(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{quote(database)}").geturl()


@contextmanager
def running_server(worker: str, folder: Path, *, durable: bool = False) -> Iterator[TestServer]:
    """The server that MIYABI_TEST_SERVER_URL names, else an embedded one of this worker's own, gone afterwards.

    A durable one flushes to disk as in operation, which tests need not wait for and measurements must.
    """
    prefix = f"miyabi_test_{worker}_{os.getpid()}"
    if given := os.environ.get(SERVER_URL):
        server = TestServer(given, prefix, is_embedded=False)
        try:
            yield server
        finally:
            server.drop_all()
        return
    settings = Settings(home=folder / "home", server_durable=durable, server_idle_minutes=30)
    started = embedded.ensure_running(settings)
    try:
        yield TestServer(
            _url(started.login("owner") | {"dbname": "postgres"}), prefix, admin_url=_url(started.superuser())
        )
    finally:
        embedded.stop(settings)


def _url(login: dict[str, str]) -> str:
    user, password, host = (quote(login[key], safe="") for key in ("user", "password", "host"))
    return f"postgresql://{user}:{password}@/{login['dbname']}?host={host}&port={login['port']}"


def warehouse_template(server: TestServer) -> str:
    """A migrated, otherwise empty warehouse."""
    name = server.create("warehouse_template")
    with server.connect(name, admin=True) as connection, suppress(psycopg2.Error):
        statements.run(connection, "db/server/extensions")
    connection = psycopg2.connect(server.database_url(name))
    try:
        migrations.migrate(connection)
    finally:
        connection.close()
    return name


def prepared_warehouse(server: TestServer, template: str) -> str:
    """A copy of the template with its catalogues and calendar, ready to be loaded."""
    name = server.create("prepared_template", template)
    grant_warehouse(server, name)
    Warehouse(Settings(warehouse_url=server.database_url(name))).prepare()
    return name


def grant_warehouse(server: TestServer, name: str) -> None:
    """What belongs to a database itself is not copied from its template; a superuser also limits what readers may call."""
    with server.connect(name, admin=True) as connection:
        statements.run(connection, "db/server/warehouse_grants")


def source_template(server: TestServer) -> str:
    """The source's tables without a row."""
    name = server.create("source_template")
    with server.connect(name) as connection:
        statements.run(connection, "demo/source/schema")
        with suppress(psycopg2.Error):
            statements.run(connection, "demo/source/indexes")
    return name
