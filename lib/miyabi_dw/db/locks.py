"""Advisory locks of the warehouse: all there are, by name, and how to take them.

A lock belongs to a session or to a transaction; PostgreSQL frees it when its owner ends, however that happens. The keys
are those of version 1.0.0, so that an old process and a new one keep each other out while an upgrade is under way.
"""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from miyabi_dw.db.connection import Connection, DatabaseError
from miyabi_dw.db.errors import code_of
from miyabi_dw.db.statements import run, value_as


@dataclass(frozen=True, slots=True)
class Lock:
    """Its key is the hash of `name`, of 32 bits where it is narrow; with `part`, a pair of such hashes."""

    name: str
    part: str | None = None
    is_narrow: bool = False


BACKUP = Lock("miyabi-dw backup warehouse")
# One writer of the chain of archived runs at a time.
CHAIN = Lock("ops.archived_run", is_narrow=True)
# Taken by the session, which is to bring the schema up to date alone.
SCHEMA_MIGRATION = Lock("miyabi_dw schema migration", is_narrow=True)
# One publish at a time: two would finish the same months.
PUBLISH = Lock("miyabi-dw publish")

# One writer of the catalogue beside the files of cold storage at a time.
COLD_CATALOGUE = Lock("miyabi-dw cold catalogue")

# In the source: one sync at a time.
SYNC = Lock("miyabi-dw sync")


def pipeline(name: str) -> Lock:
    """A pipeline's runs take turns; those of a backfill share it."""
    return Lock(f"miyabi-dw pipeline {name}")


def one_run(run_id: str) -> Lock:
    """A run whose lock nobody has is lost."""
    return Lock(f"miyabi-dw run {run_id}")


def backfill(pipeline_name: str) -> Lock:
    """One backfill of a pipeline at a time."""
    return Lock(f"miyabi-dw backfill {pipeline_name}")


def schedule_worker(pipeline_name: str) -> Lock:
    """One process at a time makes a pipeline's due runs."""
    return Lock(f"miyabi-dw scheduler {pipeline_name}")


def catch_up_slot(place: int) -> Lock:
    """One of the places for runs that catch up on missed ones."""
    return Lock(f"miyabi-dw slot {place}")


def scratch_database(name: str) -> Lock:
    """A scratch database is in use as long as a session has its lock."""
    return Lock(name)


def table(name: str) -> Lock:
    """The writers of a fact or a dimension, also those that call ops.lock_target."""
    return Lock(f"miyabi-dw target {name}")


def recovery(fact: str) -> Lock:
    """One recovery of a fact at a time."""
    return Lock(f"miyabi-dw recovery {fact}")


def run_pages(run_id: str) -> Lock:
    """One writer of a run's pages at a time."""
    return Lock(CHAIN.name, run_id)


def index_page(path: str) -> Lock:
    """One writer of a page at a time, from reading what it shows to putting it in place."""
    return Lock("archive page", path)


@contextmanager
def advisory_lock(
    connection: Connection, lock: Lock, *, shared: bool = False, wait: float | None = None
) -> Iterator[bool]:
    """The session has the lock inside the block; False where it was not free within `wait` seconds, None for ever."""
    is_taken = try_lock(connection, lock, shared=shared) if wait == 0 else wait_lock(connection, lock, wait, shared)
    try:
        yield is_taken
    finally:
        # A session that is gone has no lock any more.
        with contextlib.suppress(DatabaseError):
            if is_taken:
                run(connection, "db/locks/free_shared" if shared else "db/locks/free", _key(connection, lock))


def try_lock(connection: Connection, lock: Lock, shared: bool = False) -> bool:
    """Takes the lock for the session if it is free now; a shared one not while somebody waits to have it alone."""
    return value_as(bool, connection, "db/locks/take_shared" if shared else "db/locks/take", _key(connection, lock))


def wait_lock(connection: Connection, lock: Lock, seconds: float | None = None, shared: bool = False) -> bool:
    """Takes it for the session in the order of coming; False after `seconds`. For a connection that autocommits."""
    # To the server, 0 is for ever.
    milliseconds = 0 if seconds is None else max(1, round(seconds * 1000))
    values = {**_key(connection, lock), "milliseconds": str(milliseconds)}
    try:
        run(connection, "db/locks/wait_shared" if shared else "db/locks/wait", values)
    except DatabaseError as error:
        if code_of(error) == "lock-not-available":
            return False
        raise
    return True


def lock_transaction(connection: Connection, lock: Lock) -> None:
    """Waits for the lock and has it until the transaction ends."""
    if lock.part is None:
        run(connection, "db/locks/wait_in_transaction", _key(connection, lock))
    else:
        run(connection, "db/locks/wait_in_transaction_pair", {"name": lock.name, "part": lock.part})


def is_locked(connection: Connection, lock: Lock) -> bool:
    """Whether any session has it now."""
    return value_as(bool, connection, "db/locks/is_locked", _key(connection, lock))


def outlive_silence(connection: Connection) -> None:
    """For a session that only has locks: no timeout ends it, and its host's leaving the network does so soon."""
    run(connection, "db/locks/outlive_silence")


def _key(connection: Connection, lock: Lock) -> dict[str, int]:
    name = "db/locks/key_narrow" if lock.is_narrow else "db/locks/key"
    return {"key": value_as(int, connection, name, {"name": lock.name})}
