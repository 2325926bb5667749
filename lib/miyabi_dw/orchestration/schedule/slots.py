"""A host that wakes up has much to make up for: only a few such runs at a time, while those in time never wait."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from miyabi_dw.common.settings import Settings
from miyabi_dw.db import locks
from miyabi_dw.db.connection import Connection, Database

LOOK_SECONDS = 1.0


@contextmanager
def slot(settings: Settings) -> Iterator[None]:
    """One of `parallel_runs` places, waited for; a worker that dies gives its own back."""
    name = "miyabi-dw-scheduler:slot"
    with Database(settings).connect("etl", application_name=name, autocommit=True) as connection:
        locks.outlive_silence(connection)
        while not _taken(connection, settings.parallel_runs):
            time.sleep(LOOK_SECONDS)
        yield


def _taken(connection: Connection, places: int) -> bool:
    return any(locks.try_lock(connection, locks.catch_up_slot(place)) for place in range(places))
