"""How much of the source is linked, how, and why the rest is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import rows_as


@dataclass(frozen=True, slots=True)
class Reason:
    """How rows were linked (`is_linked`) or why they were not; up to three of the latest are named in `examples`."""

    reason: str
    is_linked: bool
    rows: int
    examples: Sequence[str]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of `total` rows of one kind `linked` are linked; `reasons` tells of all of them, the linked ones first."""

    what: str
    linked: int
    total: int
    reasons: Sequence[Reason]


@dataclass(frozen=True, slots=True)
class _Row:
    what: str
    reason: str
    is_linked: bool
    rows: int
    examples: list[str]


def coverage(connection: Connection) -> list[Coverage]:
    """Commits and executions with an issue, executions with a repository, deployments with commits; what has rows."""
    rows = rows_as(_Row, connection, "connect/coverage/reasons")
    return [_coverage(what, [*found]) for what, found in groupby(rows, attrgetter("what"))]


def _coverage(what: str, rows: Sequence[_Row]) -> Coverage:
    return Coverage(
        what,
        linked=sum(row.rows for row in rows if row.is_linked),
        total=sum(row.rows for row in rows),
        reasons=tuple(Reason(row.reason, row.is_linked, row.rows, tuple(row.examples)) for row in rows),
    )
