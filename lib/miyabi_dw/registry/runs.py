"""The run registry, schema ops: every run, stage and attempt is a row, written by the runner, never by a notebook."""

import difflib
import getpass
import logging
import os
import re
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

import miyabi_dw
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.files import Json
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.signals import process_exists
from miyabi_dw.common.timeframe import Interval
from miyabi_dw.db.connection import Connection, json_value
from miyabi_dw.db.statements import one_or_none_as, rows_as, run_count, value_as, values_as
from miyabi_dw.registry.failures import RunFailure

logger = logging.getLogger(__name__)

RunState = Literal["queued", "running", "succeeded", "failed", "skipped", "lost", "cancelled"]
Trigger = Literal["schedule", "catchup", "manual", "backfill", "resume", "replay", "stage", "notebook", "demo"]
FINAL: frozenset[RunState] = frozenset({"succeeded", "failed", "skipped", "lost", "cancelled"})

SHARED_SETTINGS = (
    "business_timezone",
    "source_timezone",
    "incident_types",
    "rework_types",
    "incident_attribution_days",
    "ignored_authors",
    "test_coverage_threshold",
    "lookback_days",
)


@dataclass(frozen=True, slots=True)
class NewRun:
    """What is known of a run before it begins."""

    run_id: str
    pipeline: str
    interval: Interval | None
    as_of: datetime
    trigger: Trigger
    parent_run_id: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    requested_by: str | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as recorded. It `is_alive` while a process has its lock; `seconds` count on so long, then are None."""

    run_number: int
    run_id: str
    pipeline: str
    interval_start: datetime | None
    interval_end: datetime | None
    as_of: datetime
    trigger: Trigger
    parent_run_id: str | None
    parameters: dict[str, str]
    state: RunState
    reason: str | None
    error: Json | None
    host: str
    pid: int
    requested_by: str | None
    code_version: str | None
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancel_requested_at: datetime | None
    archive_path: str | None
    archive_error: str | None
    manifest_sha256: str | None
    is_alive: bool
    seconds: Decimal | None

    @property
    def interval(self) -> Interval | None:
        if self.interval_start is None or self.interval_end is None:
            return None
        return Interval(self.interval_start, self.interval_end)

    @property
    def is_vanished(self) -> bool:
        """Whether its process is gone and nobody has recorded that yet. A notebook run by hand takes no lock."""
        if self.state in FINAL or self.is_alive:
            return False
        return not self.run_id.startswith("manual-") or (
            self.host == socket.gethostname() and not process_exists(self.pid)
        )

    def as_seen(self) -> "RunRecord":
        """The run as it is at this look, whoever records it later: a vanished one is lost."""
        if not self.is_vanished:
            return self
        reason = self.reason or f"process {self.pid} on {self.host} vanished without a word"
        return replace(self, state="lost", reason=reason, seconds=None)

    @property
    def failure(self) -> RunFailure | None:
        """The column `error`, read."""
        return RunFailure.from_column(self.error)


@dataclass(frozen=True, slots=True)
class StageAttempt:
    """One attempt of one stage, both counted from 1; `notebook` is the file that it left in the run's folder."""

    stage: str
    attempt: int
    position: int
    state: RunState
    started_at: datetime
    finished_at: datetime | None
    cells_total: int | None
    cells_completed: int | None
    engine: str | None
    notebook: str | None
    error: Json | None
    seconds: Decimal


def manual_run_id(pipeline: str, interval: Interval) -> str:
    """The same for each of the five notebooks run by hand on one interval."""
    return f"manual-{pipeline}-{interval.start:%Y%m%dT%H}"


def new_run_id(short: str, moment: datetime | None = None) -> str:
    """An identifier that sorts by time and cannot meet another one of the same second."""
    at = (moment or datetime.now(UTC)).astimezone(UTC)
    return f"{at:%Y%m%dT%H%M%SZ}-{short}-{secrets.token_hex(3)}"


def run_schema(run_id: str) -> str:
    """The schema of the run's batch tables."""
    return "run_" + re.sub(r"[^a-z0-9]", "_", run_id.lower())


def application_name(run_id: str) -> str:
    """The name that each session working for the run bears, so that all of them can be found and ended."""
    return f"miyabi-dw:{run_id}"


def record_run(connection: Connection, new: NewRun) -> int:
    """Records the run as queued, or finds it when it is known already; its run_number."""
    run_count(connection, "registry/runs/run_insert", _insertable(new))
    return get_run(connection, new.run_id).run_number


def _insertable(new: NewRun) -> dict[str, object]:
    return {
        "run_id": new.run_id,
        "pipeline": new.pipeline,
        "interval_start": new.interval and new.interval.start,
        "interval_end": new.interval and new.interval.end,
        "as_of": new.as_of,
        "trigger": new.trigger,
        "parent_run_id": new.parent_run_id,
        "parameters": json_value(dict(new.parameters)),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "requested_by": new.requested_by or whoami(),
        "code_version": miyabi_dw.__version__,
    }


