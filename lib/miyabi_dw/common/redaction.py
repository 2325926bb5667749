"""Takes secrets out of whatever is about to be kept or shown."""

import re
from collections.abc import Callable
from typing import Any

from pydantic import SecretStr

from miyabi_dw.common.settings import Settings

HIDDEN = "***"
IN_URL = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@'\"]*:)[^\s@'\"]+(@)", re.IGNORECASE)
IN_DSN = re.compile(r"(\b(?:password|passwd|pwd|sslpassword)\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s'\",;)]+)", re.IGNORECASE)
# Shorter values ("a", "dw") would blank out half of every page and protect nothing.
SHORTEST_SECRET = 6

Redactor = Callable[[str], str]


def redactor(settings: Settings) -> Redactor:
    """A function that hides every secret setting, every password of a URL and of a connection string in a text."""
    secrets = sorted(_secret_values(settings), key=len, reverse=True)

    def redact(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, HIDDEN)
        return IN_DSN.sub(rf"\g<1>{HIDDEN}", IN_URL.sub(rf"\g<1>{HIDDEN}\g<2>", text))

    return redact


def redact_all(value: Any, redact: Redactor) -> Any:
    """The same structure with every string in it redacted, keys aside."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: redact_all(item, redact) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact_all(item, redact) for item in value]
    return value


def _secret_values(settings: Settings) -> set[str]:
    given = (getattr(settings, name) for name in type(settings).model_fields)
    values = {value.get_secret_value() for value in given if isinstance(value, SecretStr)}
    passwords = {found[1] for value in values if (found := re.search(r"://[^:/@]*:([^@]+)@", value))}
    return {value for value in values | passwords if len(value) >= SHORTEST_SECRET}
