"""Incidents in the warehouse: opened, counted again, ended; and the messages about them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from miyabi_dw.alerts.cause import Cause, fingerprint, storable
from miyabi_dw.alerts.channels import configured
from miyabi_dw.alerts.spool import Spooled
from miyabi_dw.common.files import Json
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, json_value
from miyabi_dw.db.statements import one_as, rows_as, run_count, value_as, values_as


@dataclass(frozen=True, slots=True)
class Incident:
    """`messages` are objects of kind, channel, state, attempts, last_error; `detail` is what is known of its cause."""

    incident_id: int
    severity: str
    pipeline: str | None
    title: str
    occurrences: int
    opened_at: datetime
    last_seen_at: datetime
    recovered_at: datetime | None
    last_run_id: str | None
    detail: Json
    messages: list[Json]


@dataclass(frozen=True, slots=True)
class Opened:
    """`came_back`: it was open, its pipeline had succeeded elsewhere meanwhile, and now it is met again.

    `is_worse`: it was open with a lower rank.
    """

    incident_id: int
    came_back: bool
    is_worse: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """What the last message on a channel met."""

    channel: str
    problem: str


def report_failure(
    connection: Connection, settings: Settings, *, run_id: str | None, pipeline: str | None, title: str,
    cause: Cause, severity: str = "critical",
) -> int:  # fmt: skip
    """Opens the incident of `cause` or counts it again; its id. The message is queued once and not while paused.

    Where the cause has a higher rank than before, that is told, too.
    """
    values = {"run_id": run_id, "pipeline": pipeline, "title": storable(title), "severity": severity}
    values |= {"fingerprint": fingerprint(cause), "detail": json_value(cause.as_json())}
    found = one_as(Opened, connection, "alerts/incidents/open_incident", values)
    if not value_as(bool, connection, "alerts/incidents/is_paused", {"pipeline": pipeline}):
        queue(connection, settings, [found.incident_id], "opened")
        if found.came_back:
            queue(connection, settings, [found.incident_id], "again")
        if found.is_worse:
            queue(connection, settings, [found.incident_id], "worse")
    return found.incident_id


def report_success(connection: Connection, settings: Settings, *, run_id: str, pipeline: str) -> int:
    """Ends the incidents whose last open run this one has made good; how many."""
    values = {"run_id": run_id, "pipeline": pipeline}
    over = values_as(int, connection, "alerts/incidents/recover_incidents", values)
    queue(connection, settings, over, "recovered")
    return len(over)


def report_recovery(connection: Connection, settings: Settings, cause: Cause) -> int:
    """Ends the incident of `cause`, when it is open; for causes that no run stands for, such as a full disk."""
    return recover(connection, settings, fingerprint(cause))


def recover(connection: Connection, settings: Settings, fingerprint: str) -> int:
    """Ends the incident with that fingerprint, unless a run that met it is still to be made good; how many."""
    over = values_as(int, connection, "alerts/incidents/recover_fingerprint", {"fingerprint": fingerprint})
    queue(connection, settings, over, "recovered")
    return len(over)


def adopt(connection: Connection, message: Spooled) -> int:
    """The incident of a message that was told without the warehouse, with what came of it on each channel."""
    names = ("fingerprint", "title", "opened_at", "pipeline", "run_id", "severity")
    values = {name: getattr(message, name) for name in names} | {"detail": json_value(message.detail)}
    incident_id = value_as(int, connection, "alerts/incidents/adopt_incident", values)
    for channel, told in message.told.items():
        known = {"state": told.state, "attempts": told.attempts, "next_attempt_at": told.next_attempt_at}
        known |= {"error": told.error, "refused": list(told.refused) or None}
        values = {"incident_id": incident_id, "channel": channel, **known}
        run_count(connection, "alerts/incidents/adopt_message", values)
    return incident_id


def queue(connection: Connection, settings: Settings, incident_ids: Iterable[int], kind: str) -> None:
    """One message on each channel that is set up; none where that kind has been told already."""
    for incident_id in incident_ids:
        values = {"incident_id": incident_id, "kind": kind, "channels": configured(settings)}
        run_count(connection, "alerts/incidents/queue_message", values)


def incidents(connection: Connection, *, open_only: bool = False, limit: int = 50) -> list[Incident]:
    """Incidents with their messages, open ones first."""
    values = {"open_only": open_only, "limit": limit}
    return rows_as(Incident, connection, "alerts/incidents/incidents", values)


def faults(connection: Connection) -> list[Fault]:
    """Channels and addresses that did not get their last message."""
    return rows_as(Fault, connection, "alerts/incidents/faults")
