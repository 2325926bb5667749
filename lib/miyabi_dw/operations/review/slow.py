"""The slowest statements and how the server runs them."""

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.files import Json
from miyabi_dw.common.text import one_line
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, DatabaseError, query
from miyabi_dw.db.errors import code_of, redacted_error

logger = logging.getLogger(__name__)

QUERY_PLACE = "/* query */"
# What the server counts is not only queries, and it has put a parameter in the place of each value.
NO_VALUES = "the server plans this statement only with its values, which it does not keep"
NO_RIGHT = "permission denied: the role at hand may not run this statement"
# Plans of statements with unknown parameters.
GENERIC_PLANS_FROM = 160_000


@dataclass(frozen=True)
class Timing:
    """What the server counted of one statement."""

    query_id: str
    calls: int
    mean_ms: Decimal
    total_s: Decimal
    rows: int
    query: str


@dataclass(frozen=True)
class Slow(Timing):
    """`plan` is the server's own tree, or null with `why_not`."""

    plan: Json | None
    why_not: str = ""

    @property
    def cost(self) -> float | None:
        return float(self.plan["Total Cost"]) if self.plan else None

    @property
    def line(self) -> str:
        """The statement on one line."""
        return one_line(self.query)

    def lines(self) -> str:
        """The plan as indented text, the way EXPLAIN shows it."""
        return "\n".join(plan_lines(self.plan)) if self.plan else f"no plan: {self.why_not}"


def slowest(connection: Connection) -> list[Slow]:
    """The ten slowest of this database by mean time; BadRequest where the server does not keep such statistics."""
    if not statements.value_as(bool, connection, "operations/review/has_statements"):
        raise BadRequest(
            "the server keeps no statistics of statements",
            "pg_stat_statements is not there",
            "have an administrator add it to shared_preload_libraries and run CREATE EXTENSION pg_stat_statements",
        )
    return [_explained(connection, timing) for timing in timings(connection)]


def timings(connection: Connection) -> list[Timing]:
    return statements.rows_as(Timing, connection, "operations/review/slowest")


def _explained(connection: Connection, timing: Timing) -> Slow:
    plan, why_not = explain(connection, timing.query)
    return Slow(**asdict(timing), plan=plan, why_not=why_not)


def explain(connection: Connection, text: str) -> tuple[Json | None, str]:
    """The plan of a statement with its parameters left open; None and the reason where the server makes none."""
    if connection.server_version < GENERIC_PLANS_FROM:
        return None, "the server is older than PostgreSQL 16"
    connection.rollback()
    try:
        answer = query(connection, statements.statement("operations/review/explain").replace(QUERY_PLACE, text))
    except DatabaseError as error:
        logger.debug("no plan: %s", redacted_error(error))
        return None, NO_RIGHT if code_of(error) == "permission-denied" else NO_VALUES
    finally:
        connection.rollback()
    plan: Json = answer[0]["QUERY PLAN"][0]["Plan"]
    return plan, ""


def nodes(plan: Json) -> Iterator[Json]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def plan_lines(plan: Json, depth: int = 0) -> Iterator[str]:
    """The plan the way EXPLAIN shows it, with what it looks for."""
    target = plan.get("Index Name") or plan.get("Relation Name")
    on = f" on {target}" if target else ""
    yield f"{'  ' * depth}{plan['Node Type']}{on}  (cost {plan['Total Cost']:,.0f}, rows {plan['Plan Rows']:,})"
    for kind in ("Index Cond", "Hash Cond", "Filter"):
        if kind in plan:
            yield f"{'  ' * depth}  {kind}: {plan[kind]}"
    for child in plan.get("Plans", []):
        yield from plan_lines(child, depth + 1)
