"""Incidents and the messages about them: one when it begins, one when it is over, on every channel that is set up."""

import hashlib
import logging
import re
from collections.abc import Mapping
from typing import Any

from miyabi_dw.alerts.channels import CHANNELS, ChannelError
from miyabi_dw.alerts.message import compose
from miyabi_dw.common.redaction import redactor
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, Database, json_value

logger = logging.getLogger(__name__)

# At one attempt an hour after the first few, a channel may be down for a day before a message is given up.
ATTEMPTS_ALLOWED = 30
# What changes from one occurrence of the same trouble to the next: numbers, identifiers, times.
VARYING = re.compile(r"\d[\w:.+-]*|'[^']*'|\"[^\"]*\"")


def fingerprint(cause: Mapping[str, Any]) -> str:
    """The same for two failures with the same root cause, whatever pipeline met it: a dead source is one incident."""
    kind, what, where = (str(cause.get(key) or "") for key in ("type", "what", "where"))
    return hashlib.sha256("\n".join((kind, VARYING.sub("#", what), where)).encode()).hexdigest()[:16]


def report_failure(
    connection: Connection, settings: Settings, *, run_id: str | None, pipeline: str | None, title: str,
    cause: Mapping[str, Any], severity: str = "critical",
) -> int:  # fmt: skip
    """Opens the incident of `cause` or counts it again; its id. The message is queued once and not while paused."""
    values = {"run_id": run_id, "pipeline": pipeline, "title": title, "severity": severity}
    values |= {"fingerprint": fingerprint(cause), "detail": json_value(dict(cause))}
    incident = statements.run(connection, "alerts/incidents/open_incident", values)[0]
    if not _is_paused(connection, pipeline):
        _queue(connection, settings, [incident], "opened")
    return int(incident["incident_id"])


def report_success(connection: Connection, settings: Settings, *, run_id: str, pipeline: str) -> int:
    """Ends the incidents that this pipeline's runs met; how many."""
    over = statements.run(connection, "alerts/incidents/recover_incidents", {"run_id": run_id, "pipeline": pipeline})
    _queue(connection, settings, over, "recovered")
    return len(over)


def report_recovery(connection: Connection, settings: Settings, cause: Mapping[str, Any]) -> int:
    """Ends the incident of `cause`, when it is open; for causes that no run stands for, such as a full disk."""
    over = statements.run(connection, "alerts/incidents/recover_fingerprint", {"fingerprint": fingerprint(cause)})
    _queue(connection, settings, over, "recovered")
    return len(over)


def send_test(settings: Settings) -> list[dict[str, Any]]:
    """Sends a test message on every channel that is set up, at once; the outcome of each."""
    incident = {
        "kind": "test", "title": "test message of Miyabi DW", "severity": "warning", "detail": {}, "incident_id": 0,
    }  # fmt: skip
    return [_attempt(settings, incident | {"channel": name}) for name in _configured(settings)]


def deliver(database: Database, settings: Settings) -> dict[str, int]:
    """Sends what is due, each message in a transaction of its own; counts of delivered and failed."""
    counts = {"delivered": 0, "failed": 0}
    while True:
        with database.connect("etl", application_name="miyabi-dw:alerts") as connection:
            due = statements.run(connection, "alerts/incidents/due_messages")
            if not due:
                return counts
            counts["delivered" if _send(connection, settings, due[0]) else "failed"] += 1


def incidents(connection: Connection, *, open_only: bool = False, limit: int = 50) -> list[dict[str, Any]]:
    """Incidents with their messages, open ones first."""
    return statements.run(connection, "alerts/incidents/incidents", {"open_only": open_only, "limit": limit})


def _send(connection: Connection, settings: Settings, message: dict[str, Any]) -> bool:
    outcome = _attempt(settings, message)
    values = {"delivery_id": message["delivery_id"], "attempts_allowed": ATTEMPTS_ALLOWED}
    if outcome["error"] is None:
        statements.run(connection, "alerts/incidents/delivered", values)
        logger.info("incident %s: told by %s", message["incident_id"], message["channel"])
        return True
    values |= {"error": outcome["error"], "not_before": outcome["not_before"]}
    statements.run(connection, "alerts/incidents/not_delivered", values)
    logger.warning("incident %s: not told by %s: %s", message["incident_id"], message["channel"], outcome["error"])
    return False


def _attempt(settings: Settings, message: dict[str, Any]) -> dict[str, Any]:
    channel = message["channel"]
    outcome: dict[str, Any] = {"channel": channel, "error": None, "not_before": 0}
    try:
        CHANNELS[channel].send(settings, compose(settings, message))
    except ChannelError as down:
        outcome |= {"error": redactor(settings)(str(down)), "not_before": down.retry_after}
    return outcome


def _queue(connection: Connection, settings: Settings, found: list[dict[str, Any]], kind: str) -> None:
    for incident in found:
        values = {"incident_id": incident["incident_id"], "kind": kind, "channels": _configured(settings)}
        statements.run(connection, "alerts/incidents/queue_message", values)


def _configured(settings: Settings) -> list[str]:
    return [name for name, channel in CHANNELS.items() if channel.is_configured(settings)]


def _is_paused(connection: Connection, pipeline: str | None) -> bool:
    return bool(statements.run(connection, "alerts/incidents/is_paused", {"pipeline": pipeline})[0]["is_paused"])
