"""Makes the source's tables of what landed: one transaction, by sets, and of what changed only."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from miyabi_dw.common.paths import CATALOGUE
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import one_as, run, run_count, value_as, value_or_none_as

# What is touched, the issues that it names, the releases that carry it.
BEGIN = ("connect/conform/sync/statistics", "connect/conform/links/touch")
LINKS = (
    "connect/conform/links/pulls", "connect/conform/links/commits", "connect/conform/deployments/touch",
    "connect/conform/deployments/carry",
)  # fmt: skip
# How a table's rows are gathered and merged, each table after those that its rows point to. Those of releases are
# gathered with the links, for an issue may be closed by them.
CHANGES = (
    ("connect/conform/issues/gather", "connect/conform/issues/merge"),
    ("connect/conform/commits/gather", "connect/conform/commits/merge"),
    ("connect/conform/deployments/merge",),
    ("connect/conform/issue_parts/gather_labels", "connect/conform/issue_parts/merge_labels"),
    ("connect/conform/issue_parts/gather_reviews", "connect/conform/issue_parts/merge_reviews"),
    ("connect/conform/issue_parts/gather_worktrees", "connect/conform/issue_parts/merge_worktrees"),
    ("connect/conform/issue_parts/gather_pulls", "connect/conform/issue_parts/merge_pulls"),
)
EXECUTIONS = ("connect/conform/executions/gather", "connect/conform/executions/merge")


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the rows of a source table that the syncs touched."""

    table: str
    inserted: int
    updated: int
    unchanged: int
    deleted: int


@dataclass(frozen=True, slots=True)
class _News:
    of_changes: bool
    of_answers: bool


def conform(connection: Connection, settings: Settings, sync_number: int) -> list[Account]:
    """Takes up what landed up to this sync and since the last one conformed; none without news. The caller commits.

    The same landing again changes no row, and a row keeps its id.
    """
    since = value_or_none_as(int, connection, "connect/conform/sync/first", {"number": sync_number})
    news = one_as(_News, connection, "connect/conform/sync/news", {"since": since})
    if not (news.of_changes or news.of_answers):
        return []
    values = {"since": since, "zone": settings.source_timezone, "success": _success_patterns()}
    for step in (*BEGIN, *(LINKS if news.of_changes else ())):
        run(connection, step, values)
    accounts = [_made(connection, table, values) for table in (*(CHANGES if news.of_changes else ()), EXECUTIONS)]
    run(connection, "connect/conform/sync/finish")
    return accounts


def _made(connection: Connection, steps: Sequence[str], values: Mapping[str, object]) -> Account:
    *gathering, merge = steps
    for step in gathering:
        run(connection, step, values)
    return one_as(Account, connection, merge, values)


def forget(connection: Connection, settings: Settings, name: str) -> list[Account]:
    """Removes what the connection `name` has landed, and of the source what no other one tells. The caller commits."""
    number = value_as(int, connection, "connect/landing/begin_sync")
    run(connection, "connect/conform/forget/leave", {"connection": name, "number": number})
    accounts = conform(connection, settings, number)
    run_count(connection, "connect/conform/forget/remove", {"connection": name, "number": number})
    return accounts


@cache
def _success_patterns() -> list[str]:
    """The words of the catalogue for a success, as patterns of LIKE."""
    with (CATALOGUE / "deployment_states.csv").open(encoding="utf-8", newline="") as file:
        words = [row["pattern"] for row in csv.DictReader(file) if row["state"] == "SUCCESS"]
    return [word.replace("\\", "\\\\").replace("_", r"\_").replace("%", r"\%").replace("*", "%") for word in words]
