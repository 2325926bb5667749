"""Where a run's lock is taken: a session that does nothing else has the locks of the run and of its pipeline.

When the process dies, PostgreSQL ends the session and frees both at once; a run whose lock no session has is lost.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from miyabi_dw.common.errors import Busy, ConnectionFailed
from miyabi_dw.db import locks
from miyabi_dw.db.connection import Connection, Database, DatabaseError
from miyabi_dw.db.errors import code_of, is_lost
from miyabi_dw.db.statements import one_as, rows_as, run
from miyabi_dw.registry import RunState, Trigger

logger = logging.getLogger(__name__)

# How long one wait for the lock lasts, after which the caller may look whether it should still wait.
WAIT_SECONDS = 1.0
# The server frees the locks of a session that was ended from outside a moment after its client has noticed.
FREED_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class LockHolder:
    """A run that has its pipeline's lock; several have it when none `is_exclusive`."""

    run_id: str
    host: str | None
    pid: int | None
    started_at: datetime | None
    trigger: Trigger
    is_exclusive: bool

    def __str__(self) -> str:
        since = f" since {self.started_at:%Y-%m-%d %H:%M:%S} UTC" if self.started_at else ""
        return f"{self.run_id} (process {self.pid} on {self.host}{since})"


@dataclass(frozen=True, slots=True)
class Stranger:
    """A session that has a pipeline's lock and is no run; a reader belongs to those who may only read."""

    pid: int
    user_name: str
    application_name: str
    is_reader: bool

    def __str__(self) -> str:
        return f"process {self.pid} of {self.user_name} ({self.application_name or 'unnamed'}), which is no run"

    @property
    def remedy(self) -> str:
        """What ends it."""
        return f"miyabi-dw psql --admin -- -c 'SELECT pg_terminate_backend({self.pid})'"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What the registry says of the run while it goes on."""

    state: RunState
    is_cancel_requested: bool


class RunLock:
    """`beside_others` shares the pipeline with others of the same kind, as the runs of a backfill do."""

    def __init__(self, database: Database, pipeline: str, run_id: str, *, beside_others: bool = False) -> None:
        self.database, self.pipeline, self.run_id = database, pipeline, run_id
        self.beside_others = beside_others
        self._open = contextlib.ExitStack()
        self._connection: Connection | None = None
        self._guard = threading.RLock()
        self.has_pipeline = False

    def __enter__(self) -> "RunLock":
        self._connect()
        return self

    def __exit__(self, *_: object) -> None:
        with self._guard, contextlib.suppress(DatabaseError):
            self._open.close()

    @property
    def connection(self) -> Connection:
        if self._connection is None:
            remedy = "see the server's log"
            raise ConnectionFailed("the run's own session is gone", self.run_id, remedy, code="connection-lost")
        return self._connection

    def _connect(self) -> None:
        """Opens the session and takes the run's own lock."""
        name = f"miyabi-dw-lock:{self.run_id}"
        connecting = self.database.connect("etl", application_name=name, autocommit=True)
        self._connection = connection = self._open.enter_context(connecting)
        locks.outlive_silence(connection)
        if not locks.wait_lock(connection, locks.one_run(self.run_id), FREED_SECONDS):
            raise Busy("another process has the lock of this run", self.run_id, "wait for its end")

    def take_pipeline(self) -> bool:
        """Takes the pipeline's lock if it is free now."""
        lock = locks.pipeline(self.pipeline)
        self.has_pipeline = self.has_pipeline or locks.try_lock(self.connection, lock, self.beside_others)
        return self.has_pipeline

    def wait_for_pipeline(self, seconds: float, is_over: Callable[[], bool]) -> bool:
        """Waits for the pipeline's lock in the queue of the database, so that whoever came first gets it first."""
        end = time.monotonic() + seconds
        while not self.has_pipeline and time.monotonic() < end and not is_over():
            self.has_pipeline = self._wait_for_pipeline(WAIT_SECONDS)
        return self.has_pipeline

    def holders(self) -> list[LockHolder]:
        """The runs that have the pipeline's lock now."""
        return rows_as(
            LockHolder, self.connection, "orchestration/runner/lock_holders", {"pipeline": self.pipeline}
        )  # fmt: skip

    def strangers(self) -> list[Stranger]:
        """Sessions that have the pipeline's lock now and are no run."""
        values = {"pipeline": self.pipeline}
        return rows_as(Stranger, self.connection, "orchestration/runner/lock_strangers", values)

    def end_readers(self) -> None:
        """Ends the sessions of readers that have the pipeline's lock, which nobody takes by accident."""
        readers = [stranger for stranger in self.strangers() if stranger.is_reader]
        if not readers:
            return
        # Another's login only a superuser or its member may end; then the run says who it is.
        with (
            contextlib.suppress(DatabaseError, ConnectionFailed),
            self.database.connect("owner", application_name="miyabi-dw:end-readers", autocommit=True) as owner,
        ):
            for reader in readers:
                run(owner, "orchestration/runner/end_reader", {"pid": reader.pid})
                logger.warning("%s was ended: it had the lock of %s", reader, self.pipeline)

    def heartbeat(self) -> Heartbeat:
        """What is recorded of the run now; takes both locks again when the session was lost."""
        with self._guard:
            try:
                return self._look()
            except DatabaseError as error:
                if not is_lost(error):
                    raise
                logger.info("%s lost its own session (%s) and takes another", self.run_id, code_of(error))
                self._reconnect()
                return self._look()

    def _look(self) -> Heartbeat:
        return one_as(Heartbeat, self.connection, "orchestration/runner/heartbeat", {"run_id": self.run_id})

    def _reconnect(self) -> None:
        self._connection = None
        with contextlib.suppress(DatabaseError):
            self._open.close()
        self._connect()
        if self.has_pipeline and not self._wait_for_pipeline(FREED_SECONDS):
            raise Busy("another run took the pipeline while the connection was lost", self.pipeline, "wait for its end")

    def _wait_for_pipeline(self, seconds: float) -> bool:
        logger.debug("%s waits for %s", self.run_id, self.pipeline)
        return locks.wait_lock(self.connection, locks.pipeline(self.pipeline), seconds, self.beside_others)
