"""The two ways out: e-mail by SMTP and a Slack webhook. A channel that fails says so and breaks nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from miyabi_dw.alerts.cause import storable
from miyabi_dw.alerts.delivery import ChannelError, Delivery, Refusal
from miyabi_dw.alerts.mail import TIMEOUT_SECONDS, send_email
from miyabi_dw.alerts.message import DueMessage, Message, compose
from miyabi_dw.common.redaction import redactor
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.text import cut, one_line

if TYPE_CHECKING:
    import requests

LONGEST_PROBLEM = 500


@dataclass(frozen=True, slots=True)
class Channel:
    """How one kind of message leaves the house, and whether the settings allow it."""

    is_configured: Callable[[Settings], bool]
    send: Callable[[Settings, Message], list[Refusal]]


def configured(settings: Settings) -> list[str]:
    """The channels that are set up."""
    return [name for name, channel in CHANNELS.items() if channel.is_configured(settings)]


def attempt(settings: Settings, due: DueMessage) -> Delivery:
    """Sends one message. Whatever goes wrong with it is that message's and that channel's alone."""
    hide = redactor(settings)
    before = tuple(due.refused or ())
    try:
        refusals = CHANNELS[due.channel].send(settings, compose(settings, due))
    except ChannelError as down:
        return Delivery(due.channel, _said(hide(str(down))), down.retry_after, before, is_taken=False)
    except Exception as error:  # noqa: BLE001 - an address, a password or a URL that a library cannot take
        # Its words may quote what it was given.
        why = f"{due.channel}: {type(error).__name__}, see its settings"
        return Delivery(due.channel, why, refused=before, is_taken=False)
    if not refusals:
        return Delivery(due.channel)
    why = _said(hide("; ".join(map(str, refusals))))
    refused = tuple(each.address for each in refusals)
    return Delivery(due.channel, why, refused=refused, is_taken=not any(each.may_pass for each in refusals))


def _said(text: str) -> str:
    """What a server says may be long, and hold what no database takes."""
    return cut(one_line(storable(text)), LONGEST_PROBLEM)


def send_slack(settings: Settings, message: Message) -> list[Refusal]:
    """One post to the webhook; ChannelError for any answer but 2xx. The URL is a secret and is never shown."""
    import requests  # slow to import, and most runs send nothing

    url = settings.slack_webhook_url.get_secret_value() if settings.slack_webhook_url else ""
    try:
        answer = requests.post(url, json=_slack_body(message), timeout=TIMEOUT_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        raise ChannelError(f"Slack webhook: {type(error).__name__}") from None
    if answer.status_code // 100 != 2:
        raise ChannelError(f"Slack webhook answered {answer.status_code}", _retry_after(answer))
    return []


def _slack_body(message: Message) -> dict[str, str | bool]:
    """Plain text in a code block: what came from data can neither mention people nor draw a link."""
    return {"text": f"*{_escaped(message.subject)}*\n```{_escaped(message.text)}```", "unfurl_links": False}


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # Three backticks would end the code block.
    return text.replace("```", "'''")


def _retry_after(answer: "requests.Response") -> int:
    asked = answer.headers.get("Retry-After", "")
    return int(asked) if asked.isdecimal() and asked.isascii() else 0


CHANNELS: dict[str, Channel] = {
    "email": Channel(lambda settings: settings.smtp_host is not None, send_email),
    "slack": Channel(lambda settings: settings.slack_webhook_url is not None, send_slack),
}
