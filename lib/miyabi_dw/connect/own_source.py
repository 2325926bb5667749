"""The source database that connections fill: ours alone, made ready, and refused where anybody else has written."""

import hashlib

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.db.connection import Connection, Database
from miyabi_dw.db.statements import run, run_count, source_text, value_as, values_as

MARK = "Filled by connections of Miyabi DW"
DEMONSTRATION = "Demonstration data of Miyabi DW"
TABLES = (
    "issues", "agent_execution_logs", "code_gen_tasks", "review_results", "deployment_pipelines", "commits",
    "label_history", "worktree_states", "pull_requests",
)  # fmt: skip
SCRIPTS = ("connect/schema", "connect/source_tables")


class NotOurs(MiyabiError):
    """The source holds rows that no connection has written."""

    code = "source-not-ours"


def prepare_source(database: Database) -> None:
    """Makes landing tables and source tables, or brings them up to date; NotOurs where others have written."""
    with database.connect("source_owner", application_name="miyabi-dw:connect") as connection:
        check_ours(connection, database.describe("source_owner"))
        version = _version()
        if not value_as(bool, connection, "connect/landing/is_prepared", {"version": version}):
            for script in SCRIPTS:
                run(connection, script)
            run(connection, "connect/landing/note_version", {"version": version})
            _let_read(database, connection)


def refuse_others(database: Database) -> None:
    """As check_ours, before anything is made; SettingsError where the source can only be read."""
    with database.connect("source_owner", application_name="miyabi-dw:connect") as connection:
        check_ours(connection, database.describe("source_owner"))


def check_ours(connection: Connection, where: str) -> None:
    """NotOurs where the source holds the demonstration, or tables that somebody else has made."""
    if value_as(bool, connection, "connect/landing/is_demonstration", {"mark": DEMONSTRATION}):
        raise NotOurs(
            "this home holds the demonstration, and a team's own data never mix with it", where,
            "set MIYABI_HOME and MIYABI_REPORTS_DIR to other folders, or empty this one with miyabi-dw demo remove",
        )  # fmt: skip
    foreign = values_as(str, connection, "connect/landing/foreign_tables", {"tables": [*TABLES], "mark": MARK})
    if foreign:
        raise NotOurs(
            f"the source has tables that no connection made: {', '.join(foreign)}", where,
            "give the connections a database of their own: MIYABI_SOURCE_URL and MIYABI_SOURCE_OWNER_URL",
        )  # fmt: skip


def _version() -> str:
    return hashlib.sha256("".join(map(source_text, SCRIPTS)).encode()).hexdigest()


def _let_read(database: Database, connection: Connection) -> None:
    with database.connect("source", application_name="miyabi-dw:connect") as reading:
        reader = value_as(str, reading, "connect/landing/current_user")
    if reader != value_as(str, connection, "connect/landing/current_user"):
        run_count(connection, "connect/landing/let_read", reader=reader)
