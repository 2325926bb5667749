"""Who has given the token: each browser a session of its own, which ends by itself or when somebody logs out."""

import asyncio
import secrets
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Send

COOKIE = "miyabi_session"
# Beyond this the oldest ends: a script that logs in again and again must not fill the memory.
MOST_SESSIONS = 1000
# How soon an open websocket learns that its session is over.
LOOK_SECONDS = 1.0
# What a websocket's close frame says of it.
NOT_ALLOWED = 1008


class Sessions:
    """Keys of sessions with the moment at which each ends, `seconds` after it began; none outlives this process."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends: OrderedDict[str, float] = OrderedDict()

    def begin(self) -> str:
        """A new session's key, which tells nothing of the token."""
        key = secrets.token_urlsafe(32)
        self._ends[key] = time.monotonic() + self.seconds
        while len(self._ends) > MOST_SESSIONS:
            self._ends.popitem(last=False)
        return key

    def has(self, key: str) -> bool:
        return self._ends.get(key, 0.0) > time.monotonic()

    def end(self, key: str) -> None:
        self._ends.pop(key, None)

    def watched(self, key: str, receive: "Receive", send: "Send") -> "Receive":
        """What a websocket of that session receives; closed when the session ends."""

        async def receiving() -> "Message":
            message = asyncio.ensure_future(receive())
            try:
                while self.has(key):
                    if (await asyncio.wait({message}, timeout=LOOK_SECONDS))[0]:
                        return message.result()
            finally:
                message.cancel()
            await send({"type": "websocket.close", "code": NOT_ALLOWED, "reason": "the session has ended"})
            return {"type": "websocket.disconnect", "code": NOT_ALLOWED}

        return receiving
