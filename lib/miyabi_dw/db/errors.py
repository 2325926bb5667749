"""Turns libpq's many ways to say no into one sentence with cause and remedy, without secrets."""

import re
from typing import NamedTuple

from miyabi_dw.common.errors import ConnectionFailed


class Cause(NamedTuple):
    pattern: re.Pattern[str]
    what: str
    remedy: str


def _cause(pattern: str, what: str, remedy: str) -> Cause:
    return Cause(re.compile(pattern, re.IGNORECASE), what, remedy)


# The first match wins, so the narrower ones come first.
CAUSES = (
    _cause(
        r"invalid (dsn|uri|connection option|port)|invalid percent-encoded|missing \"=\"|extra key/value|"
        r"invalid integer value|unexpected character",
        "the database URL does not parse",
        "write it as postgresql://user:password@host:5432/database and percent-encode special characters",
    ),
    _cause(
        r"could not translate host name|name or service not known|unknown host|nodename nor servname",
        "the host is unknown",
        "check the host in the URL and this machine's name resolution",
    ),
    _cause(
        r"password authentication failed|no password supplied|authentication failed",
        "the user or the password is wrong",
        "check the URL's user and password, or its _FILE",
    ),
    _cause(
        r"no pg_hba.conf entry",
        "the server does not let this user in from this machine",
        "have the server's pg_hba.conf allow it, or connect with sslmode=require",
    ),
    _cause(
        r"database \".*\" does not exist",
        "the server has no such database",
        "create it, or correct the name at the end of the URL",
    ),
    _cause(
        r"role \".*\" does not exist",
        "the server has no such role",
        "run 'miyabi-dw schema migrate' as a user who may create roles, or set MIYABI_WAREHOUSE_ROLES=false",
    ),
    _cause(
        r"permission denied",
        "the user lacks a right on the server",
        "run 'miyabi-dw schema migrate' as the owner, or grant it",
    ),
    _cause(
        r"certificate|server does not support ssl|ssl error|sslmode|tlsv1",
        "no encrypted connection could be agreed on",
        "check sslmode and sslrootcert in the URL against the server's certificate",
    ),
    _cause(
        r"too many clients|remaining connection slots|too many connections",
        "the server has no connection free",
        "close some, or raise its max_connections",
    ),
    _cause(
        r"starting up|shutting down|recovery mode|not yet accepting",
        "the server is starting or stopping",
        "try again in a minute",
    ),
    _cause(
        r"timeout expired|timed out",
        "the server does not answer in time",
        "check host, port and firewall, or raise MIYABI_CONNECT_TIMEOUT",
    ),
    _cause(
        r"connection refused|no such file or directory|could not connect|no route to host|network is unreachable",
        "nothing answers there",
        "start the server, or correct host and port",
    ),
    _cause(
        r"terminat|closed the connection|connection (was )?(lost|reset|already closed)|broken pipe|eof detected",
        "the server closed the connection",
        "see why in the server's log, then try again",
    ),
)
# Causes that can go away without anybody doing anything.
HEALING = {
    "the server is starting or stopping",
    "nothing answers there",
    "the server closed the connection",
    "the server does not answer in time",
    "the server has no connection free",
}


def explained(message: str, where: str) -> ConnectionFailed:
    """The error to raise for libpq's `message`; a message of no known kind is quoted without its secrets."""
    for cause in CAUSES:
        if cause.pattern.search(message):
            return ConnectionFailed(cause.what, where, cause.remedy)
    return ConnectionFailed(f"no connection: {redacted(message)}", where, "check the URL and the server's log")


def can_heal(failure: ConnectionFailed) -> bool:
    """Whether trying again may help without anybody having changed anything."""
    return failure.what in HEALING


def redacted(message: str) -> str:
    """`message` on one line, passwords of URLs and keyword strings left out."""
    message = re.sub(r"://[^@/\s]*@", "://***@", " ".join(message.split()))
    return re.sub(r"(password\s*=\s*)('(?:[^'\\]|\\.)*'|\S+)", r"\1***", message, flags=re.IGNORECASE)
