"""Joins somebody who writes a file to somebody who reads one: a pipe, a thread, constant memory.

So rows go from one database to another by COPY.
"""

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable
from typing import IO, Any

from miyabi_dw.db.connection import Connection, Parameters, rendered
from miyabi_dw.db.statements import source_text, statement

CHUNK_BYTES = 1 << 18
# Room for several chunks, so that neither side waits for the other's every turn.
PIPE_BYTES = 1 << 20
QUERY_PLACE = "/* query */"


class Received:
    """The pipe's reading end; its end of file is only believed when the sender has finished well."""

    def __init__(self, pipe: IO[bytes], sender: "_Sender") -> None:
        self._pipe = pipe
        self._sender = sender

    def read(self, size: int = CHUNK_BYTES) -> bytes:
        data = self._pipe.read(size)
        if not data:
            self._sender.join()
            if self._sender.error:
                raise self._sender.error
        return data


def stream(send: Callable[[IO[bytes]], Any], receive: Callable[[Received], int]) -> int:
    """Runs both at once; what `receive` returns. When one fails the other fails too, and the first error is raised."""
    reading, writing = _pipe()
    with contextlib.closing(os.fdopen(reading, "rb", CHUNK_BYTES)) as output:
        sender = _Sender(send, os.fdopen(writing, "wb", CHUNK_BYTES))
        sender.start()
        try:
            return receive(Received(output, sender))
        except Exception as error:
            # The receiver's driver wraps the sender's error in its own: the first one is the cause.
            raise sender.error or error from error
        finally:
            # Ends a sender that still writes after the receiver has given up.
            output.close()
            sender.join()


def _pipe() -> tuple[int, int]:
    reading, writing = os.pipe()
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        # Refused where the user's pipes are already at their limit: the usual size is slower, not wrong.
        with contextlib.suppress(OSError):
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return reading, writing


class _Sender(threading.Thread):
    def __init__(self, send: Callable[[IO[bytes]], Any], pipe: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._send = send
        self._pipe = pipe
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self._send(self._pipe)
        except Exception as error:  # noqa: BLE001 - the receiving thread raises it
            self.error = error
        finally:
            try:
                self._pipe.close()
            except OSError as error:
                self.error = self.error or error


def copy_between(
    source: Connection, select_sql: str, parameters: Parameters, target: Connection, target_table: str
) -> int:
    """Streams the rows of a query into a table with the same columns in the same order; how many rows there were.

    The table is one that the target's transaction has made.
    """
    select = rendered(source, select_sql, parameters).strip().removesuffix(";")
    take = source_text("db/pipe/copy_out").replace(QUERY_PLACE, select)
    put = statement("db/pipe/copy_in", table=target_table)

    def receive(rows: Any) -> int:
        with target.cursor() as cursor:
            cursor.copy_expert(put, rows, size=CHUNK_BYTES)
            return cursor.rowcount

    def send(pipe: IO[bytes]) -> None:
        with source.cursor() as cursor:
            cursor.copy_expert(take, pipe, size=CHUNK_BYTES)

    return stream(send, receive)
