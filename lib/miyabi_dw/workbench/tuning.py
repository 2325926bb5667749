"""Plans and sizes, by a role that can only read."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miyabi_dw.common.text import one_line
from miyabi_dw.db.connection import Connection
from miyabi_dw.operations.review.advice import table_uses
from miyabi_dw.operations.review.slow import explain, plan_lines

if TYPE_CHECKING:
    import pandas

SHORT = 60
TOP = 20


@dataclass(frozen=True)
class Plan:
    """`text` is empty with `why_not` when the server makes none."""

    text: str
    why_not: str = ""


def plan(connection: Connection, query: str) -> Plan:
    """How the server would run a statement whose parameters are left open; it is not run.

    The statement is one that the server itself remembers, which is a single one; the connection is read-only besides.
    """
    tree, why_not = explain(connection, query)
    if tree is None:
        return Plan("", f"There is no plan: {why_not}.")
    return Plan("\n".join(plan_lines(tree)))


def tables(connection: Connection) -> "pandas.DataFrame":
    """The largest first, partitions under their parent's name."""
    import pandas

    frame = pandas.DataFrame(table_uses(connection))
    frame["size_mb"] = (frame.pop("bytes") / 1e6).round(2)
    return frame.sort_values("size_mb", ascending=False, ignore_index=True)


def top(statements: "pandas.DataFrame") -> "pandas.DataFrame":
    """The first of them with a name short enough for an axis."""
    first = statements.head(TOP)
    return first.assign(statement=list(named(first).values()))


def named(statements: "pandas.DataFrame") -> dict[str, str]:
    """What to call each, by its identifier: its place and how it begins."""
    texts = zip(statements["query_id"], statements["query"], strict=True)
    return {query_id: f"{at}. {one_line(text)[:SHORT]}" for at, (query_id, text) in enumerate(texts, start=1)}
