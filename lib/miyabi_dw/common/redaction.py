"""Takes secrets out of whatever is about to be kept or shown: those that the settings know, and what looks like one.

A known secret is hidden wherever it is, in each of its spellings. What looks like one is hidden by where it is: in a
URL, after password= or a flag, in JSON. Hiding a little too much is no harm here; a secret shown is.
"""

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, unquote

if TYPE_CHECKING:
    from miyabi_dw.common.settings import Settings

HIDDEN = "***"
# A known secret shorter than this is hidden as a word of its own only: "dev" must not blank out half of "device".
LONG = 6
# One or two characters are in every text, and protect nothing.
SHORTEST = 3

WORDS = ("password", "passwd", "pwd", "passphrase", "token", "secret", "api_key", "apikey")
# What comes before it in a name (smtp_password) needs no look, and to look would take long where text is long.
_WORD = rf"(?:{'|'.join(WORDS)})"
_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
# A bare value ends at a blank; what closes the sentence or the bracket around it is not part of it.
_BARE = r"[^\s'\"]*[^\s'\",;)\]}](?:['\"]+[^\s'\",;:)\]}]+)*|[^\s'\"]+"
_VALUE = rf"(?:{_QUOTED}|{_BARE})"

# Up to the last @: a password written without percent-encoding may hold one. A port is no password.
IN_URL = re.compile(r"(://[^\s:/@'\"]*:)(?!\d{1,5}/)[^\s'\"]+@")
USER_ONLY = re.compile(r"://[^\s:/@'\"?#]+@")
WEBHOOK = re.compile(r"(://hooks\.slack[\w.-]*/)[^\s'\"]+")
# password=x and "password": "x"
NAMED = re.compile(rf"({_WORD}(?:['\"]\s*:|\s*=)\s*){_VALUE}", re.IGNORECASE)
FLAG = re.compile(rf"(--[\w-]{{0,40}}{_WORD}[ =]\s*){_VALUE}", re.IGNORECASE)
# Tokens of GitHub tell by themselves what they are.
GITHUB_TOKEN = re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9_]{16,}|github_pat_\w{16,})")
BEARER = re.compile(r"\b(Bearer\s+)[\w.~+/=-]{16,}")
PASSWORD_IN_URL = re.compile(r"://[^:/@]*:(.+)@")
PATH_OF_URL = re.compile(r"^https?://[^/]+(/.+)$")
VALUE_OF_WORD = re.compile(rf"{_WORD}\s*=\s*('(?:[^'\\]|\\.)*'|[^\s&]+)", re.IGNORECASE)

Redactor = Callable[[str], str]


def redacted(text: str) -> str:
    """`text` without whatever looks like a secret."""
    if "://" in text:
        text = WEBHOOK.sub(rf"\g<1>{HIDDEN}", text)
        text = USER_ONLY.sub(f"://{HIDDEN}@", IN_URL.sub(rf"\g<1>{HIDDEN}@", text))
    if "gh" in text or "github_" in text or "Bearer" in text:
        text = BEARER.sub(rf"\g<1>{HIDDEN}", GITHUB_TOKEN.sub(HIDDEN, text))
    lowered = text.lower()
    if any(word in lowered for word in WORDS):
        text = NAMED.sub(rf"\g<1>{HIDDEN}", FLAG.sub(rf"\g<1>{HIDDEN}", text))
    return text


def redactor(settings: "Settings") -> Redactor:
    """A function that hides every secret of the settings, however it is spelt, and whatever else looks like one."""
    return redactor_of(secrets_of(settings))


def redactor_of(secrets: Iterable[str]) -> Redactor:
    known = sorted({form for secret in secrets for form in spellings(secret)}, key=len, reverse=True)
    long = [form for form in known if len(form) >= LONG]
    short = [re.escape(form) for form in known if SHORTEST <= len(form) < LONG]
    words = re.compile(rf"(?<![^\W_])(?:{'|'.join(short)})(?![^\W_])") if short else None

    def redact(text: str) -> str:
        for form in long:
            text = text.replace(form, HIDDEN)
        return redacted(words.sub(HIDDEN, text) if words else text)

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


def spellings(secret: str) -> set[str]:
    """How a secret may be written: as it is, percent-encoded and decoded, escaped for JSON, Python, HTML or libpq."""
    encoded = {quote(secret, safe=""), quote_plus(secret)}
    return {
        secret,
        " ".join(secret.split()),
        unquote(secret),
        *encoded,
        *(re.sub(r"%..", lambda found: found[0].lower(), form) for form in encoded),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        html.escape(secret),
        secret.replace("\\", "\\\\").replace("'", "\\'"),
    } - {""}


def secrets_of(settings: "Settings") -> set[str]:
    """Every secret setting, and the passwords and secret paths within those that are URLs."""
    given = (getattr(settings, name) for name in type(settings).model_fields)
    values = {value.get_secret_value() for value in given if hasattr(value, "get_secret_value")}
    return values | {part for value in values for part in _parts(value)}


def _parts(value: str) -> Iterator[str]:
    if found := PASSWORD_IN_URL.search(value):
        yield from (found[1], unquote(found[1]))
    elif found := PATH_OF_URL.match(value):
        yield found[1]
    for word in VALUE_OF_WORD.finditer(value):
        yield from (word[1].strip("'"), unquote(word[1].strip("'")))
