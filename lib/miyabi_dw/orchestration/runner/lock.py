"""The session that a run lives by: it holds the locks of the run and its pipeline, and does nothing else.

When the process dies, PostgreSQL ends the session and frees both locks at once; a run whose lock nobody holds is lost.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from miyabi_dw.common.errors import Busy, ConnectionFailed
from miyabi_dw.db.connection import Connection, Database, DatabaseError
from miyabi_dw.db.errors import code_of, is_lost
from miyabi_dw.db.statements import run
from miyabi_dw.orchestration.runner.wait import wait_until

log = logging.getLogger(__name__)

# How long one wait for the lock lasts, after which the caller may look whether it should still wait.
WAIT_SECONDS = 1.0
# A session that was ended from outside lets go of its locks a moment after its client has noticed.
LETTING_GO_SECONDS = 5.0


class Holding:
    """`beside_others` holds the pipeline together with others of the same kind, as the runs of a backfill do."""

    def __init__(self, database: Database, pipeline: str, run_id: str, *, beside_others: bool = False) -> None:
        self.database, self.pipeline, self.run_id = database, pipeline, run_id
        self.beside_others = beside_others
        self._open = contextlib.ExitStack()
        self._connection: Connection | None = None
        self._guard = threading.RLock()
        self.has_pipeline = False

    def __enter__(self) -> "Holding":
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
        name = f"miyabi-dw-hold:{self.run_id}"
        connecting = self.database.connect("etl", application_name=name, autocommit=True)
        self._connection = self._open.enter_context(connecting)
        run(self._connection, "db/locks/session_settings")
        if not wait_until(lambda: self._try("run", self.run_id, shared=False), LETTING_GO_SECONDS):
            raise Busy("another process holds this run", self.run_id, "wait for its end")

    def take(self) -> bool:
        """Takes the pipeline if it is free now."""
        self.has_pipeline = self.has_pipeline or self._try_pipeline()
        return self.has_pipeline

    def wait(self, seconds: float, is_over: Callable[[], bool]) -> bool:
        """Waits for the pipeline in the queue of the database, so that whoever came first gets it first."""
        end = time.monotonic() + seconds
        while not self.has_pipeline and time.monotonic() < end and not is_over():
            self.has_pipeline = self._wait_a_while()
        return self.has_pipeline

    def _wait_a_while(self) -> bool:
        log.debug("%s waits for %s", self.run_id, self.pipeline)
        name = "db/locks/wait_shared" if self.beside_others else "db/locks/wait"
        values = {"kind": "pipeline", "name": self.pipeline, "milliseconds": str(int(WAIT_SECONDS * 1000))}
        try:
            run(self.connection, name, values)
        except DatabaseError as error:
            if code_of(error) == "lock-not-available":
                return False
            raise
        return True

    def holders(self) -> list[dict[str, Any]]:
        """The runs that have the pipeline now."""
        return run(self.connection, "orchestration/runner/lock_holders", {"pipeline": self.pipeline})

    def heartbeat(self) -> dict[str, Any]:
        """The run's state and whether somebody wants it cancelled; takes both locks again when the session was lost."""
        with self._guard:
            try:
                return self._look()
            except DatabaseError as error:
                if not is_lost(error):
                    raise
                log.info("%s lost its own session (%s) and takes another", self.run_id, code_of(error))
                self._reconnect()
                return self._look()

    def _look(self) -> dict[str, Any]:
        return run(self.connection, "orchestration/runner/heartbeat", {"run_id": self.run_id})[0]

    def _reconnect(self) -> None:
        self._connection = None
        with contextlib.suppress(DatabaseError):
            self._open.close()
        self._connect()
        taken = not self.has_pipeline or wait_until(self._try_pipeline, LETTING_GO_SECONDS)
        if not taken:
            raise Busy("another run took the pipeline while the connection was lost", self.pipeline, "wait for its end")

    def _try_pipeline(self) -> bool:
        return self._try("pipeline", self.pipeline, shared=self.beside_others)

    def _try(self, kind: str, name: str, *, shared: bool) -> bool:
        statement = "db/locks/take_shared" if shared else "db/locks/take"
        return bool(run(self.connection, statement, {"kind": kind, "name": name})[0]["is_held"])
