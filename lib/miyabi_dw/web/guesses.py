"""How often an address has come with a wrong token: beyond some a minute it is neither answered in words nor logged."""

import logging
import time
from collections import OrderedDict, deque

from starlette.requests import HTTPConnection

logger = logging.getLogger(__name__)

WRONG_TOKENS_A_MINUTE = 10
ADDRESSES_REMEMBERED = 1000


class Guesses:
    """Wrong tokens of the last minute, by address; none outlives this process."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    def are_too_many(self, connection: HTTPConnection) -> bool:
        wrong = self._wrong.get(_address(connection))
        return wrong is not None and len(wrong) == WRONG_TOKENS_A_MINUTE and time.monotonic() - wrong[0] < 60

    def remember(self, connection: HTTPConnection) -> None:
        address = _address(connection)
        self._wrong.setdefault(address, deque(maxlen=WRONG_TOKENS_A_MINUTE)).append(time.monotonic())
        self._wrong.move_to_end(address)
        if len(self._wrong) > ADDRESSES_REMEMBERED:
            self._wrong.popitem(last=False)
        logger.info("a wrong token from %s", address)


def _address(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else ""
