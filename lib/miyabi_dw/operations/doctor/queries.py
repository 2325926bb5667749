"""What holds others up: slow statements, who blocks whom, locks of the dead."""

from collections.abc import Iterator, Mapping
from typing import Any

from miyabi_dw.common.redaction import redacted
from miyabi_dw.db import statements
from miyabi_dw.operations.doctor.diagnosis import Diagnosis, Patient

SLOW_SECONDS, BLOCKED_SECONDS = 300, 30


def slow(patient: Patient) -> Iterator[Diagnosis]:
    if patient.warehouse is None:
        return
    values = {"slow_seconds": SLOW_SECONDS, "blocked_seconds": BLOCKED_SECONDS}
    rows = statements.run(patient.warehouse, "operations/doctor/slow_queries", values)
    yield from map(_slow, rows)
    if not rows:
        yield Diagnosis("slow queries", "ok", "no statement runs long and none is blocked")


def _slow(row: Mapping[str, Any]) -> Diagnosis:
    evidence = f"process {row['pid']} of {row['application_name'] or row['user_name']}: {_line(row['query'])}"
    if row["blocker_pid"] is None:
        remedy = (
            f"miyabi-dw tune list; to end it: miyabi-dw psql --admin -- -c 'SELECT pg_cancel_backend({row['pid']})'"
        )
        return Diagnosis("slow queries", "warning", f"a statement runs for {row['seconds']} s", evidence, remedy)
    blocker = row["blocker_application"] or "unnamed"
    what = f"process {row['pid']} has waited {row['seconds']} s for process {row['blocker_pid']} ({blocker})"
    evidence += f"; the other is {row['blocker_state']}: {_line(row['blocker_query'])}"
    ending = f"pg_terminate_backend({row['blocker_pid']})"
    remedy = f"finish the other's work, or end it with {ending} in miyabi-dw psql --admin"
    return Diagnosis("slow queries", "critical", what, evidence, remedy)


def _line(query: str | None) -> str:
    return redacted(" ".join((query or "").split()))[:200]


def stale(patient: Patient) -> Iterator[Diagnosis]:
    if patient.warehouse is None:
        return
    for row in statements.run(patient.warehouse, "operations/doctor/stale"):
        since = f"since {row['since']:%Y-%m-%d %H:%M} UTC"
        if row["kind"] == "run":
            what, remedy = f"{row['name']} claims to run and nobody runs it", f"miyabi-dw cancel {row['name']}"
        else:
            what = f"process {row['name']} has left a transaction open"
            remedy = "end that program; its locks and old row versions stay until then"
        yield Diagnosis("stale lock", "warning", what, since, remedy)