def whoami() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def start_run(connection: Connection, run_id: str) -> bool:
    """False when the run has been ended by somebody else meanwhile."""
    return run_count(connection, "registry/runs/run_start", {"run_id": run_id}) == 1


def finish_run(
    connection: Connection,
    run_id: str,
    state: RunState,
    reason: str | None = None,
    failure: RunFailure | None = None,
) -> bool:
    """Records how the run ended; False when that was recorded before, which then is kept."""
    values = {"run_id": run_id, "state": state, "reason": reason, "error": _column(failure)}
    logger.info("%s has %s%s", run_id, state, f": {reason}" if reason else "")
    return run_count(connection, "registry/runs/run_finish", values) == 1


def note_archive_error(connection: Connection, run_id: str, problem: str) -> None:
    """Remembers why the run has no page yet."""
    run_count(connection, "registry/runs/run_archive_error", {"run_id": run_id, "problem": problem})


def start_attempt(connection: Connection, run_id: str, stage: str, position: int, cells_total: int | None) -> int:
    """Records that a stage begins; which attempt it is, from 1."""
    values = {"run_id": run_id, "stage": stage, "position": position, "cells_total": cells_total}
    return value_as(int, connection, "registry/runs/attempt_start", values)


def record_progress(connection: Connection, run_id: str, stage: str, attempt: int, done: int, total: int) -> None:
    values = {"run_id": run_id, "stage": stage, "attempt": attempt, "cells_completed": done, "cells_total": total}
    run_count(connection, "registry/runs/attempt_progress", values)


def finish_attempt(
    connection: Connection,
    run_id: str,
    stage: str,
    attempt: int,
    state: RunState,
    *,
    cells: tuple[int, int] | None = None,
    engine: str | None = None,
    notebook: str | None = None,
    failure: RunFailure | None = None,
) -> None:
    """Records how an attempt ended; `cells` are those completed and those there are."""
    done, total = cells or (None, None)
    values = {"run_id": run_id, "stage": stage, "attempt": attempt, "state": state, "engine": engine}
    values |= {"cells_completed": done, "cells_total": total, "notebook": notebook}
    run_count(connection, "registry/runs/attempt_finish", values | {"error": _column(failure)})


def _column(failure: RunFailure | None) -> object:
    return failure and json_value(failure.as_json())


def get_run(connection: Connection, run_id: str) -> RunRecord:
    """The run of that identifier; BadRequest with the nearest ones when there is none."""
    found = one_or_none_as(RunRecord, connection, "registry/runs/run_by_id", {"run_id": run_id})
    if found is None:
        raise BadRequest(f"there is no run {run_id!r}", remedy=_near(run_id, _run_ids(connection)))
    return found


def _run_ids(connection: Connection) -> list[str]:
    return values_as(str, connection, "registry/runs/run_ids")


def _near(wanted: str, known: list[str]) -> str:
    near = [run_id for run_id in known if run_id.startswith(wanted) or wanted in run_id][:3]
    near = near or difflib.get_close_matches(wanted, known, n=3)
    return f"did you mean {' or '.join(near)}?" if near else "list them with `miyabi-dw runs`"


def find_run(connection: Connection, given: str) -> RunRecord:
    """The run with that identifier, or the only one whose identifier contains it; `latest` is the youngest."""
    if given == "latest":
        youngest = list_runs(connection, limit=1)
        return youngest[0] if youngest else get_run(connection, given)
    matching = [run_id for run_id in _run_ids(connection) if given and given in run_id]
    return get_run(connection, matching[0] if len(matching) == 1 else given)


def list_runs(
    connection: Connection,
    *,
    pipeline: str | None = None,
    state: str | None = None,
    since: datetime | None = None,
    after: str | None = None,
    limit: int = 20,
) -> list[RunRecord]:
    """Youngest first, those that follow the run `after`; a vanished one is found as lost."""
    values = {"pipeline": pipeline, "state": state, "since": since, "after": after, "limit": limit}
    return rows_as(RunRecord, connection, "registry/runs/run_list", values)


def attempts(connection: Connection, run_id: str) -> list[StageAttempt]:
    """Every attempt of every stage, in the order in which they began."""
    return rows_as(StageAttempt, connection, "registry/runs/attempt_list", {"run_id": run_id})


def sync_settings(connection: Connection, settings: Settings) -> None:
    """Writes the settings that views and marts read to ops.setting; several values are joined by commas, none is ''."""
    values = {name: _as_text(getattr(settings, name)) for name in SHARED_SETTINGS}
    run_count(connection, "registry/runs/setting_put", {"settings": json_value(values)})


def _as_text(value: object) -> str:
    if isinstance(value, tuple | list):
        return ",".join(map(str, value))
    return "" if value is None else str(value)
