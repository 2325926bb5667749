"""Facts with their months in cold storage, inside one transaction of a reader: what asks them never meets a border.

The months are copied into temporary tables. A temporary view of the fact's own name adds them to what the warehouse
has, and temporary views of the names of the public views over the fact do the same above it, made of the definitions
in force: PostgreSQL looks for a name without a schema among a session's temporary objects first. All are gone with the
transaction, no other session sees them, and what is asked is asked by the names as before.
"""

import logging
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Month
from miyabi_dw.db import statements
from miyabi_dw.db.connection import Connection, execute
from miyabi_dw.registry.cold_files import ColdFile, recorded, refuse_fault

logger = logging.getLogger(__name__)

QUERY_PLACE = "/* query */"
# Views that have the fact's rows of a day on that day: for a range of days, its months are enough. What another view
# has on a day may be made of any.
BY_DAY = frozenset({"v_metric_execution", "v_metric_issue_day", "v_metric_budget"})


@dataclass(frozen=True, slots=True)
class _View:
    """A view over a fact, in the order in which they can be made."""

    fact: str
    name: str
    definition: str


def join_named(
    connection: Connection, settings: Settings, text: str, days: tuple[date, date] | None
) -> bool:  # fmt: skip
    """As `join_months`, for the facts that a statement names, by themselves or by the views over them."""
    words = set(re.findall(r"\w+", text))
    facts = sorted({file.fact_table for file in recorded(connection) if file.is_only_copy})
    if not facts:
        connection.rollback()
        return False
    over = [view for view in _views(connection, facts) if view.name in words]
    named = {fact for fact in facts if fact in words} | {view.fact for view in over}
    is_by_day = {view.name for view in over} <= BY_DAY
    return join_months(connection, settings, named, days if is_by_day else None)


def join_months(
    connection: Connection, settings: Settings, facts: Collection[str], days: tuple[date, date] | None
) -> bool:  # fmt: skip
    """From here to the end of the transaction the facts have their cold months, of `days` or all; False for none.

    A transaction that has begun is given up. False also where the session may make no temporary table, as on a replica:
    who asks has to say then that months are missing. ArchiveDamaged for a file that is not as it was written.
    """
    connection.rollback()
    if not facts or not statements.value_as(bool, connection, "operations/cold_storage/can_join"):
        connection.rollback()
        return False
    connection.rollback()
    statements.run(connection, "operations/cold_storage/begin_join")
    for fact in sorted(facts):
        statements.run(connection, "operations/cold_storage/keep_months", fact=fact)
    months = [file for file in recorded(connection) if file.fact_table in facts and _is_wanted(file, days)]
    joined = sorted({file.fact_table for file in months})
    views = _views(connection, joined)
    for fact in joined:
        _join(connection, settings, fact, [file for file in months if file.fact_table == fact])
    for name, definition in {view.name: view.definition for view in views}.items():
        made = statements.statement("operations/cold_storage/join_view", view=name)
        execute(connection, made.replace(QUERY_PLACE, definition.removesuffix(";")))
    statements.run(connection, "operations/cold_storage/end_join")
    logger.info("%d months of cold storage are read", len(months))
    return bool(months)


def _is_wanted(file: ColdFile, days: tuple[date, date] | None) -> bool:
    within = days is None or Month.of(days[0]).key <= file.month_key <= Month.of(days[1]).key
    return file.is_only_copy and within


def _views(connection: Connection, facts: Sequence[str]) -> list[_View]:
    return statements.rows_as(_View, connection, "operations/cold_storage/views_over", {"facts": list(facts)})


def _join(connection: Connection, settings: Settings, fact: str, files: Sequence[ColdFile]) -> None:
    from miyabi_dw.registry.cold_rows import load

    cold = f"cold_{fact}"
    statements.run(connection, "operations/cold_storage/join_table", fact=fact, cold=cold)
    for file in files:
        refuse_fault(settings, file)
        load(file.path(settings), connection, cold)
    statements.run(connection, "operations/cold_storage/join_fact", fact=fact, cold=cold)
