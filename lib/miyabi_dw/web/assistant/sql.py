"""SQL that an assistant wrote: one statement, by a reader's own login, for so long, so many rows and so many bytes."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.db import readers
from miyabi_dw.db.connection import DatabaseError
from miyabi_dw.db.errors import code_of, is_lost, redacted_error
from miyabi_dw.db.statements import run
from miyabi_dw.web.service import Service

logger = logging.getLogger(__name__)

NAME = "miyabi-dw:assistant"
LONGEST_SECONDS = 30
MOST_ROWS = 1_000
MOST_BYTES = 1_000_000
LONGEST_STATEMENT = 20_000
# What PostgreSQL says of a cursor over several statements, or over one that returns no rows.
NO_CURSOR = "42P11"


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows with their columns in the order of the statement; `is_cut` where there were more."""

    rows: Sequence[Mapping[str, object]]
    is_cut: bool


def read_rows(service: Service, statement: str, limit: int, seconds: float = LONGEST_SECONDS) -> Rows:
    """BadRequest for more than one statement, for one that writes or takes too long, and for what PostgreSQL refuses.

    The login is the session's own and may only read, so that nothing in the statement can widen what it may.
    """
    login = readers.new_login(service.database, service.settings)
    values = {"statement": statement, "most_rows": min(limit, MOST_ROWS), "most_bytes": MOST_BYTES}
    with service.database.connect(
        "analyst", application_name=NAME, statement_timeout=seconds, login=login
    ) as connection:
        try:
            found = [row["shown"] for row in run(connection, "web/rows_of", values)]
        except DatabaseError as error:
            connection.rollback()
            raise _refusal(error, seconds) from error
    return Rows([row for row in found if row is not None], None in found)


def _refusal(error: DatabaseError, seconds: float) -> BadRequest:
    logger.info("a statement of an assistant was refused: %s", redacted_error(error))
    if error.pgcode == NO_CURSOR:
        return BadRequest("this is not one statement that returns rows", remedy="give one SELECT, VALUES or EXPLAIN")
    if code_of(error) == "statement-cancelled":
        return BadRequest(f"the statement took longer than {seconds:g} seconds", remedy="ask for fewer rows or days")
    if is_lost(error):
        raise error
    said = redacted_error(error).partition(" CONTEXT: ")[0].partition(" QUERY: ")[0]
    return BadRequest(f"PostgreSQL refused it: {said}", remedy="search_dictionary names tables and columns")
