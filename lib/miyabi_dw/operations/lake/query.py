"""One query over the lake, its rows handed on as they come."""

import itertools
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.operations.lake.named import named
from miyabi_dw.operations.lake.session import connect

logger = logging.getLogger(__name__)

ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Result:
    """The columns, and the rows one after the other."""

    columns: Sequence[str]
    rows: Iterator[tuple[object, ...]]


@contextmanager
def ask(settings: Settings, sql: str) -> Iterator[Result]:
    """The answer to one SELECT; BadRequest, in DuckDB's words, for what it cannot answer."""
    asked = named(sql)
    logger.debug("the query reads %s", ", ".join(asked.tables) or "no table")
    try:
        with connect(settings, *asked.tables, columns=asked.columns) as session:
            session.execute(sql)
            yield Result([column[0] for column in session.description or ()], _rows(session))
    except duckdb.Error as error:
        told = str(error).partition("\n")[0]
        raise BadRequest(f"the query cannot be answered: {told}", remedy="correct it") from None


def _rows(session: duckdb.DuckDBPyConnection) -> Iterator[tuple[object, ...]]:
    batches = iter(lambda: session.fetchmany(ROWS_AT_ONCE), [])
    return (tuple(map(_plain, row)) for row in itertools.chain.from_iterable(batches))


def _plain(value: object) -> object:
    """A decimal without the zeros that only its type has put behind it; no other digit is touched."""
    if not isinstance(value, Decimal) or not value.is_finite():
        return value
    text = f"{value:f}"
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)
