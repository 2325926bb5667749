"""Which failures are worth another attempt."""

import psycopg2
import pytest

from miyabi_dw.common.error_codes import CODES
from miyabi_dw.common.errors import (
    BadRequest,
    ConnectionFailed,
    GateFailed,
    MiyabiError,
    SettingsError,
    SourceContractError,
)
from miyabi_dw.db.connection import Connection, query
from miyabi_dw.engine import Failure
from miyabi_dw.engine.guard import describe
from miyabi_dw.orchestration.runner import batch_mark
from miyabi_dw.orchestration.runner.retry import is_worth_retrying


def failure(error: BaseException, cause: str = "cell raised") -> Failure:
    said = describe(error)
    return Failure(cause, "it failed", error_message=said.error_message, code=said.code)  # type: ignore[arg-type]


def lost(code: str) -> ConnectionFailed:
    return ConnectionFailed("a sentence that says nothing", "db:5432", "wait", code=code)


HELPED = [
    *(lost(code) for code in ("connection-refused", "server-not-ready", "connections-used-up", "connection-lost")),
    ConnectionFailed("no connection: something of which nobody has heard"),
    psycopg2.OperationalError("server closed the connection unexpectedly"),
    psycopg2.InterfaceError("connection already closed"),
]
NOT_HELPED = [
    GateFailed("2 critical checks failed"),
    SourceContractError("issues.priority is missing"),
    BadRequest("no such pipeline"),
    SettingsError("warehouse_url does not parse"),
    *(
        lost(code)
        for code in ("login-refused", "database-missing", "host-unknown", "url-unusable", "encryption-failed")
    ),
    psycopg2.OperationalError("FATAL: password authentication failed for user"),
    psycopg2.DatabaseError("something else"),
    ValueError("deadlock of ideas"),
    KeyError("OperationalError"),
    MemoryError(),
]


@pytest.mark.parametrize("error", HELPED, ids=lambda error: f"{type(error).__name__}: {error}"[:60])
def test_what_waiting_may_mend_is_tried_again(error: BaseException) -> None:
    assert is_worth_retrying(failure(error))


@pytest.mark.parametrize("error", NOT_HELPED, ids=lambda error: f"{type(error).__name__}: {error}"[:60])
def test_what_waiting_cannot_mend_is_not(error: BaseException) -> None:
    assert not is_worth_retrying(failure(error))


@pytest.mark.parametrize(
    ("state", "is_helped"),
    [
        ("40P01", True),
        ("40001", True),
        ("55P03", True),
        ("57P01", True),
        ("53100", False),
        ("57014", False),
        ("42P01", False),
    ],
)
def test_what_the_server_says_is_judged_by_its_sqlstate(warehouse: Connection, state: str, is_helped: bool) -> None:
    with pytest.raises(psycopg2.Error) as caught:
        query(warehouse, f"DO $$ BEGIN RAISE EXCEPTION 'closed the connection' USING ERRCODE = '{state}'; END $$")
    assert is_worth_retrying(failure(caught.value)) is is_helped


@pytest.mark.parametrize("cause", ["kernel died", "deadline", "cancelled", "refused", "hung", "stopped early"])
def test_only_an_error_of_a_cell_is_tried_again(cause: str) -> None:
    assert not is_worth_retrying(failure(psycopg2.OperationalError("server closed the connection"), cause))
    assert Failure(cause, "it failed").code in CODES  # type: ignore[arg-type]


def test_a_lost_batch_is_worth_another_attempt() -> None:
    assert is_worth_retrying(batch_mark.lost())


def test_an_error_that_python_raises_in_a_cell_is_told_as_such() -> None:
    assert failure(ValueError("no")).code == "cell-raised"
    assert failure(MiyabiError("no")).code == "error"
