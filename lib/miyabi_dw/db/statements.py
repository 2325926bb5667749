"""Finds the statements under sql/ by name and runs them."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from miyabi_dw.common.errors import StatementMissing
from miyabi_dw.common.paths import PROJECT, SQL
from miyabi_dw.db.connection import Connection, Parameters, execute, query, quote_identifier

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def statement(name: str, **identifiers: str) -> str:
    """The text of sql/<name>.sql, each {placeholder} replaced by a quoted identifier; "schema.table" in two parts."""
    text = _read(SQL / f"{name}.sql")
    wanted = set(PLACEHOLDER.findall(text))
    if wanted != identifiers.keys():
        raise StatementMissing(
            f"placeholders {sorted(wanted)} do not match the identifiers given, {sorted(identifiers)}",
            f"sql/{name}.sql",
            "give one identifier for each placeholder",
        )
    return PLACEHOLDER.sub(lambda found: quote_identifier(identifiers[found[1]]), text)


def run(connection: Connection, name: str, parameters: Parameters = None, **identifiers: str) -> list[dict[str, Any]]:
    """Runs sql/<name>.sql; its rows, or none where it returns none."""
    return query(connection, statement(name, **identifiers), parameters)


def run_count(connection: Connection, name: str, parameters: Parameters = None, **identifiers: str) -> int:
    """Runs sql/<name>.sql; how many rows it touched."""
    return execute(connection, statement(name, **identifiers), parameters)


@cache
def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        where = path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else path
        raise StatementMissing("the statement does not exist", str(where), "correct its name") from error
