"""The record of who asked what: one line a call, written when the caller has the answer."""

import logging
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from miyabi_dw.common import logs
from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.text import cut
from miyabi_dw.db.connection import Database, DatabaseError
from miyabi_dw.db.statements import run_count

logger = logging.getLogger(__name__)

Outcome = Literal["answered", "unchanged", "refused", "failed"]
NAME = "miyabi-dw:calls"
LONGEST_ASKED = 2000


@dataclass(frozen=True, slots=True)
class Call:
    """One question or action; `row_count` is None where the answer has no rows, `reason` for a question."""

    called_at: datetime
    caller: str
    door: Literal["http", "mcp"]
    asked: str
    outcome: Outcome
    row_count: int | None
    milliseconds: int
    reason: str | None = None


def outcome_of(status: int) -> Outcome:
    """What a status of HTTP means for the caller."""
    if status == 304:
        return "unchanged"
    return "answered" if status < 400 else "refused" if status < 500 else "failed"


def record(database: Database, call: Call) -> None:
    """Keeps the line. An answer that was given stays given: where it cannot be kept, the log says so."""
    told = asdict(call) | {"asked": _kept(call.asked), "reason": call.reason and _kept(call.reason)}
    try:
        with database.connect("etl", application_name=NAME) as connection:
            run_count(connection, "web/call_insert", told)
    except (MiyabiError, DatabaseError) as error:
        logger.warning("a call of %s is not recorded: %s; it was %s", call.caller, error, told["asked"])


def _kept(text: str) -> str:
    """Without secrets, without what no database takes, and not endless."""
    return cut(logs.hiding.redact(text).replace("\x00", "").encode(errors="replace").decode(), LONGEST_ASKED)
