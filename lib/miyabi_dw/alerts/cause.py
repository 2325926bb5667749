"""What went wrong, and by what two failures are the same incident."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from miyabi_dw.common.redaction import redact_all

# What changes from one occurrence of the same trouble to the next: numbers, identifiers, times.
VARYING = re.compile(r"\d[\w:.+-]*|'[^']*'|\"[^\"]*\"")
# A server that goes away is met in turn as each of these, by whoever happens to ask.
AWAY = frozenset({
    "connection-failed", "connection-lost", "connection-refused", "connection-timed-out", "host-unknown",
    "server-not-ready",
})  # fmt: skip
# A server that is there and lets nobody in: which one and how is all that counts, not what one wanted there.
CLOSED = frozenset({
    "connections-used-up", "database-missing", "encryption-failed", "host-not-admitted", "login-refused",
    "role-missing", "url-unusable",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cause:
    """`type`, `what` and `where` say whether two failures are one incident; its message shows the rest too.

    `failure` is all that the registry has of it, where a run failed. `rank` is of causes that can get worse while
    they are one incident: each higher one is told.
    """

    type: str
    what: str
    where: str = ""
    code: str = ""
    reason: str = ""
    remedy: str = ""
    pipeline: str = ""
    alert_channel: str = ""
    rank: int = 0
    failure: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """What is known, by name."""
        own = {name: value for name, value in asdict(self).items() if value and name != "failure"}
        known: dict[str, object] = redact_all({**self.failure, **own}, storable)
        return known


def storable(text: str) -> str:
    """Without what neither the warehouse nor a file can keep: an error may quote anything."""
    return text.replace("\0", "?").encode(errors="replace").decode()


def fingerprint(cause: Cause) -> str:
    """The same for two failures with the same root cause, whoever met it and in whatever words."""
    parts = (cause.type, VARYING.sub("#", cause.what), cause.where)
    if cause.where and cause.type in AWAY | CLOSED:
        parts = ("away" if cause.type in AWAY else cause.type, "", cause.where)
    return hashlib.sha256("\n".join(parts).encode(errors="replace")).hexdigest()[:16]
