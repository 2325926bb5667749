"""Finds the statements under sql/ by name and runs them.

`db/locks/take` is the file sql/db/locks/take.sql, or the block that `-- name: take` begins in sql/db/locks.sql.

Rows that leave a module are of a frozen dataclass whose fields are the statement's columns, by name, in any order:

    @dataclass(frozen=True, slots=True)
    class Pause:
        pipeline: str
        paused_until: datetime | None

    pauses = rows_as(Pause, connection, "orchestration/runner/pause_list", {"now": now})
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from miyabi_dw.common.errors import StatementMissing
from miyabi_dw.common.paths import PROJECT, SQL
from miyabi_dw.db.connection import (
    Connection,
    Parameters,
    execute,
    query,
    query_columns,
    query_streamed,
    quote_identifier,
)

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RowType = TypeVar("RowType", bound="DataclassInstance")
Value = TypeVar("Value")
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
BLOCK = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


class UnexpectedRows(TypeError):
    """A statement does not return what its caller says it does: a mistake in this program, not in the data."""


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


def rows_as(
    row_type: type[RowType], connection: Connection, name: str, parameters: Parameters = None, **identifiers: str
) -> list[RowType]:
    """The rows of a statement as `row_type`, a dataclass; UnexpectedRows unless its fields are the columns exactly."""
    columns, rows = query_columns(connection, statement(name, **identifiers), parameters)
    _check_columns(row_type, columns, name)
    return [row_type(**dict(zip(columns, row, strict=True))) for row in rows]


def streamed_as(
    row_type: type[RowType], connection: Connection, name: str, parameters: Parameters = None, **identifiers: str
) -> Iterator[RowType]:
    """As rows_as, one row after the other, with a memory that does not grow with them."""
    columns, rows = query_streamed(connection, statement(name, **identifiers), parameters)
    _check_columns(row_type, columns, name)
    for row in rows:
        yield row_type(**dict(zip(columns, row, strict=True)))


def one_as(
    row_type: type[RowType], connection: Connection, name: str, parameters: Parameters = None, **identifiers: str
) -> RowType:
    """The only row of a statement; UnexpectedRows when there is none or more than one."""
    return _only(rows_as(row_type, connection, name, parameters, **identifiers), name)


def one_or_none_as(
    row_type: type[RowType], connection: Connection, name: str, parameters: Parameters = None, **identifiers: str
) -> RowType | None:
    """The only row of a statement, or None without one; UnexpectedRows when there are more."""
    rows = rows_as(row_type, connection, name, parameters, **identifiers)
    return _only(rows, name) if rows else None


def values_as(
    value_type: type[Value], connection: Connection, name: str, parameters: Parameters = None, **identifiers: str
) -> list[Value]:
    """The values of a statement of one column; UnexpectedRows where one is of another type, or null."""
    _, rows = query_columns(connection, statement(name, **identifiers), parameters)
    return [_typed(value_type, _only(row, name, "value"), name) for row in rows]


def value_as(
    value_type: type[Value], connection: Connection, name: str, parameters: Parameters = None, **identifiers: str
) -> Value:
    """The only value of a statement's only row; UnexpectedRows where it is of another type, or null."""
    return _only(values_as(value_type, connection, name, parameters, **identifiers), name)


def value_or_none_as(
    value_type: type[Value], connection: Connection, name: str, parameters: Parameters = None, **identifiers: str
) -> Value | None:
    """The only value of a statement's only row, which may be null."""
    _, rows = query_columns(connection, statement(name, **identifiers), parameters)
    value: Any = _only(_only(rows, name), name, "value")
    return value if value is None else _typed(value_type, value, name)


def _typed(value_type: type[Value], value: object, name: str) -> Value:
    if not isinstance(value, value_type):
        raise UnexpectedRows(f"sql/{name} returns a {type(value).__name__} where {value_type.__name__} is expected")
    return value


def _check_columns(row_type: "type[DataclassInstance]", columns: list[str], name: str) -> None:
    declared = [field.name for field in fields(row_type) if field.init]
    if sorted(declared) == sorted(columns):
        return
    lacking = ", ".join(sorted(set(declared) - set(columns))) or "none"
    beyond = ", ".join(sorted(set(columns) - set(declared))) or "none"
    twice = ", ".join(sorted({column for column in columns if columns.count(column) > 1})) or "none"
    raise UnexpectedRows(
        f"the columns of sql/{name} are not the fields of {row_type.__name__}: "
        f"missing: {lacking}; too many: {beyond}; twice: {twice}"
    )


def _only(found: Sequence[Value], name: str, what: str = "row") -> Value:
    if len(found) != 1:
        raise UnexpectedRows(f"sql/{name} returns {len(found)} {what}s where one is expected")
    return found[0]


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
