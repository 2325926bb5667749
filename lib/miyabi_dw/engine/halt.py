"""The order to stop a notebook before its end: a signal to the runner, a deadline, a caller's event."""

import asyncio
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from miyabi_dw.engine.execution import Cause

POLL_SECONDS = 0.1


class Halt:
    """Can be called from a signal handler and from any thread; the first cause stays."""

    def __init__(self, deadline: datetime | None = None, stop: threading.Event | None = None) -> None:
        self.cause: Cause | None = None
        self._deadline = deadline
        self._stop = stop
        self._wake: Callable[[], object] | None = None
        self._poll: asyncio.Task[None] | None = None

    def call(self, cause: Cause) -> None:
        self.cause = self.cause or cause
        if self._wake is not None:
            self._wake()

    def signalled(self, _number: signal.Signals) -> None:
        self.call("cancelled")

    def bind(self) -> asyncio.Future[None]:
        """A future of the running loop, done once the order has come."""
        loop = asyncio.get_running_loop()
        called: asyncio.Future[None] = loop.create_future()

        def answer() -> None:
            if not called.done():
                called.set_result(None)

        self._wake = lambda: loop.call_soon_threadsafe(answer)
        if self.cause is not None:
            answer()
        if self._deadline is not None:
            left = (self._deadline - datetime.now(UTC)).total_seconds()
            loop.call_later(max(left, 0), self.call, "deadline")
        if self._stop is not None:
            self._poll = loop.create_task(self._poll_stop(self._stop))
        return called

    async def _poll_stop(self, stop: threading.Event) -> None:
        while not stop.is_set():
            await asyncio.sleep(POLL_SECONDS)
        self.call("cancelled")

    def unbind(self) -> None:
        self._wake = None
        if self._poll is not None:
            self._poll.cancel()
