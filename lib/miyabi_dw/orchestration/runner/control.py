"""Stops a run from outside, and pauses what is scheduled."""

import contextlib
import os
import signal
import socket
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from miyabi_dw import registry
from miyabi_dw.common.errors import BadRequest, Busy
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.statements import run, run_count
from miyabi_dw.orchestration.runner import recover_lost
from miyabi_dw.orchestration.runner.wait import wait_until
from miyabi_dw.registry import FINAL

POLITE_SECONDS = 15.0
FORCED_SECONDS = 15.0


def cancel(database: Database, given: str) -> dict[str, Any]:
    """Ends a run wherever it runs, its queries included; the run's row as it then is."""
    with database.connect("etl", autocommit=True) as connection:
        row = registry.find_run(connection, given)
        if row["state"] in FINAL:
            raise BadRequest(f"the run has already {row['state']}", row["run_id"], "there is nothing to cancel")
        run_count(connection, "orchestration/runner/cancel", {"run_id": row["run_id"]})
        if not row["is_alive"]:
            recover_lost.mark_lost(connection, database)
    if row["is_alive"] and not _ended(database, row["run_id"], POLITE_SECONDS):
        _force(database, row)
    with database.connect("etl") as connection:
        return registry.get_run(connection, row["run_id"])


def _ended(database: Database, run_id: str, seconds: float) -> bool:
    with database.connect("etl", autocommit=True) as connection:
        return wait_until(lambda: registry.get_run(connection, run_id)["state"] in FINAL, seconds)


def _force(database: Database, row: Mapping[str, Any]) -> None:
    """The run does not listen: takes its sessions away, and its process when it is one of this host."""
    recover_lost.end_sessions(database, row["run_id"])
    if row["host"] == socket.gethostname():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(row["pid"], signal.SIGTERM)
    if not _ended(database, row["run_id"], FORCED_SECONDS):
        where = f"process {row['pid']} on {row['host']}"
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


def paused(database: Database, now: datetime) -> dict[str, dict[str, Any]]:
    """What is paused now, by pipeline."""
    with database.connect("etl") as connection:
        return pauses(connection, now)


def pauses(connection: Connection, now: datetime) -> dict[str, dict[str, Any]]:
    return {row["pipeline"]: row for row in run(connection, "orchestration/runner/pause_list", {"now": now})}
