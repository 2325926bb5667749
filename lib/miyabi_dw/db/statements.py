"""Finds the statements under sql/ by name and runs them.

`run_lock/take` is the file sql/run_lock/take.sql, or the block that `-- name: take` begins in sql/run_lock.sql.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

from miyabi_dw.common.errors import StatementMissing
from miyabi_dw.common.paths import PROJECT, SQL
from miyabi_dw.db.connection import Connection, Parameters, execute, query, quote_identifier

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
BLOCK = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def statement(name: str, **identifiers: str) -> str:
    """The text of a statement, each {placeholder} replaced by a quoted identifier; "schema.table" in two parts."""
    text = source_text(name)
    wanted = set(PLACEHOLDER.findall(text))
    if wanted != identifiers.keys():
        raise StatementMissing(
            f"placeholders {sorted(wanted)} do not match the identifiers given, {sorted(identifiers)}",
            f"sql/{name}",
            "give one identifier for each placeholder",
        )
    return PLACEHOLDER.sub(lambda found: quote_identifier(identifiers[found[1]]), text)


def run(connection: Connection, name: str, parameters: Parameters = None, **identifiers: str) -> list[dict[str, Any]]:
    """Runs a statement; its rows, or none where it returns none."""
    return query(connection, statement(name, **identifiers), parameters)


def run_count(connection: Connection, name: str, parameters: Parameters = None, **identifiers: str) -> int:
    """Runs a statement; how many rows it touched."""
    return execute(connection, statement(name, **identifiers), parameters)


def source_text(name: str) -> str:
    """A statement as it is written, placeholders and all; StatementMissing where there is none of that name."""
    path = SQL / f"{name}.sql"
    text = _read(path)
    if text is None:
        text = blocks(path.parent.with_suffix(".sql")).get(path.name.removesuffix(".sql"))
    if text is None:
        where = path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else path
        raise StatementMissing("the statement does not exist", str(where), "correct its name")
    return text


@cache
def blocks(path: Path) -> dict[str, str]:
    """The named statements of a file, by name, without the semicolon between them; none where there is no file."""
    _, *parts = BLOCK.split(_read(path) or "")
    return {name: text.strip().removesuffix(";") for name, text in zip(parts[::2], parts[1::2], strict=True)}


@cache
def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None
