"""A mail server and a webhook on loopback, and settings that lead to both."""

import socket
import threading
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller

from alerts.kit import Inbox, Webhook
from miyabi_dw.common.settings import Settings


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    box = Inbox()
    # The controller connects to the port it was given, so it needs a real one beforehand.
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    server = Webhook()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def told(settings: Settings, inbox: tuple[Inbox, int], webhook: Webhook) -> Settings:
    """Settings with both channels set up."""
    return settings.model_copy(
        update={
            "smtp_host": "127.0.0.1",
            "smtp_port": inbox[1],
            "smtp_security": "none",
            "smtp_from": "dw@example.org",
            "smtp_to": ("ops@example.org",),
            "slack_webhook_url": Settings(
                slack_webhook_url=f"http://127.0.0.1:{webhook.server_port}/hook/s3cr3t-path"
            ).slack_webhook_url,
        }
    )
