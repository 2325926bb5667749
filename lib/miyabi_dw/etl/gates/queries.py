"""The queries for offending rows under sql/gates: their text with names and values filled in."""

from collections.abc import Callable, Mapping
from typing import Any

from miyabi_dw.common.errors import StatementMissing, SuiteError
from miyabi_dw.db.connection import Connection, DatabaseError, quote_identifier, rendered
from miyabi_dw.db.errors import redacted_error
from miyabi_dw.db.statements import PLACEHOLDER, source_text
from miyabi_dw.etl.gates.suites import Check

BATCH = "{batch}"


def offending_query(
    connection: Connection,
    check: Check,
    arguments: Mapping[str, Any],
    parameters: Mapping[str, Any],
    run_table: Callable[[str], str],
) -> str:
    """The check's query, complete but for {batch}. {name} is a name given in kwargs, or else a table of the run."""

    def named(word: str) -> str:
        if word == "batch":
            return BATCH
        return quote_identifier(arguments[word]) if word in arguments else run_table(word)

    text = PLACEHOLDER.sub(lambda found: named(found[1]), template(check))
    try:
        return rendered(connection, text.strip().rstrip(";"), {**parameters, **arguments})
    except KeyError as error:
        raise SuiteError(
            f"sql/gates/{check.kwargs['query']}.sql wants the parameter {error}", check.id, "give it in kwargs"
        ) from error
    except (ValueError, TypeError, DatabaseError) as error:
        reason = redacted_error(error)
        raise SuiteError(f"its query cannot be filled in: {reason}", check.id, "correct kwargs") from error


def template(check: Check) -> str:
    """The query as written; SuiteError where there is none of that name."""
    name = check.kwargs["query"]
    try:
        return source_text(f"gates/{name}")
    except StatementMissing as error:
        raise SuiteError(f"there is no query {name} in sql/gates", check.id, "correct kwargs.query") from error
