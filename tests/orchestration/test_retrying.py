"""Which failures are worth another attempt."""

import psycopg2
import pytest
import sqlalchemy.exc
from psycopg2 import errors as pg

from miyabi_dw.common.errors import BadRequest, ConnectionFailed, GateFailed, SettingsError, SourceContractError
from miyabi_dw.engine import Failure
from miyabi_dw.engine.guard import describe
from miyabi_dw.orchestration.runner.retry import can_heal

WRAPPED = sqlalchemy.exc.OperationalError("SELECT 1", {}, pg.DeadlockDetected("deadlock detected"))


def failure(error: BaseException, cause: str = "cell raised") -> Failure:
    said = describe(error)
    return Failure(
        cause, "it failed", error_class=said["error_class"], error_bases=tuple(said["error_bases"]),
        error_message=said["error_message"],
    )  # type: ignore[arg-type]  # fmt: skip


HEALS = [
    ConnectionFailed("nothing answers there", "db:5432", "start the server"),
    ConnectionFailed("the server is starting or stopping", "db:5432", "try again in a minute"),
    ConnectionFailed("the server has no connection free", "db:5432", "close some"),
    psycopg2.OperationalError("server closed the connection unexpectedly"),
    psycopg2.DatabaseError("server closed the connection unexpectedly"),
    psycopg2.InterfaceError("connection already closed"),
    pg.AdminShutdown("terminating connection due to administrator command"),
    pg.CrashShutdown("terminating connection because of crash of another server process"),
    pg.DeadlockDetected("deadlock detected"),
    pg.SerializationFailure("could not serialize access"),
    pg.LockNotAvailable("canceling statement due to lock timeout"),
    WRAPPED,
]
STAYS = [
    GateFailed("2 critical checks failed"),
    SourceContractError("issues.priority is missing"),
    BadRequest("no such pipeline"),
    SettingsError("warehouse_url does not parse"),
    ConnectionFailed("the user or the password is wrong", "db:5432", "check it"),
    ConnectionFailed("the server has no such database", "db:5432", "create it"),
    ConnectionFailed("the host is unknown", "db:5432", "check it"),
    pg.DiskFull("could not extend file: No space left on device"),
    pg.OutOfMemory("out of memory"),
    pg.QueryCanceled("canceling statement due to statement timeout"),
    pg.UndefinedTable('relation "issues" does not exist'),
    pg.NumericValueOutOfRange("numeric field overflow"),
    psycopg2.DatabaseError("something else"),
    ValueError("deadlock of ideas"),
    KeyError("OperationalError"),
]


@pytest.mark.parametrize("error", HEALS, ids=lambda error: f"{type(error).__name__}: {error}"[:60])
def test_what_waiting_can_heal_is_tried_again(error: BaseException) -> None:
    assert can_heal(failure(error))


@pytest.mark.parametrize("error", STAYS, ids=lambda error: f"{type(error).__name__}: {error}"[:60])
def test_what_waiting_cannot_heal_is_not(error: BaseException) -> None:
    assert not can_heal(failure(error))


@pytest.mark.parametrize("cause", ["kernel died", "deadline", "cancelled", "refused", "hung", "stopped early"])
def test_only_an_error_of_a_cell_can_heal(cause: str) -> None:
    assert not can_heal(failure(psycopg2.OperationalError("server closed the connection"), cause))
