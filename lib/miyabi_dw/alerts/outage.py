"""Alerts without a warehouse: told from the spool, and taken over by the warehouse when it is back."""

import contextlib
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from miyabi_dw.alerts import records, spool
from miyabi_dw.alerts.cause import Cause, fingerprint, storable
from miyabi_dw.alerts.channels import attempt, configured
from miyabi_dw.alerts.delivery import ATTEMPTS_ALLOWED, Delivery
from miyabi_dw.alerts.message import DueMessage
from miyabi_dw.alerts.spool import Spool, Spooled, Told
from miyabi_dw.common.error_codes import CODES
from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.redaction import redact_all, redactor
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, DatabaseError
from miyabi_dw.db.errors import code_of, redacted_error

logger = logging.getLogger(__name__)


def cause_of_outage(database: Database, error: Exception) -> Cause:
    """Why the warehouse cannot be used: the same incident for everybody who meets it."""
    if isinstance(error, MiyabiError):
        return Cause(error.code, error.what, error.where or database.describe("etl"), error.code, remedy=error.remedy)
    code = code_of(error) or "error"
    # A server repeats the statement, which is of no use to whoever reads the message.
    what = redacted_error(error).partition(" LINE ")[0]
    return Cause(code, what, database.describe("etl"), code, remedy=CODES[code].remedy)


def tell(
    settings: Settings, cause: Cause, title: str, *, is_outage: bool = True, pipeline: str | None = None,
    run_id: str | None = None,
) -> None:  # fmt: skip
    """Tells at once what the warehouse cannot record, once on each channel, whoever else meets it; never raises."""
    detail = redact_all(cause.as_json(), redactor(settings))
    message = Spooled(
        fingerprint(cause), storable(redactor(settings)(title)), detail, datetime.now(UTC), is_outage, pipeline, run_id
    )  # fmt: skip
    try:
        with spool.opened(settings.home) as kept:
            if not kept.has(message.fingerprint) and not kept.write(message):
                _send(settings, message, kept)
            _send_all(settings, kept)
    except OSError as error:
        logger.warning("there is no place for messages in %s: %s", settings.home, error.strerror)
        _send(settings, message)


def deliver(settings: Settings) -> None:
    """Sends what waits in the spool and is due; never raises."""
    if spool.is_empty(settings.home):
        return
    with contextlib.suppress(OSError), spool.opened(settings.home) as kept:
        _send_all(settings, kept)


def adopt(database: Database, settings: Settings) -> int:
    """Hands the spool to the warehouse, where what was an outage of it is over now; how many. Never raises.

    Killed in between it does so again, and the warehouse knows them already.
    """
    if spool.is_empty(settings.home):
        return 0
    try:
        with spool.opened(settings.home) as kept:
            messages = kept.all()
            with database.connect("etl", application_name="miyabi-dw:alerts") as connection:
                for message in messages:
                    _adopt(connection, settings, message)
            for message in messages:
                kept.remove(message.fingerprint)
    except (MiyabiError, DatabaseError, OSError) as error:
        logger.info("the spool stays as it is: %s", redacted_error(error))
        return 0
    return len(messages)


def _adopt(connection: Connection, settings: Settings, message: Spooled) -> None:
    incident_id = records.adopt(connection, message)
    records.queue(connection, settings, [incident_id], "opened")
    if message.is_outage:
        records.recover(connection, settings, message.fingerprint)


def _send_all(settings: Settings, kept: Spool) -> None:
    for message in kept.all():
        _send(settings, message, kept)


def _send(settings: Settings, message: Spooled, kept: Spool | None = None) -> None:
    """On each channel on which it is due; what came of it is written down before the next is tried."""
    for channel in configured(settings):
        before = message.told.get(channel)
        if before and (before.state != "pending" or before.next_attempt_at > datetime.now(UTC)):
            continue
        outcome = attempt(settings, _due(message, channel))
        message = replace(message, told=message.told | {channel: _told(outcome, before)})
        if kept and not kept.write(message) and outcome.is_taken:
            with contextlib.suppress(OSError):
                kept.mark(message.fingerprint)


def _due(message: Spooled, channel: str) -> DueMessage:
    before = message.told.get(channel)
    return DueMessage(
        "opened", channel, message.title, detail=message.detail, last_run_id=message.run_id,
        opened_at=message.opened_at, fingerprint=message.fingerprint, refused=list(before.refused) if before else None,
        severity=message.severity,
    )  # fmt: skip


def _told(outcome: Delivery, before: Told | None) -> Told:
    """The same pauses as in the warehouse: doubled from one minute up to an hour."""
    attempts = before.attempts if before else 0
    pause = timedelta(seconds=max(min(60 * 2**attempts, 3_600), outcome.not_before))
    is_over = attempts + 1 >= ATTEMPTS_ALLOWED
    state = "delivered" if outcome.is_taken else "given up" if is_over else "pending"
    at = datetime.now(UTC) + (timedelta() if outcome.is_taken else pause)
    return Told(state, attempts + 1, at, outcome.error, outcome.refused)
