"""Who asks from outside, and what for: named tokens, each with a scope and an end, kept as digests."""

import hashlib
import logging
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from miyabi_dw.common.errors import BadRequest, MiyabiError
from miyabi_dw.common.text import did_you_mean
from miyabi_dw.common.timeframe import business_day
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.statements import one_or_none_as, rows_as, run_count
from miyabi_dw.registry import whoami

logger = logging.getLogger(__name__)

Scope = Literal["metrics", "read", "act"]
# Each may what those before it may.
SCOPES: tuple[Scope, ...] = ("metrics", "read", "act")
NAME = "miyabi-dw:tokens"
# 256 random bits behind a word by which a scanner of secrets knows one.
TOKEN = re.compile(r"mdw_[\w-]{43}", re.ASCII)
CALLER = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
RESERVED = ("operator", "local")
NEW_ONE = "make one with: miyabi-dw serve token new"


class Forbidden(MiyabiError):
    """The caller is known and may not ask this."""

    code = "scope-too-narrow"


class Unknown(MiyabiError):
    """Nobody knows who asks."""

    code = "token-unusable"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks: by the name of the token, with what it may."""

    name: str
    scope: Scope

    def may(self, scope: Scope) -> bool:
        return SCOPES.index(scope) <= SCOPES.index(self.scope)

    def check(self, scope: Scope) -> None:
        """Forbidden unless it may."""
        if not self.may(scope):
            what = f"the token {self.name} has the scope {self.scope}, and this needs {scope}"
            raise Forbidden(what, remedy=NEW_ONE)


# Whoever has the token of the server itself.
OPERATOR = Caller("operator", "act")


@dataclass(frozen=True, slots=True)
class Known:
    """A token that was made here once."""

    name: str
    scope: Scope
    is_expired: bool
    is_revoked: bool

    @property
    def end(self) -> str:
        """Why it opens nothing any more; '' while it does."""
        return "was revoked" if self.is_revoked else "has expired" if self.is_expired else ""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is listed: never with what opens the door."""

    name: str
    scope: Scope
    valid_until: datetime
    state: Literal["valid", "expired", "revoked"]
    created_at: datetime
    created_by: str | None
    last_call_at: datetime | None


def new_token(database: Database, name: str, last_day: date, scope: Scope, zone: ZoneInfo) -> str:
    """Makes a token that is valid until the end of that business day; the only time that anybody sees it."""
    if not CALLER.fullmatch(name) or name in RESERVED:
        raise BadRequest(f"{name!r} is no name for a token", remedy="write letters, digits, dots or dashes, as grafana")
    until = business_day(last_day, zone).end
    if until <= datetime.now(UTC):
        raise BadRequest(f"{last_day} is over", "--until", "choose a day that is still to end")
    token = f"mdw_{secrets.token_urlsafe(32)}"
    values = {"name": name, "digest": digest(token), "scope": scope, "valid_until": until, "created_by": whoami()}
    with database.connect("etl", application_name=NAME) as connection:
        if not run_count(connection, "web/token_insert", values):
            raise BadRequest(f"there is a token {name!r} already", remedy="choose another name; a name is used once")
    logger.info("a token %s with scope %s until %s", name, scope, last_day)
    return token


def list_tokens(connection: Connection) -> list[Token]:
    """In the order of their names."""
    return rows_as(Token, connection, "web/token_list")


def revoke_token(database: Database, name: str) -> None:
    """From now on it is refused; BadRequest where there is none of that name."""
    with database.connect("etl", application_name=NAME) as connection:
        if not run_count(connection, "web/token_revoke", {"name": name}):
            near = did_you_mean(name, [token.name for token in list_tokens(connection)])
            raise BadRequest(f"there is no token {name!r}", remedy=near or "see miyabi-dw serve token list")


def find_token(database: Database, given: str) -> Known | None:
    """The token of which this is the text; None for any other text."""
    if not TOKEN.fullmatch(given):
        return None
    with database.connect("etl", application_name=NAME) as connection:
        return one_or_none_as(Known, connection, "web/token_by_digest", {"digest": digest(given)})


def digest(token: str) -> str:
    """What is kept of a token: nobody finds 256 random bits by trying, so it needs no salt and no slow function."""
    return hashlib.sha256(token.encode()).hexdigest()
