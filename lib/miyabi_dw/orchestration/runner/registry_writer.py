"""Writes to the registry through a connection made anew when it breaks: a run outlives a restart of its server."""

import contextlib
import re
import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from miyabi_dw.common.errors import ConnectionFailed
from miyabi_dw.db.connection import Connection, ConnectionLost, Database, DatabaseError

P = ParamSpec("P")
T = TypeVar("T")
PAUSE_SECONDS = 0.5
GONE = re.compile(r"closed the connection|connection (already )?closed|could not receive data|EOF|lost")
# Said by a server that is stopping, crashed or not yet up.
GOING = ("57P01", "57P02", "57P03", "57P05")
LAST_WORD_SECONDS = 20.0


def is_lost(error: DatabaseError) -> bool:
    """True when the connection is gone. The driver has several classes for that, the base of all among them."""
    if error.pgcode:
        return error.pgcode in GOING or error.pgcode.startswith("08")
    return isinstance(error, ConnectionLost) or bool(GONE.search(str(error)))


class Book:
    """`patience` is how long a write waits for a server that is away."""

    def __init__(self, database: Database, application_name: str, patience: float = LAST_WORD_SECONDS) -> None:
        self.database, self.application_name, self.patience = database, application_name, patience
        self._open = contextlib.ExitStack()
        self._connection: Connection | None = None

    def __enter__(self) -> "Book":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def write(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function(connection, ...)` returns; asked again while the connection is lost and patience lasts."""
        end = time.monotonic() + self.patience
        while True:
            try:
                return function(self._connected(), *args, **kwargs)
            except (DatabaseError, ConnectionFailed) as error:
                if not isinstance(error, ConnectionFailed) and not is_lost(error):
                    raise
                self._close()
                if time.monotonic() > end:
                    raise
                time.sleep(PAUSE_SECONDS)

    def _connected(self) -> Connection:
        if self._connection is None:
            connecting = self.database.connect("etl", application_name=self.application_name, autocommit=True)
            self._connection = self._open.enter_context(connecting)
        return self._connection

    def _close(self) -> None:
        self._connection = None
        with contextlib.suppress(DatabaseError):
            self._open.close()
