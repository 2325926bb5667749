"""A PostgreSQL server for the tests, and databases on it that cost a tenth of a second each."""

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg2

from etl.kit import Warehouse
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import embedded, migrations, statements
from miyabi_dw.db.connection import Connection, Database, Parameters
from miyabi_dw.demo.source import load_source

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
    # Kept open: each test makes and drops databases.
    _kept: Connection | None = None
    _spare: dict[str, list[str]] = field(default_factory=dict)
    # Those whose sessions the server has counted from the first one on.
    _lent: set[str] = field(default_factory=set)

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
        """A new database with all that its template has, and with options as CREATE DATABASE has them; its name."""
        name = f"{self.prefix}_{kind}_{next(self._numbers)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy {options}')
        self.made.append(name)
        for (command,) in self._run(OF_THE_DATABASE_ITSELF, {"template": template, "name": name}):
            self._run(command)
        return name

    def drop(self, name: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.made.remove(name)

    def drop_all(self) -> None:
        for name in list(self.made):
            self.drop(name)

    def lend(self, kind: str, template: str) -> str:
        """A new database, or one given back that nobody has ever connected to; its name."""
        spare = self._spare.setdefault(template, [])
        name = spare.pop() if spare else self.create(kind, template)
        self._lent.add(name)
        return name

    def take_back(self, name: str, template: str) -> None:
        if name in self._lent and self.is_embedded and self._run(SESSIONS, [name]) == [(0,)] and name in self._lent:
            self._spare[template].append(name)
        else:
            self.drop(name)
        self._lent.discard(name)

    def close(self) -> None:
        if self._kept is not None:
            self._kept.close()

    def _run(self, command: str, values: Parameters = None) -> list[tuple[Any, ...]]:
        """On the connection that is kept open; on a new one where a test has crashed the server, which has lost its counts."""
        if self._kept is not None:
            try:
                return _rows(self._kept, command, values)
            except psycopg2.Error as error:
                # What the server itself says has a SQLSTATE; where it vanished, the class of the error varies.
                if error.pgcode and not isinstance(error, psycopg2.OperationalError):
                    raise
        self._lent.clear()
        self._kept = psycopg2.connect(self.url)
        self._kept.autocommit = True
        return _rows(self._kept, command, values)


# What CREATE DATABASE does not copy: rights on the database, and its settings.
OF_THE_DATABASE_ITSELF = """
    SELECT format('GRANT %%s ON DATABASE %%I TO %%s', held.privilege_type, %(name)s, held.grantee::regrole)
    FROM pg_database, aclexplode(datacl) AS held
    WHERE datname = %(template)s AND datname <> 'template0' AND held.grantee NOT IN (0, datdba)
    UNION ALL
    SELECT format('ALTER DATABASE %%I SET %%s = %%L', %(name)s, split_part(entry.value, '=', 1), split_part(entry.value, '=', 2))
    FROM pg_database INNER JOIN pg_db_role_setting ON setdatabase = pg_database.oid AND setrole = 0, unnest(setconfig) AS entry (value)
    WHERE datname = %(template)s
"""
SESSIONS = "SELECT sessions + numbackends FROM pg_stat_database WHERE datname = %s"


def _rows(connection: Connection, command: str, values: Parameters) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(command, values)
        return cursor.fetchall() if cursor.description else []


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
            server.close()
        return
    settings = Settings(home=folder / "home", server_durable=durable, server_idle_minutes=30)
    started = embedded.ensure_running(settings)
    owner, admin = (_url(login) for login in (started.login("owner") | {"dbname": "postgres"}, started.superuser()))
    server = TestServer(owner, prefix, admin_url=admin)
    try:
        yield server
    finally:
        server.close()
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
    grant_warehouse(server, name)
    return name


def prepared_warehouse(server: TestServer, template: str) -> str:
    """A copy of the template with its catalogues and calendar, ready to be loaded."""
    name = server.create("prepared_template", template)
    Warehouse(Settings(warehouse_url=server.database_url(name))).prepare()
    return name


def grant_warehouse(server: TestServer, name: str) -> None:
    """As the embedded server's setup does; a superuser also limits what readers may call."""
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


def demo_template(server: TestServer, folder: Path) -> str:
    """A source with the real history; loading it takes seconds."""
    name = server.create("demo_template")
    url = server.database_url(name)
    load_source(Database(Settings(home=folder, source_url=url, source_owner_url=url)))
    return name
