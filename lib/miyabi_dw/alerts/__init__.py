"""Incidents and the messages about them: one when it begins, one when it is over, on every channel that is set up."""

import hashlib
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from miyabi_dw.alerts.channels import CHANNELS, ChannelError
from miyabi_dw.alerts.message import DueMessage, compose
from miyabi_dw.common.files import Json
from miyabi_dw.common.redaction import redactor
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, json_value
from miyabi_dw.db.statements import one_or_none_as, rows_as, run_count, value_as, values_as

logger = logging.getLogger(__name__)

# At one attempt an hour after the first few, a channel may be down for a day before a message is given up.
ATTEMPTS_ALLOWED = 30
# What changes from one occurrence of the same trouble to the next: numbers, identifiers, times.
VARYING = re.compile(r"\d[\w:.+-]*|'[^']*'|\"[^\"]*\"")


@dataclass(frozen=True, slots=True)
class Cause:
    """`type`, `what` and `where` say whether two failures are one incident; its message shows the rest too.

    `failure` is all that the registry has of it, where a run failed.
    """

    type: str
    what: str
    where: str = ""
    code: str = ""
    reason: str = ""
    remedy: str = ""
    pipeline: str = ""
    alert_channel: str = ""
    failure: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """What is known, by name."""
        own = {name: value for name, value in asdict(self).items() if value and name != "failure"}
        return {**self.failure, **own}


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
class Delivery:
    """What came of one attempt to send; without an error the channel took it. `not_before` is in seconds."""

    channel: str
    error: str | None = None
    not_before: int = 0


def fingerprint(cause: Cause) -> str:
    """The same for two failures with the same root cause, whatever pipeline met it: a dead source is one incident."""
    parts = (cause.type, VARYING.sub("#", cause.what), cause.where)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def report_failure(
    connection: Connection, settings: Settings, *, run_id: str | None, pipeline: str | None, title: str,
    cause: Cause, severity: str = "critical",
) -> int:  # fmt: skip
    """Opens the incident of `cause` or counts it again; its id. The message is queued once and not while paused."""
    values = {"run_id": run_id, "pipeline": pipeline, "title": title, "severity": severity}
    values |= {"fingerprint": fingerprint(cause), "detail": json_value(cause.as_json())}
    incident_id = value_as(int, connection, "alerts/incidents/open_incident", values)
    if not value_as(bool, connection, "alerts/incidents/is_paused", {"pipeline": pipeline}):
        _queue(connection, settings, [incident_id], "opened")
    return incident_id


def report_success(connection: Connection, settings: Settings, *, run_id: str, pipeline: str) -> int:
    """Ends the incidents that this pipeline's runs met; how many."""
    values = {"run_id": run_id, "pipeline": pipeline}
    over = values_as(int, connection, "alerts/incidents/recover_incidents", values)
    _queue(connection, settings, over, "recovered")
    return len(over)


def report_recovery(connection: Connection, settings: Settings, cause: Cause) -> int:
    """Ends the incident of `cause`, when it is open; for causes that no run stands for, such as a full disk."""
    values = {"fingerprint": fingerprint(cause)}
    over = values_as(int, connection, "alerts/incidents/recover_fingerprint", values)
    _queue(connection, settings, over, "recovered")
    return len(over)


def send_test(settings: Settings) -> list[Delivery]:
    """Sends a test message on every channel that is set up, at once; the outcome of each."""
    return [_attempt(settings, DueMessage("test", name, "test message of Miyabi DW")) for name in _configured(settings)]


def deliver(database: Database, settings: Settings) -> dict[str, int]:
    """Sends what is due, each message in a transaction of its own; counts of delivered and failed."""
    counts = {"delivered": 0, "failed": 0}
    while True:
        with database.connect("etl", application_name="miyabi-dw:alerts") as connection:
            due = one_or_none_as(DueMessage, connection, "alerts/incidents/due_messages")
            if due is None:
                return counts
            counts["delivered" if _send(connection, settings, due) else "failed"] += 1


def incidents(connection: Connection, *, open_only: bool = False, limit: int = 50) -> list[Incident]:
    """Incidents with their messages, open ones first."""
    values = {"open_only": open_only, "limit": limit}
    return rows_as(Incident, connection, "alerts/incidents/incidents", values)


def _send(connection: Connection, settings: Settings, due: DueMessage) -> bool:
    outcome = _attempt(settings, due)
    if outcome.error is None:
        run_count(connection, "alerts/incidents/delivered", {"delivery_id": due.delivery_id})
        logger.info("incident %s: told by %s", due.incident_id, due.channel)
        return True
    pause = {"attempts_allowed": ATTEMPTS_ALLOWED, "not_before": outcome.not_before}
    values = {"delivery_id": due.delivery_id, "error": outcome.error, **pause}
    run_count(connection, "alerts/incidents/not_delivered", values)
    logger.warning("incident %s: not told by %s: %s", due.incident_id, due.channel, outcome.error)
    return False


def _attempt(settings: Settings, due: DueMessage) -> Delivery:
    try:
        CHANNELS[due.channel].send(settings, compose(settings, due))
    except ChannelError as down:
        return Delivery(due.channel, redactor(settings)(str(down)), down.retry_after)
    return Delivery(due.channel)


def _queue(connection: Connection, settings: Settings, incident_ids: Iterable[int], kind: str) -> None:
    for incident_id in incident_ids:
        values = {"incident_id": incident_id, "kind": kind, "channels": _configured(settings)}
        run_count(connection, "alerts/incidents/queue_message", values)


def _configured(settings: Settings) -> list[str]:
    return [name for name, channel in CHANNELS.items() if channel.is_configured(settings)]
