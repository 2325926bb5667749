"""Waits for something to become so."""

import time
from collections.abc import Callable

POLL_SECONDS = 0.05


def wait_until(is_so: Callable[[], bool], seconds: float) -> bool:
    """False when it is still not so after `seconds`."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(POLL_SECONDS)
    return True
