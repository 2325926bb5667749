"""What makes others wait: slow statements, who blocks whom, locks whose owner is gone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from miyabi_dw.common.redaction import redacted
from miyabi_dw.db import statements
from miyabi_dw.operations.doctor.diagnosis import Diagnosis, Installation

SLOW_SECONDS, BLOCKED_SECONDS = 300, 30


@dataclass(frozen=True, slots=True)
class SlowQuery:
    """A statement that has run for long or is blocked; the blocker's fields are null when nobody blocks it."""

    pid: int
    seconds: Decimal
    user_name: str | None
    application_name: str | None
    query: str | None
    blocker_pid: int | None
    blocker_application: str | None
    blocker_state: str | None
    blocker_query: str | None


@dataclass(frozen=True, slots=True)
class StaleLock:
    """A run without a process, or a transaction left open, since when."""

    kind: str
    name: str
    since: datetime


def slow(installation: Installation) -> Iterator[Diagnosis]:
    if installation.warehouse is None:
        return
    values = {"slow_seconds": SLOW_SECONDS, "blocked_seconds": BLOCKED_SECONDS}
    rows = statements.rows_as(SlowQuery, installation.warehouse, "operations/doctor/slow_queries", values)
    yield from map(_slow, rows)
    if not rows:
        yield Diagnosis("slow queries", "ok", "no statement runs long and none is blocked")


def _slow(row: SlowQuery) -> Diagnosis:
    evidence = f"process {row.pid} of {row.application_name or row.user_name}: {_line(row.query)}"
    if row.blocker_pid is None:
        remedy = f"miyabi-dw tune list; to end it: miyabi-dw psql --admin -- -c 'SELECT pg_cancel_backend({row.pid})'"
        return Diagnosis("slow queries", "warning", f"a statement runs for {row.seconds} s", evidence, remedy)
    blocker = row.blocker_application or "unnamed"
    what = f"process {row.pid} has waited {row.seconds} s for process {row.blocker_pid} ({blocker})"
    evidence += f"; the other is {row.blocker_state}: {_line(row.blocker_query)}"
    ending = f"pg_terminate_backend({row.blocker_pid})"
    remedy = f"finish the other's work, or end it with {ending} in miyabi-dw psql --admin"
    return Diagnosis("slow queries", "critical", what, evidence, remedy)


def _line(query: str | None) -> str:
    return redacted(" ".join((query or "").split()))[:200]


def stale(installation: Installation) -> Iterator[Diagnosis]:
    if installation.warehouse is None:
        return
    for row in statements.rows_as(StaleLock, installation.warehouse, "operations/doctor/stale"):
        since = f"since {installation.clock.minute(row.since)}"
        if row.kind == "run":
            what, remedy = f"{row.name} claims to run and nobody runs it", f"miyabi-dw cancel {row.name}"
        else:
            what = f"process {row.name} has left a transaction open"
            remedy = "end that program; its locks and old row versions stay until then"
        yield Diagnosis("stale lock", "warning", what, since, remedy)
