"""Plans and sizes, by a role that can only read."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miyabi_dw.common.text import counted, one_line
from miyabi_dw.db.connection import Connection
from miyabi_dw.operations.review.advice import table_uses
from miyabi_dw.operations.review.slow import explain, plan_lines
from miyabi_dw.workbench import written
from miyabi_dw.workbench.panels import Answer

if TYPE_CHECKING:
    import pandas

SHORT = 60
TOP = 20
NO_STATISTICS = (
    "The server keeps no statistics of statements: pg_stat_statements is not installed, or nothing has run since they "
    "were reset."
)
SINCE = (
    "Counted since the server's statistics began: an index that only a monthly job reads may not have been needed yet."
)


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


def answer(statements: "pandas.DataFrame", indexes: "pandas.DataFrame") -> Answer:
    """Where does the time go, and which indexes do not earn their space?"""
    idle = indexes[(indexes["uses"] == 0) & ~indexes["keeps_unique"]]
    size = float(idle["size_mb"].sum())
    unused = f"{counted(len(idle), 'index', 'indexes')} of {size:,.0f} MB in all were never used"
    if statements.empty:
        return Answer(f"Where the time goes is not known; {unused}.", (NO_STATISTICS,))
    total, first = float(statements["total_s"].sum()), statements.iloc[0]
    most = written.percent(float(first["total_s"]) / total) if total else "0 %"
    sentence = f"One statement takes {most} of the time that the {len(statements)} longest took, and {unused}."
    text = one_line(str(first["query"]))[:SHORT]
    calls = counted(int(first["calls"]), "call")
    return Answer(sentence, (f"It begins {text!r}: {calls}, {float(first['mean_ms']):,.0f} ms each.", SINCE))
