<<<<<<< HEAD
"""How much of the source is linked, how, and why the rest is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import rows_as
=======
"""How much of what connections brought could be linked, and why the rest could not."""

from dataclasses import dataclass

from miyabi_dw.db.connection import Connection
>>>>>>> connect


@dataclass(frozen=True, slots=True)
class Reason:
<<<<<<< HEAD
    """How rows were linked (`is_linked`) or why they were not; up to three of the latest are named in `examples`."""
=======
    """How some rows were linked, or why they were not, with up to three of them."""
>>>>>>> connect

    reason: str
    is_linked: bool
    rows: int
<<<<<<< HEAD
    examples: Sequence[str]
=======
    examples: tuple[str, ...]
>>>>>>> connect


@dataclass(frozen=True, slots=True)
class Coverage:
<<<<<<< HEAD
    """Of `total` rows of one kind `linked` are linked; `reasons` tells of all of them, the linked ones first."""
=======
    """`what` is linked with what: commits with an issue, executions with an issue, deployments with commits."""
>>>>>>> connect

    what: str
    linked: int
    total: int
<<<<<<< HEAD
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
=======
    reasons: tuple[Reason, ...]


def coverage(connection: Connection) -> list[Coverage]:  # noqa: ARG001
    """Over the whole source."""
    return []
>>>>>>> connect
