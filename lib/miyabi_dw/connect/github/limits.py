"""GitHub's limits, and how long one reading waits for them.

The primary limit counts requests an hour and says when it begins again. The secondary one is met by asking too quickly;
it says how long to wait, or nothing. https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from miyabi_dw.common.errors import OriginFailed

LIMITED = (403, 429)
# Asked for where GitHub does not say how long, and doubled each time.
FIRST_PAUSE = 60.0
# The clocks of two machines differ.
MARGIN = 1.0

logger = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """What time it is, and how to let it pass; an interrupt ends the waiting."""

    now: Callable[[], datetime] = _now
    sleep: Callable[[float], None] = time.sleep


@dataclass(slots=True)
class Patience:
    """Waits for at most `seconds` in all."""

    clock: Clock
    seconds: float
    _waited: float = field(default=0.0, init=False)

    def wait(self, seconds: float, why: str) -> None:
        """OriginFailed, with the moment at which it can go on, where that would be too long."""
        if self._waited + seconds > self.seconds:
            again = (self.clock.now() + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S UTC")
            raise OriginFailed(
                f"{why}, and can be read again from {again}",
                remedy=f"sync again then, or raise wait_minutes (now {self.seconds / 60:g}): what was read is kept",
                code="origin-limited",
            )
        self._waited += seconds
        logger.info("%s: waiting for %d seconds", why, seconds)
        self.clock.sleep(seconds)


def primary_pause(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds until the hour's requests begin again; None while some are left."""
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") != "0" or not reset.isdigit():
        return None
    return max(int(reset) - now.timestamp(), 0.0) + MARGIN


def secondary_pause(status: int, headers: Mapping[str, str], message: str, now: datetime, attempt: int) -> float | None:
    """Seconds to wait where the answer says that requests come too quickly; None for any other refusal."""
    asked = retry_after(headers, now)
    if asked is not None:
        return asked + MARGIN
    told = "secondary rate limit" in message.lower() or "abuse detection" in message.lower()
    return FIRST_PAUSE * 2 ** (attempt - 1) if told or status == 429 else None


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """The header in seconds, which may also be a date; None where it is neither."""
    value = headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(value)
    try:
        return max((parsedate_to_datetime(value) - now).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None
