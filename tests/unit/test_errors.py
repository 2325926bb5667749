"""Codes: each is documented once, each cause has one of its own, and the driver's errors get theirs from a real server."""

import errno
import importlib
import pickle
import pkgutil
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
import sqlalchemy.exc

import miyabi_dw
from miyabi_dw.common import errors
from miyabi_dw.common.error_codes import CODES, is_transient
from miyabi_dw.common.errors import BackupFailed, Busy, ConnectionFailed, MiyabiError
from miyabi_dw.common.paths import PROJECT
from miyabi_dw.db.connection import Connection, Database, query
from miyabi_dw.db.errors import CODE_OF_STATE, CODE_OF_WORDS, code_of, is_lost

# Several classes may have this one: a kernel that does not come up is one trouble, wherever it is noticed.
SHARED = {"request-unusable", "no-kernel"}


def kinds(kind: type[MiyabiError] = MiyabiError) -> Iterator[type[MiyabiError]]:
    for each in kind.__subclasses__():
        yield each
        yield from kinds(each)


@pytest.fixture(scope="module")
def all_kinds() -> list[type[MiyabiError]]:
    for module in pkgutil.walk_packages(miyabi_dw.__path__, "miyabi_dw."):
        if re.search(r"^class \w+\(MiyabiError\)", _source(module.name), re.MULTILINE):
            importlib.import_module(module.name)
    return [kind for kind in kinds() if kind.__module__.startswith("miyabi_dw.")]


def _source(module: str) -> str:
    path = (PROJECT / "lib").joinpath(*module.split("."))
    return (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")


def test_every_class_has_a_documented_code_of_its_own(all_kinds: list[type[MiyabiError]]) -> None:
    own = [kind.code for kind in all_kinds]
    assert len(own) > 15
    assert [kind.__name__ for kind in all_kinds if "code" not in vars(kind)] == []
    assert set(own) <= set(CODES)
    assert sorted(set(own) - SHARED) == sorted(code for code in own if code not in SHARED)


def test_every_code_says_what_it_means_and_what_to_do() -> None:
    for code, explanation in CODES.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
        assert explanation.meaning and explanation.remedy, code
    meanings = [explanation.meaning for explanation in CODES.values()]
    assert len(meanings) == len(set(meanings))


def test_every_code_that_the_package_names_is_documented_and_every_documented_one_is_named() -> None:
    text = "\n".join(_source(module.name) for module in pkgutil.walk_packages(miyabi_dw.__path__, "miyabi_dw."))
    named = (
        set(re.findall(r"\bcode ?=+ ?\"([a-z-]+)\"", text))
        | set(CODE_OF_STATE.values())
        | {c for _, c in CODE_OF_WORDS}
    )
    assert named <= set(CODES)
    causes = {
        cause.replace(" ", "-")
        for cause in re.findall(r"^    \"([a-z ]+)\",", _source("miyabi_dw.engine.execution"), re.M)
    }
    elsewhere = {code for code in CODES if text.count(f'"{code}"') > 1}
    assert not set(CODES) - named - causes - elsewhere


def test_a_narrower_code_goes_with_the_instance_and_survives_another_process() -> None:
    error = pickle.loads(pickle.dumps(ConnectionFailed("nothing answers there", "db:5432", code="connection-refused")))
    assert (error.code, error.is_transient, str(error)) == (
        "connection-refused",
        True,
        "nothing answers there (db:5432)",
    )
    assert error.as_json() == {
        "code": "connection-refused",
        "what": "nothing answers there",
        "where": "db:5432",
        "remedy": "",
    }
    assert (Busy("taken").code, Busy("taken").is_transient) == ("busy", False)


def test_pythons_own_errors_about_disk_and_memory_have_codes_and_others_none() -> None:
    assert code_of(OSError(errno.ENOSPC, "No space left on device")) == "disk-full"
    assert code_of(MemoryError()) == "memory-exhausted"
    assert code_of(BackupFailed("no")) == "backup-failed"
    assert code_of(FileNotFoundError(errno.ENOENT, "deadlock detected")) == ""
    assert errors.code_of(ValueError("connection refused")) == ""


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("08006", "connection-lost"), ("28P01", "login-refused"), ("3D000", "database-missing"),
        ("40001", "serialization-failure"), ("40P01", "deadlock"), ("42501", "permission-denied"),
        ("53100", "disk-full"), ("53200", "memory-exhausted"), ("53300", "connections-used-up"),
        ("55P03", "lock-not-available"), ("57014", "statement-cancelled"), ("57P03", "server-not-ready"),
        ("42P01", "statement-failed"), ("22003", "statement-failed"),
    ],
)  # fmt: skip
def test_what_the_server_says_gets_its_code_by_sqlstate(warehouse: Connection, state: str, code: str) -> None:
    with pytest.raises(psycopg2.Error) as caught:
        query(warehouse, f"DO $$ BEGIN RAISE EXCEPTION 'das Wort sagt nichts' USING ERRCODE = '{state}'; END $$")
    assert code_of(caught.value) == code
    wrapped = sqlalchemy.exc.DBAPIError("SELECT 1", {}, caught.value)
    assert code_of(wrapped) == code


def ended_by_the_server(database: Database, connection: Connection) -> None:
    with database.connect("owner", autocommit=True) as other:
        query(other, "SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])


def cut_off(database: Database, connection: Connection) -> None:
    """As by a cable or a crash: the server says nothing any more, and libpq has no SQLSTATE."""
    with socket.socket(fileno=connection.fileno()) as line:
        line.shutdown(socket.SHUT_RDWR)
        line.detach()


def closed_by_ourselves(database: Database, connection: Connection) -> None:
    connection.close()


@pytest.mark.parametrize("end", [ended_by_the_server, cut_off, closed_by_ourselves])
@pytest.mark.parametrize("sql", ["SELECT 1", "COPY (SELECT 1) TO STDOUT"])
def test_a_connection_that_is_gone_is_known_as_such(
    database: Database, sql: str, end: Callable[[Database, Connection], None], tmp_path: Path
) -> None:
    with pytest.raises(psycopg2.Error) as caught, database.connect("etl") as connection:
        query(connection, "SELECT 1")
        end(database, connection)
        if sql.startswith("COPY"):
            with connection.cursor() as cursor, (tmp_path / "out").open("wb") as file:
                cursor.copy_expert(sql, file)
        query(connection, sql)
    assert code_of(caught.value) == "connection-lost"
    assert is_lost(caught.value)


def test_an_unknown_code_is_not_worth_another_attempt() -> None:
    assert not is_transient("") and not is_transient("of-the-future")
