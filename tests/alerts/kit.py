"""A mail server and a webhook that keep what reaches them, and failures to tell them of."""

import json
import threading
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from miyabi_dw import alerts
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, query

CAUSE = alerts.Cause(
    "connection-refused", "nothing answers there", "db:5432/miyabi", remedy="start the server"
)  # fmt: skip


class Inbox:
    """Keeps each mail that arrives, as it was sent; `refuse` says what an address is answered with."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.refuse: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802 - the server names it and its parameters
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 OK"

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(each.original_content or b"", policy=default) for each in self.envelopes]  # type: ignore[arg-type,misc]

    @property
    def bodies(self) -> list[str]:
        """What each says as plain text."""
        return [mail.get_body(("plain",)).get_content() for mail in self.mails]  # type: ignore[union-attr]

    @property
    def reached(self) -> list[list[str]]:
        """Whom each mail reached."""
        return [each.rcpt_tos for each in self.envelopes]


class Webhook(HTTPServer):
    """Answers with `status` and keeps each body that was posted."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.bodies: list[dict[str, Any]] = []
        # Cleared, it takes a message and does not answer.
        self.answers = threading.Event()
        self.answers.set()


class _Handler(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.server.answers.wait(20)
        self.send_response(self.server.status)
        if self.server.status == 429:
            self.send_header("Retry-After", "120")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps the test's output quiet."""


def fail(connection: Connection, settings: Settings, run_id: str, pipeline: str = "daily", **cause: str) -> int:
    record_run(connection, run_id, pipeline)
    incident = alerts.report_failure(
        connection,
        settings,
        run_id=run_id,
        pipeline=pipeline,
        title=f"{pipeline} failed",
        cause=replace(CAUSE, **cause),  # type: ignore[arg-type]
    )
    connection.commit()
    return incident


def record_run(connection: Connection, run_id: str, pipeline: str) -> None:
    query(
        connection,
        "INSERT INTO ops.run (run_id, pipeline, as_of, trigger, host, pid)"
        " VALUES (%s, %s, now(), 'manual', 'here', 1) ON CONFLICT DO NOTHING",
        (run_id, pipeline),
    )
