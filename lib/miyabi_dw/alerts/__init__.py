"""Incidents and the messages about them: one when it begins, one when it is over, on every channel that is set up."""

import logging

from miyabi_dw.alerts import outage
from miyabi_dw.alerts.cause import AWAY, Cause, fingerprint
from miyabi_dw.alerts.channels import attempt, configured
from miyabi_dw.alerts.delivery import ATTEMPTS_ALLOWED, Delivery
from miyabi_dw.alerts.message import DueMessage
from miyabi_dw.alerts.outage import adopt, cause_of_outage, tell
from miyabi_dw.alerts.records import (
    Fault,
    Incident,
    faults,
    incidents,
    report_failure,
    report_recovery,
    report_success,
)
from miyabi_dw.alerts.spool import waiting
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.statements import one_or_none_as, run_count

__all__ = [
    "AWAY", "Cause", "Delivery", "Fault", "Incident", "adopt", "cause_of_outage", "deliver", "faults", "fingerprint",
    "incidents", "report_failure", "report_recovery", "report_success", "send_test", "tell", "waiting",
]  # fmt: skip

logger = logging.getLogger(__name__)


def send_test(settings: Settings) -> list[Delivery]:
    """Sends a test message on every channel that is set up, at once; the outcome of each."""
    return [attempt(settings, DueMessage("test", name, "test message of Miyabi DW")) for name in configured(settings)]


def deliver(database: Database, settings: Settings) -> dict[str, int]:
    """Sends what is due, each message in a transaction of its own; counts of delivered and failed.

    What waits outside of the warehouse is handed to it first, or is sent from there when that cannot be.
    """
    if not adopt(database, settings):
        outage.deliver(settings)
    counts = {"delivered": 0, "failed": 0}
    while True:
        with database.connect("etl", application_name="miyabi-dw:alerts") as connection:
            due = one_or_none_as(DueMessage, connection, "alerts/incidents/due_messages")
            if due is None:
                return counts
            counts["delivered" if _send(connection, settings, due) else "failed"] += 1


def _send(connection: Connection, settings: Settings, due: DueMessage) -> bool:
    outcome = attempt(settings, due)
    pause = {"attempts_allowed": ATTEMPTS_ALLOWED, "not_before": outcome.not_before}
    said = {"is_taken": outcome.is_taken, "error": outcome.error, "refused": list(outcome.refused) or None}
    run_count(connection, "alerts/incidents/attempted", {"delivery_id": due.delivery_id, **said, **pause})
    level = logging.WARNING if outcome.error else logging.INFO
    verdict = "told" if outcome.is_taken else "not told"
    logger.log(level, "incident %s: %s by %s %s", due.incident_id, verdict, due.channel, outcome.error or "")
    return outcome.is_taken
