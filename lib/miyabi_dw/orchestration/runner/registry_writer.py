"""Writes to the registry through a connection that is replaced when it breaks: a run outlives a server's restart."""

import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from miyabi_dw.common.errors import ConnectionFailed
from miyabi_dw.db.connection import Connection, Database, DatabaseError
from miyabi_dw.db.errors import code_of, is_lost

if TYPE_CHECKING:
    import tenacity

P = ParamSpec("P")
T = TypeVar("T")
PAUSE_SECONDS = 0.5
LAST_WORD_SECONDS = 20.0
logger = logging.getLogger(__name__)


class RegistryWriter:
    """`patience` is how long a write waits for a server that is away."""

    def __init__(self, database: Database, application_name: str, patience: float = LAST_WORD_SECONDS) -> None:
        self.database, self.application_name, self.patience = database, application_name, patience
        self._open = contextlib.ExitStack()
        self._connection: Connection | None = None

    def __enter__(self) -> "RegistryWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def write(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function(connection, ...)` returns; asked again while the connection is lost and patience lasts."""
        try:
            return self._write(function, *args, **kwargs)
        except (DatabaseError, ConnectionFailed) as error:
            if not is_lost(error):
                raise
            logger.info("the registry cannot be written (%s); trying again for %.0f s", code_of(error), self.patience)
            written: T = self._patiently()(self._write, function, *args, **kwargs)
            return written

    def _patiently(self) -> "tenacity.Retrying":
        import tenacity  # slow to import, and hardly ever needed

        return tenacity.Retrying(
            retry=tenacity.retry_if_exception(is_lost),
            stop=tenacity.stop_after_delay(self.patience),
            wait=tenacity.wait_fixed(PAUSE_SECONDS),
            reraise=True,
        )

    def _write(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(self._connected(), *args, **kwargs)
        except (DatabaseError, ConnectionFailed) as error:
            if is_lost(error):
                self._close()
            raise

    def _connected(self) -> Connection:
        if self._connection is None:
            connecting = self.database.connect("etl", application_name=self.application_name, autocommit=True)
            self._connection = self._open.enter_context(connecting)
        return self._connection

    def _close(self) -> None:
        self._connection = None
        with contextlib.suppress(DatabaseError):
            self._open.close()
