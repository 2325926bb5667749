"""The database servers: their versions and clocks."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection
from miyabi_dw.operations.doctor.diagnosis import Diagnosis, Installation, State

OLDEST = 150_000
SKEW_WARNING, SKEW_CRITICAL = 5, 60


@dataclass(frozen=True, slots=True)
class Server:
    """Version, clock (seconds since 1970) and memory settings (bytes) of a server, and how many are connected."""

    version: int
    version_text: str
    clock: Decimal
    shared_buffers: int
    work_mem: int
    connections: int


def read_server(connection: Connection) -> Server:
    return statements.one_as(Server, connection, "operations/doctor/server")


def versions(installation: Installation) -> Iterator[Diagnosis]:
    for name, connection in _servers(installation):
        server = read_server(connection)
        if server.version < OLDEST:
            what = f"the {name}'s PostgreSQL is older than 15"
            yield Diagnosis("versions", "critical", what, server.version_text, "update the server to 15 or later")
        else:
            yield Diagnosis("versions", "ok", f"the {name} is PostgreSQL {server.version_text}")


def clocks(installation: Installation) -> Iterator[Diagnosis]:
    for name, connection in _servers(installation):
        before = time.time()
        clock = read_server(connection).clock
        middle = Decimal((before + time.time()) / 2)
        skew = abs(float(clock - middle))
        if skew > SKEW_WARNING:
            state: State = "critical" if skew > SKEW_CRITICAL else "warning"
            what = f"the clocks of this host and of the {name} are {skew:,.0f} s apart"
            yield Diagnosis("clock", state, what, "runs are recorded by both", "set both by the same time server (NTP)")
        else:
            yield Diagnosis("clock", "ok", f"the {name}'s clock is this host's", f"{skew:.1f} s apart")


def _servers(installation: Installation) -> list[tuple[str, Connection]]:
    known = (("source", installation.source), ("warehouse", installation.warehouse))
    return [(name, connection) for name, connection in known if connection is not None]
