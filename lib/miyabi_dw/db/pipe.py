"""Joins somebody who writes a file to somebody who reads one: a pipe, a thread, constant memory."""

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable
from typing import IO, Any

CHUNK_BYTES = 1 << 18
# Room for several chunks, so that neither side waits for the other's every turn.
PIPE_BYTES = 1 << 20


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
