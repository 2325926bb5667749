"""Makes good what a vanished run left: it is marked lost, its sessions are ended, its half-made batch is dropped."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.db.connection import Connection, Database, DatabaseError, Role
from miyabi_dw.db.statements import rows_as, run, run_count, values_as
from miyabi_dw.registry import application_name, run_schema

ENDING_SECONDS, POLL_SECONDS = 10.0, 0.05
# A failed run can be resumed from where it failed for a week; later its interval is simply run again.
KEEP_BATCH_DAYS = 7


@dataclass(frozen=True, slots=True)
class LostRun:
    """A run whose process vanished, and the reason that was recorded."""

    run_id: str
    pipeline: str
    interval_start: datetime | None
    interval_end: datetime | None
    queued_at: datetime
    reason: str


def mark_lost(connection: Connection, database: Database) -> list[LostRun]:
    """The runs found lost just now; safe to call at any time, from anywhere."""
    lost = rows_as(LostRun, connection, "orchestration/runner/mark_lost")
    for each in lost:
        end_sessions(database, each.run_id)
        drop_batch(connection, each.run_id)
    return lost


def end_sessions(database: Database, run_id: str) -> int:
    """Ends what works for the run in both databases, as far as they can be reached; how many sessions there were."""
    return _end_sessions(database, "etl", run_id) + _end_sessions(database, "source", run_id)


def _end_sessions(database: Database, role: Role, run_id: str) -> int:
    name = {"application_name": application_name(run_id)}
    # A database that cannot be reached has no session of ours either.
    with contextlib.suppress(MiyabiError, DatabaseError), database.connect(role, autocommit=True) as connection:
        run(connection, "orchestration/runner/session_as_login")
        ended = run(connection, "orchestration/runner/sessions_end", name)
        if ended:
            wait_until(lambda: not run(connection, "orchestration/runner/sessions", name), ENDING_SECONDS)
        return len(ended)
    return 0


def drop_outdated(connection: Connection) -> list[str]:
    """Drops the batches of runs that nobody will resume any more; their schemas."""
    outdated = values_as(str, connection, "orchestration/batch/outdated", {"days": KEEP_BATCH_DAYS})
    for schema in outdated:
        run_count(connection, "orchestration/batch/drop", schema=schema)
    return outdated


def drop_batch(connection: Connection, run_id: str) -> None:
    run_count(connection, "orchestration/batch/drop", schema=run_schema(run_id))


def wait_until(is_so: Callable[[], bool], seconds: float) -> bool:
    """False when it is still not so after `seconds`."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(POLL_SECONDS)
    return True
