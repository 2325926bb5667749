"""The run's batch of unlogged tables: a crash of the server empties them, and a mark beside them tells."""

from miyabi_dw.db.connection import Connection
from miyabi_dw.db.statements import run_count, value_as
from miyabi_dw.engine import Failure
from miyabi_dw.orchestration.runner.retry import BATCH_LOST
from miyabi_dw.registry import run_schema

MARK = "batch_is_whole"


def mark(connection: Connection, run_id: str) -> None:
    """Says that the batch is there from now on; nothing for a run that made none."""
    schema = run_schema(run_id)
    if exists(connection, run_id):
        run_count(connection, "orchestration/batch/mark_drop", mark=f"{schema}.{MARK}")
        run_count(connection, "orchestration/batch/mark", mark=f"{schema}.{MARK}")


def exists(connection: Connection, run_id: str) -> bool:
    return value_as(bool, connection, "orchestration/batch/exists", {"schema": run_schema(run_id)})


def is_whole(connection: Connection, run_id: str) -> bool:
    """False when a batch that was marked has been emptied since; true for a run that has none."""
    name = f"{run_schema(run_id)}.{MARK}"
    if not value_as(bool, connection, "orchestration/batch/is_marked", {"mark": name}):
        return True
    return value_as(bool, connection, "orchestration/batch/is_whole", mark=name)


def lost() -> Failure:
    return Failure(
        "cell raised",
        "the server crashed and came back without the run's batch, which it does not log",
        error_class="BatchLost",
        error_message="the batch tables are empty after a crash of the server",
        remedy="the run begins again with its first stage",
        code=BATCH_LOST,
    )
