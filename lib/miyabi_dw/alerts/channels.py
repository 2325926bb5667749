"""The two ways out: e-mail by SMTP and a Slack webhook. A channel that fails says so and breaks nothing."""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING

from miyabi_dw.alerts.message import Message
from miyabi_dw.common.settings import Settings

if TYPE_CHECKING:
    import requests

TIMEOUT_SECONDS = 10
LONGEST_PAUSE_SECONDS = 3_600


class ChannelError(Exception):
    """A message was not taken; `retry_after` is how many seconds the other side asked to be left alone."""

    def __init__(self, why: str, retry_after: int = 0) -> None:
        super().__init__(why)
        self.retry_after = min(retry_after, LONGEST_PAUSE_SECONDS)


@dataclass(frozen=True, slots=True)
class Channel:
    """How one kind of message leaves the house, and whether the settings allow it."""

    is_configured: Callable[[Settings], bool]
    send: Callable[[Settings, Message], None]


def send_email(settings: Settings, message: Message) -> None:
    """One mail to those whom the message is for, by default smtp_to; ChannelError when the server does not take it."""
    try:
        with _smtp(settings) as server:
            if settings.smtp_user and settings.smtp_password:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            refused = server.send_message(_mail(settings, message))
    except (OSError, smtplib.SMTPException) as error:
        raise ChannelError(f"mail server {settings.smtp_host}:{settings.smtp_port}: {error}") from error
    if refused:
        raise ChannelError(f"mail server refused {', '.join(refused)}")


def _smtp(settings: Settings) -> smtplib.SMTP:
    host = settings.smtp_host or ""
    context = ssl.create_default_context()
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(host, settings.smtp_port, timeout=TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(host, settings.smtp_port, timeout=TIMEOUT_SECONDS)
    if settings.smtp_security == "starttls":
        server.starttls(context=context)
    return server


def _mail(settings: Settings, message: Message) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = message.subject
    mail["From"] = settings.smtp_from
    mail["To"] = ", ".join(settings.alert_recipients.get(message.channel, settings.smtp_to))
    mail.set_content(message.text)
    return mail


def send_slack(settings: Settings, message: Message) -> None:
    """One post to the webhook; ChannelError for any answer but 2xx. The URL is a secret and is never shown."""
    import requests  # slow to import, and most runs send nothing

    url = settings.slack_webhook_url.get_secret_value() if settings.slack_webhook_url else ""
    try:
        answer = requests.post(url, json=_slack_body(message), timeout=TIMEOUT_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        raise ChannelError(f"Slack webhook: {type(error).__name__}") from None
    if answer.status_code // 100 != 2:
        raise ChannelError(f"Slack webhook answered {answer.status_code}", _retry_after(answer))


def _slack_body(message: Message) -> dict[str, str | bool]:
    """Plain text in a code block: what came from data can neither mention people nor draw a link."""
    return {"text": f"*{_escaped(message.subject)}*\n```{_escaped(message.text)}```", "unfurl_links": False}


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # Three backticks would end the code block.
    return text.replace("```", "'''")


def _retry_after(answer: "requests.Response") -> int:
    asked = answer.headers.get("Retry-After", "")
    return int(asked) if asked.isdigit() else 0


CHANNELS: dict[str, Channel] = {
    "email": Channel(lambda settings: settings.smtp_host is not None, send_email),
    "slack": Channel(lambda settings: settings.slack_webhook_url is not None, send_slack),
}
