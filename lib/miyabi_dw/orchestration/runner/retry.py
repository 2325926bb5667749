"""Which failures another attempt may mend: a lost connection, a starting server, a deadlock. None about the data."""

from miyabi_dw.common.error_codes import is_transient
from miyabi_dw.engine import Failure

BATCH_LOST = "batch-lost"
LONGEST_PAUSE_SECONDS = 3600.0


def is_worth_retrying(failure: Failure) -> bool:
    """True when the same stage may succeed after a while with nothing changed."""
    return failure.cause == "cell raised" and is_transient(failure.code)


def pause_before(attempt: int, backoff_seconds: float) -> float:
    """Seconds to wait after that many failed attempts: doubled each time, an hour at most."""
    return float(min(backoff_seconds * 2.0 ** (attempt - 1), LONGEST_PAUSE_SECONDS))
