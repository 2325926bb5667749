"""How long a connection may take: uvicorn alone waits for ever for the first byte, or for the last of a request."""

import asyncio
from collections import OrderedDict
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

# From the first moment, or from the end of the last answer, to the last byte of a request.
REQUEST_SECONDS = 20.0
# How long a browser may take nothing of what is sent to it.
STALL_SECONDS = 60.0
# Connections on which nothing has been asked; beyond it the oldest makes room, so that a new one is always heard.
MOST_WAITING = 200


class Patient(H11Protocol):
    """One connection of the server, ended when it is slow or when it waits while many others come."""

    waiting: ClassVar["OrderedDict[Patient, None]"] = OrderedDict()
    timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_request()

    def _wait_for_request(self) -> None:
        self._limit(REQUEST_SECONDS)
        self.waiting[self] = None
        while len(self.waiting) > MOST_WAITING:
            next(iter(self.waiting)).give_up()

    def _limit(self, seconds: float | None) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.timer = None if seconds is None else self.loop.call_later(seconds, self.give_up)

    def give_up(self) -> None:
        self._forget()
        self.transport.abort()

    def _forget(self) -> None:
        self._limit(None)
        self.waiting.pop(self, None)

    def handle_events(self) -> None:
        super().handle_events()
        if self.cycle is not None and not self.cycle.more_body and not self.cycle.response_complete:
            self._forget()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._limit(STALL_SECONDS)
        elif self.cycle.response_complete or self.cycle.more_body:
            self._wait_for_request()

    def handle_websocket_upgrade(self, event: Any) -> None:
        self._forget()
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._limit(STALL_SECONDS)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._limit(REQUEST_SECONDS if self in self.waiting else None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)
