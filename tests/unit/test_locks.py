"""Advisory locks: who has one keeps others out, whatever version took it, and nobody keeps one that is gone."""

import threading
import time

import psycopg2
import pytest

from miyabi_dw.db import locks
from miyabi_dw.db.connection import Connection, Database, query
from miyabi_dw.db.locks import Lock, advisory_lock, is_locked, lock_transaction, try_lock, wait_lock

LOCK = Lock("a lock of this test")
# How version 1.0.0 took each of them.
FORMER = [
    (locks.pipeline("small"), "pg_advisory_lock(ops.lock_key('pipeline', 'small'))"),
    (
        locks.one_run("20260101T000000Z-small-abcdef"),
        "pg_advisory_lock(ops.lock_key('run', '20260101T000000Z-small-abcdef'))",
    ),
    (locks.schedule_worker("small"), "pg_advisory_lock(ops.lock_key('scheduler', 'small'))"),
    (locks.catch_up_slot(2), "pg_advisory_lock(ops.lock_key('slot', '2'))"),
    (locks.backfill("small"), "pg_advisory_lock(ops.lock_key('backfill', 'small'))"),
    (locks.BACKUP, "pg_advisory_lock(ops.lock_key('backup', 'warehouse'))"),
    (locks.scratch_database("scratch_1"), "pg_advisory_lock(hashtextextended('scratch_1', 0))"),
    (locks.PUBLISH, "pg_advisory_xact_lock(hashtextextended('miyabi-dw publish', 0))"),
    (locks.table("dim_issue"), "ops.lock_target('dim_issue')"),
    (locks.CHAIN, "pg_advisory_xact_lock(hashtext('ops.archived_run'))"),
    (locks.run_pages("r1"), "pg_advisory_xact_lock(hashtext('ops.archived_run'), hashtext('r1'))"),
    (locks.index_page("index.html"), "pg_advisory_xact_lock(hashtext('archive page'), hashtext('index.html'))"),
]
ADVISORY = """
    SELECT classid, objid, objsubid, mode FROM pg_locks
    WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted
"""


@pytest.mark.parametrize(("lock", "former"), FORMER, ids=lambda value: value.name if isinstance(value, Lock) else "")
def test_a_lock_is_the_one_that_version_1_0_0_took(lock: Lock, former: str, database: Database) -> None:
    with database.connect("owner") as before, database.connect("owner") as now:
        query(before, f"SELECT {former}")
        [taken] = query(before, ADVISORY)
        query(before, "SELECT pg_advisory_unlock_all()")
        before.rollback()
        lock_transaction(now, lock)
        assert query(now, ADVISORY) == [taken]


def test_who_has_a_lock_keeps_others_out_until_the_block_ends(database: Database) -> None:
    with database.connect("etl", autocommit=True) as one, database.connect("etl", autocommit=True) as other:
        with advisory_lock(one, LOCK, wait=0) as is_taken:
            assert is_taken and is_locked(other, LOCK)
            assert not try_lock(other, LOCK)
            with advisory_lock(other, LOCK, wait=0.2) as is_taken_too:
                assert not is_taken_too
        assert not is_locked(other, LOCK)
        assert try_lock(other, LOCK)


def test_a_shared_lock_is_refused_while_somebody_waits_to_have_it_alone(database: Database) -> None:
    def alone() -> None:
        with database.connect("etl", autocommit=True) as waiting, advisory_lock(waiting, LOCK) as is_taken:
            taken.append(is_taken)

    taken: list[bool] = []
    with database.connect("etl", autocommit=True) as one, database.connect("etl", autocommit=True) as other:
        with advisory_lock(one, LOCK, shared=True):
            with advisory_lock(other, LOCK, shared=True, wait=0) as is_shared:
                assert is_shared
            thread = threading.Thread(target=alone)
            thread.start()
            until_waiting(one)
            assert not try_lock(other, LOCK, shared=True)
        thread.join(timeout=30)
    assert taken == [True]


def until_waiting(connection: Connection) -> None:
    asked = "SELECT count(*) AS waiting FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    end = time.monotonic() + 30
    while not query(connection, asked)[0]["waiting"]:
        assert time.monotonic() < end, "nobody waits"
        time.sleep(0.05)


def test_a_wait_ends_in_time_and_leaves_no_timeout_behind(database: Database) -> None:
    with database.connect("etl", autocommit=True) as one, database.connect("etl", autocommit=True) as other:
        assert wait_lock(one, LOCK)
        began = time.monotonic()
        assert not wait_lock(other, LOCK, 0.3)
        assert 0.25 < time.monotonic() - began < 10
        assert query(other, "SELECT current_setting('lock_timeout') AS timeout") == [{"timeout": "0"}]


def test_a_session_that_ends_leaves_no_lock_and_no_error_about_it(database: Database) -> None:
    with database.connect("owner", autocommit=True) as other:
        # The connection says that it was lost; the lock has nothing to add.
        with (
            pytest.raises(psycopg2.InterfaceError, match="already closed"),
            database.connect("etl", autocommit=True) as one,
            advisory_lock(one, LOCK),
        ):
            pid = query(one, "SELECT pg_backend_pid() AS pid")[0]["pid"]
            query(other, "SELECT pg_terminate_backend(%s, 5000)", (pid,))
        assert not is_locked(other, LOCK)
