"""What the driver says, as one of our codes: by SQLSTATE where there is one, else by what libpq says.

This is the only place that reads libpq's words: of a connection that could not be made it gives no SQLSTATE.
"""

import re
import sys
from typing import Any

from miyabi_dw.common import errors
from miyabi_dw.common.error_codes import CODES
from miyabi_dw.common.errors import ConnectionFailed
from miyabi_dw.common.redaction import redacted

# The longest beginning of a SQLSTATE that is listed counts.
CODE_OF_STATE = {
    "08": "connection-lost",
    "28": "login-refused",
    "3D000": "database-missing",
    "40001": "serialization-failure",
    "40P01": "deadlock",
    "42501": "permission-denied",
    "53100": "disk-full",
    "53200": "memory-exhausted",
    "53300": "connections-used-up",
    "55P03": "lock-not-available",
    "57014": "statement-cancelled",
    "57P01": "connection-lost",
    "57P02": "connection-lost",
    "57P03": "server-not-ready",
    "57P05": "connection-lost",
}
LOST = {
    "connection-lost", "connection-refused", "connection-timed-out", "connection-failed", "connections-used-up",
    "server-not-ready",
}  # fmt: skip
# What a server says of text that it cannot send or store in the encoding that was asked for.
UNTRANSLATABLE = frozenset({"22021", "22P05"})
# The first match wins, so the narrower ones come first.
CODE_OF_WORDS = tuple(
    (re.compile(pattern, re.IGNORECASE), code)
    for pattern, code in (
        (r"invalid (dsn|uri|connection option|port|percent-encoded|integer value)", "url-unusable"),
        (r"missing \"=\"|extra key/value|unexpected character", "url-unusable"),
        (r"could not translate host name|name or service not known|unknown host|nodename nor servname", "host-unknown"),
        (r"password authentication failed|no password supplied|authentication failed", "login-refused"),
        (r"no pg_hba.conf entry", "host-not-admitted"),
        (r"database \".*\" does not exist", "database-missing"),
        (r"role \".*\" does not exist", "role-missing"),
        (r"permission denied", "permission-denied"),
        (r"certificate|server does not support ssl|ssl error|sslmode|tlsv1", "encryption-failed"),
        (r"too many clients|remaining connection slots|too many connections", "connections-used-up"),
        (r"starting up|shutting down|recovery mode|not yet accepting", "server-not-ready"),
        (r"timeout expired|timed out", "connection-timed-out"),
        (
            r"connection refused|no such file or directory|could not connect|no route to host|network is unreachable",
            "connection-refused",
        ),
        (
            r"terminat|closed the connection|connection (was )?(lost|reset|already closed)|broken pipe|eof detected",
            "connection-lost",
        ),
    )
)


def explained(error: Exception, where: str) -> ConnectionFailed:
    """The error to raise for a connection that could not be made or was lost; its words are quoted when unknown."""
    code = _of_state(getattr(error, "pgcode", None)) or _of_words(str(error))
    if code is None:
        what = f"no connection: {redacted_error(error)}"
        return ConnectionFailed(what, where, CODES[ConnectionFailed.code].remedy)
    return failed_with(code, where)


def failed_with(code: str, where: str) -> ConnectionFailed:
    """The error with that code, in the table's own words."""
    return ConnectionFailed(CODES[code].meaning, where, CODES[code].remedy, code=code)


def code_of(error: BaseException) -> str:
    """The code of an error of ours, of the driver's, or of SQLAlchemy's around the driver's; '' for any other."""
    error = getattr(error, "orig", None) or error
    # Where nobody has imported the driver, no error is the driver's: a kernel without a database needs not wait for it.
    driver = sys.modules.get("psycopg2")
    if driver is None or not isinstance(error, driver.Error):
        return errors.code_of(error)
    if error.pgcode:
        return _of_state(error.pgcode) or "statement-failed"
    return (_of_words(str(error)) or "connection-lost") if _is_gone(error, driver) else "statement-failed"


def is_lost(error: BaseException) -> bool:
    """Whether the connection is gone or the server away: the same may succeed later through another connection."""
    return code_of(error) in LOST


def is_untranslatable(error: BaseException) -> bool:
    """Whether a text has no place in the encoding of the connection."""
    return getattr(error, "pgcode", None) in UNTRANSLATABLE


def redacted_error(error: BaseException) -> str:
    """What the server said, on one line and without passwords."""
    return redacted(" ".join(str(error).split()))


def lost_relation(error: BaseException) -> str | None:
    """The table or view that a statement asked for and that is not there; None for any other error."""
    found = re.search(r'relation "([^"]+)" does not exist', str(error)) if isinstance(error, Exception) else None
    return found[1] if found and getattr(error, "pgcode", None) == "42P01" else None


def told_error(error: BaseException) -> tuple[str, str]:
    """What is wrong and what to do, in words: for a table that is gone the way back, else what the server said."""
    name = lost_relation(error)
    if name is None:
        return redacted_error(error).partition(" LINE ")[0], "see the server's log"
    remedy = f"miyabi-dw recover fact {name}" if name.startswith("fact_") else "miyabi-dw schema migrate"
    return f"{name} is not there", remedy


def _is_gone(error: Any, driver: Any) -> bool:
    """For an error without SQLSTATE: libpq's own, not the server's. The driver has several classes for those."""
    if isinstance(error, driver.OperationalError | driver.InterfaceError):
        return True
    # The base of all, for a server that died under it; the connection itself notices that when it is used again.
    return error.cursor is not None and (type(error) is driver.DatabaseError or bool(error.cursor.connection.closed))


def _of_state(state: str | None) -> str | None:
    return next((CODE_OF_STATE[state[:size]] for size in (5, 2) if state and state[:size] in CODE_OF_STATE), None)


def _of_words(message: str) -> str | None:
    return next((code for pattern, code in CODE_OF_WORDS if pattern.search(message)), None)
