"""Servers as an operator has them who does not use the embedded one: the machine's own with TLS, and the wheel's without."""

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg2
import pytest

from miyabi_dw.db.embedded.account import Account, server_account

INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda found: int(found.parts[-3]))
NONE_INSTALLED = "there is no PostgreSQL of the machine's own: apt-get install postgresql"
# Whoever connects without TLS is not let in.
HOST_RULES = "local all all scram-sha-256\nhostssl all all 127.0.0.1/32 scram-sha-256\n"
WITHOUT_TLS = "local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n"
CONFIGURATION = """
listen_addresses = '127.0.0.1'
fsync = off
shared_preload_libraries = 'pg_stat_statements'
max_connections = 60
"""
TLS = """
ssl = on
ssl_cert_file = 'server.crt'
ssl_key_file = 'server.key'
"""
LOCALHOST = "subjectAltName=DNS:localhost,IP:127.0.0.1"


@dataclass(frozen=True)
class OwnServer:
    """One that listens on the loopback address; with TLS, it has a certificate of an authority of its own."""

    data: Path
    authority: Path | None
    port: int
    password: str

    def url(self, user: str, password: str, database: str) -> str:
        login = f"{user}:{quote(password, safe='')}@localhost:{self.port}/{database}"
        return f"postgresql://{login}?" + (
            f"sslmode=verify-full&sslrootcert={self.authority}" if self.authority else ""
        )

    def socket_url(self, user: str, password: str, database: str) -> str:
        """By the local socket, on which there is no TLS."""
        return f"postgresql://{user}:{quote(password, safe='')}@/{database}?host={self.data}&port={self.port}"

    def admin_url(self, database: str = "postgres") -> str:
        return self.url("postgres", self.password, database)

    def run(self, *commands: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Runs them as the superuser, each by itself; the rows of the last one."""
        connection = psycopg2.connect(self.admin_url(database))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                for command in commands:
                    cursor.execute(command)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()


@contextmanager
def own_server(folder: Path, programs: Path, *, with_tls: bool) -> Iterator[OwnServer]:
    """Set up in `folder` with the programs given, and gone afterwards."""
    account, password = server_account("miyabi-db"), secrets.token_urlsafe(12) + "@:/%"
    account.reach_programs(programs)
    account.open_way_to(folder / "data")
    data = _cluster(programs, account, folder, password)
    (data / "pg_hba.conf").write_text(HOST_RULES if with_tls else WITHOUT_TLS)
    authority = _certificates(folder, data, account) if with_tls else None
    server = OwnServer(data, authority, _free_port(), password)
    command = [programs / "postgres", "-D", data, "-p", str(server.port), "-k", data]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd="/", stdout=log, stderr=log, **account.switch)
    try:
        _wait(server, process, folder / "log")
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


def installed_programs() -> Path:
    """Those of the newest server that is installed; the test is skipped where there is none."""
    if not INSTALLED:
        pytest.skip(NONE_INSTALLED)
    return INSTALLED[-1].parent


def _cluster(programs: Path, account: Account, folder: Path, password: str) -> Path:
    data, kept = folder / "data", folder / "password"
    account.own(data)
    kept.write_text(password)
    os.chown(kept, account.uid, account.gid)
    options = ["-U", "postgres", "--auth=scram-sha-256", f"--pwfile={kept}", "--encoding=UTF8", "--no-locale"]
    command: Sequence[str | Path] = [programs / "initdb", "-D", data, *options, "--no-sync", "--no-instructions"]
    subprocess.run(command, cwd="/", check=True, capture_output=True, **account.switch)
    with (data / "postgresql.conf").open("a") as configuration:
        configuration.write(CONFIGURATION)
    return data


def _certificates(folder: Path, data: Path, account: Account) -> Path:
    """An authority's certificate, and the server's signed by it; the authority's place."""
    authority = folder / "authority.crt"
    new = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    key, request, extension = folder / "authority.key", folder / "server.csr", folder / "extension"
    extension.write_text(LOCALHOST)
    signed = ["openssl", "x509", "-req", "-CAcreateserial", "-days", "2"]
    steps: Sequence[Sequence[str | Path]] = (
        [*new, "-x509", "-days", "2", "-subj", "/CN=a private authority", "-keyout", key, "-out", authority],
        [*new, "-subj", "/CN=localhost", "-keyout", data / "server.key", "-out", request],
        [*signed, "-in", request, "-CA", authority, "-CAkey", key, "-extfile", extension, "-out", data / "server.crt"],
    )
    for step in steps:
        subprocess.run(step, check=True, capture_output=True)
    (data / "server.key").chmod(0o600)
    for name in ("server.key", "server.crt"):
        os.chown(data / name, account.uid, account.gid)
    with (data / "postgresql.conf").open("a") as configuration:
        configuration.write(TLS)
    return authority


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(server: OwnServer, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            server.run("SELECT 1")
        except psycopg2.OperationalError:
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        else:
            return
