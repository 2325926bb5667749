"""Stops a run from outside, and pauses what is scheduled."""

import contextlib
import os
import signal
import socket
from dataclasses import dataclass
from datetime import datetime

from miyabi_dw import registry
from miyabi_dw.common.errors import BadRequest, Busy
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.statements import rows_as, run_count
from miyabi_dw.orchestration.runner import recover_lost
from miyabi_dw.registry import FINAL, RunRecord

POLITE_SECONDS = 15.0
FORCED_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Pause:
    """The schedule does not start the pipeline before `paused_until`, None being for good."""

    pipeline: str
    paused_at: datetime
    paused_until: datetime | None
    paused_by: str
    why: str

    def __str__(self) -> str:
        until = f" until {self.paused_until:%Y-%m-%d %H:%M} UTC" if self.paused_until else ""
        return f"by {self.paused_by}{until}: {self.why}"


def cancel(database: Database, given: str) -> RunRecord:
    """Ends a run wherever it runs, its queries included; the run as it then is."""
    with database.connect("etl", autocommit=True) as connection:
        found = registry.find_run(connection, given)
        if found.state in FINAL:
            raise BadRequest(f"the run has already {found.state}", found.run_id, "there is nothing to cancel")
        run_count(connection, "orchestration/runner/cancel", {"run_id": found.run_id})
        if not found.is_alive:
            recover_lost.mark_lost(connection, database)
    if found.is_alive and not _ended(database, found.run_id, POLITE_SECONDS):
        _force(database, found)
    with database.connect("etl") as connection:
        return registry.get_run(connection, found.run_id)


def _ended(database: Database, run_id: str, seconds: float) -> bool:
    with database.connect("etl", autocommit=True) as connection:
        return recover_lost.wait_until(lambda: registry.get_run(connection, run_id).state in FINAL, seconds)


def _force(database: Database, found: RunRecord) -> None:
    """The run does not listen: takes its sessions away, and its process when it is one of this host."""
    recover_lost.end_sessions(database, found.run_id)
    if found.host == socket.gethostname():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(found.pid, signal.SIGTERM)
    if not _ended(database, found.run_id, FORCED_SECONDS):
        where = f"process {found.pid} on {found.host}"
        raise Busy("the run does not end", where, "end that process; the next run marks this one lost")


def pause(database: Database, pipeline: str, until: datetime | None, why: str) -> None:
    """Keeps the schedule from starting the pipeline; a run that is asked for by name still runs."""
    values = {"pipeline": pipeline, "paused_until": until, "paused_by": registry.whoami() or "unknown", "why": why}
    with database.connect("etl") as connection:
        run_count(connection, "orchestration/runner/pause_put", values)


def unpause(database: Database, pipeline: str) -> bool:
    """False when it was not paused."""
    with database.connect("etl") as connection:
        return run_count(connection, "orchestration/runner/pause_remove", {"pipeline": pipeline}) == 1


def paused(database: Database, now: datetime) -> dict[str, Pause]:
    """What is paused now, by pipeline."""
    with database.connect("etl") as connection:
        return pauses(connection, now)


def pauses(connection: Connection, now: datetime) -> dict[str, Pause]:
    found = rows_as(Pause, connection, "orchestration/runner/pause_list", {"now": now})
    return {pause.pipeline: pause for pause in found}
