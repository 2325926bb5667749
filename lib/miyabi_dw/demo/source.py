"""Fills a source database with the real development history that ships with the project."""

import csv
import gzip
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.paths import SQL
from miyabi_dw.connect.own_source import DEMONSTRATION as MARK
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.statements import one_as, run, statement, value_as, values_as
from miyabi_dw.demo.synthetic import ADDED_COLUMNS, add_pull_requests, generate

# What a busy team's agents do in half a year.
MADE_UP_ISSUES, MADE_UP_EXECUTIONS = 7_200, 31_500

logger = logging.getLogger(__name__)

DATA = SQL / "demo" / "data"
# Those that every source has; of optional ones the shipped history has none.
TABLES = (
    "issues", "agent_execution_logs", "code_gen_tasks", "review_results", "deployment_pipelines", "commits",
    "label_history", "worktree_states",
)  # fmt: skip

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Content:
    """How many rows a table has, and the checksum of all of them."""

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class State:
    """How many of the tables there are, and whether the demonstration made them."""

    tables: int
    is_demonstration: bool


def shipped(folder: Path = DATA) -> dict[str, Content]:
    """What each table of the demonstration holds, parents before children."""
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return {row["table_name"]: Content(int(row["rows"]), row["digest"]) for row in csv.DictReader(file)}


def load_source(
    database: Database, progress: Progress | None = None, until: datetime | None = None
) -> dict[str, int]:  # fmt: skip
    """Makes the source hold the demonstration data, in one transaction; the rows of each table as shipped.

    Writes nothing when they are all there already, and refuses a source that the demonstration has not made.
    With `until`, in the source's own time, it holds what was known then: no row that came later, no end that was ahead.
    `progress` is told each table as it is done, with the rows so far and the rows in all.
    """
    wanted = shipped()
    with database.connect("source_owner") as connection:
        prepared = _prepare(connection, database.describe("source_owner"))
        if until or not (prepared and _has(connection, wanted)):
            _fill(connection, wanted, progress, indexed=prepared)
        if until:
            run(connection, "demo/source/forget_later", {"until": until})
    return {table: content.rows for table, content in wanted.items()}


def load_synthetic(database: Database, progress: Progress, first: date, agents_from: date, last: date) -> None:
    """Makes an empty source hold a made-up history of these days, marked as the demonstration; what is there stays.

    No agent works before `agents_from`.
    """
    with database.connect("source_owner") as connection:
        if not _prepare(connection, database.describe("source_owner")):
            run(connection, "demo/source/indexes")
        if _is_empty(connection):
            progress("source: a made-up history", 0, 1)
            generate(connection, n_issues=MADE_UP_ISSUES, n_executions=0, first_day=first, last_day=last)
            generate(
                connection, n_issues=0, n_executions=MADE_UP_EXECUTIONS, first_day=agents_from, last_day=last
            )  # fmt: skip
            add_pull_requests(connection, last)
        for table in TABLES:
            run(connection, "demo/source/mark_table", table=table)


def state_of(connection: Connection) -> State:
    return one_as(State, connection, "demo/source/state", {"tables": [*TABLES], "mark": MARK})


def _prepare(connection: Connection, where: str) -> bool:
    """Whether the tables were there; makes them if none was."""
    state = state_of(connection)
    if not state.tables:
        run(connection, "demo/source/schema")
        return False
    if state.tables != len(TABLES) or not (state.is_demonstration or _is_empty(connection)):
        raise BadRequest(
            "the source has tables that the demonstration did not make, and they are not touched",
            where,
            "give the demonstration an empty database",
        )
    if not all(_has_columns(connection, table) for table in TABLES):
        # Made by an earlier release, which shipped fewer columns; or by connections, and empty.
        run(connection, "demo/source/drop_tables")
        run(connection, "demo/source/schema")
        return False
    return True


def _has_columns(connection: Connection, table: str) -> bool:
    with gzip.open(_file(table), "rt", encoding="utf-8", newline="") as file:
        wanted = next(csv.reader(file))
    found = values_as(str, connection, "demo/source/columns", {"name": table})
    return found[: len(wanted)] == wanted and ADDED_COLUMNS.issuperset(found[len(wanted) :])


def _is_empty(connection: Connection) -> bool:
    return not any(value_as(bool, connection, "demo/source/has_rows", table=table) for table in TABLES)


def rows_in(connection: Connection) -> int:
    """How many rows there are now, in all tables together."""
    return sum(one_as(Content, connection, "demo/source/digest", table=table).rows for table in TABLES)


def _has(connection: Connection, wanted: dict[str, Content]) -> bool:
    found = {table: one_as(Content, connection, "demo/source/digest", table=table) for table in wanted}
    return found == wanted


def _fill(connection: Connection, wanted: dict[str, Content], progress: Progress | None, *, indexed: bool) -> None:
    run(connection, "demo/source/empty_source")
    logger.info("the source is filled with the demonstration data, %d tables", len(wanted))
    done, total = 0, sum(content.rows for content in wanted.values())
    for table, content in wanted.items():
        _copy_in(connection, table)
        run(connection, "demo/source/advance_sequence", {"name": table}, table=table)
        run(connection, "demo/source/mark_table", table=table)
        done += content.rows
        if progress:
            progress(table, done, total)
    if not indexed:
        run(connection, "demo/source/indexes")
    for table in wanted:
        run(connection, "demo/source/analyze_table", table=table)


def _copy_in(connection: Connection, table: str) -> None:
    with gzip.open(_file(table)) as file, connection.cursor() as cursor:
        cursor.copy_expert(statement("demo/source/copy_in", table=table), file)


def _file(table: str) -> Path:
    path = DATA / f"{table}.csv.gz"
    if not path.exists():
        raise BadRequest("the demonstration data is missing", str(path), "restore the file")
    return path
