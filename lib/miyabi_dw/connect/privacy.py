"""What must not be kept of what origins tell: e-mail addresses never, names of people only where that is wanted."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from pathlib import Path

from miyabi_dw.common.files import write_private
from miyabi_dw.common.paths import connections_folder

# A host ends with a name: `shop@1.2.0` is a package's version.
ADDRESS = re.compile(r"\s*<?[\w.+'%-]+@[\w-]+(?:\.[\w-]+)*\.[^\W\d_][\w-]*>?")
# Names of agents in trailers say what made a commit; they are nobody's names.
AGENTS = re.compile(r"claude|codex|copilot|cursor|gemini|devin|aider|\[bot\]|\bbot\b", re.IGNORECASE)
PERSONS = re.compile(
    r"^((?:co-authored|signed-off|reviewed|acked|tested|reported|suggested|helped)-by):\s*(.+)$", re.IGNORECASE
)

Conceal = Callable[[str], str]


def without_addresses(text: str) -> str:
    """The text with every e-mail address taken out."""
    return ADDRESS.sub("", text).strip() if "@" in text else text


def pseudonyms(home: Path) -> Conceal:
    """A function that gives each name the same pseudonym for ever; the key never leaves the home."""
    key = _key(connections_folder(home) / ".pseudonyms")
    return lambda name: f"person-{hmac.digest(key, name.strip().lower().encode(), hashlib.sha256).hex()[:12]}"


def concealed(value: object, conceal: Conceal) -> object:
    """An author's name, or trailers that name people, under pseudonyms."""
    if isinstance(value, str):
        return value if AGENTS.search(value) else conceal(value)
    return tuple(_trailer(each, conceal) for each in value) if isinstance(value, tuple) else value


def _trailer(line: str, conceal: Conceal) -> str:
    found = PERSONS.match(line)
    return f"{found[1]}: {conceal(found[2])}" if found and not AGENTS.search(found[2]) else line


def _key(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        write_private(path, secrets.token_hex(32))
    return path.read_bytes()
