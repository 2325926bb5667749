"""Which failures can heal by waiting: a lost connection, a starting server, a deadlock. None that is about the data."""

import re

from miyabi_dw.engine import Failure

# As classes are named by the driver, by SQLAlchemy and by this package.
CAN_HEAL = re.compile(
    r"\b(?:ConnectionFailed|OperationalError|InterfaceError|AdminShutdown|CrashShutdown|CannotConnectNow|IdleSessionTimeout"
    r"|ConnectionException|ConnectionFailure|ConnectionDoesNotExist|TooManyConnections"
    r"|DeadlockDetected|SerializationFailure|LockNotAvailable)\b"
)
# The same classes also stand for what waiting does not change; the narrower class or the message tells.
CANNOT_HEAL = re.compile(
    r"\b(?:GateFailed|SourceContractError|BadRequest|SettingsError|DiskFull|OutOfMemory|QueryCanceled|InsufficientPrivilege)\b"
    r"|authentication failed|password is wrong|no such database|no such role|does not exist|pg_hba|lacks a right"
    r"|does not parse|host is unknown|no encrypted connection",
    re.IGNORECASE,
)
BATCH_LOST = "miyabi_dw.orchestration.runner.BatchLost"


def can_heal(failure: Failure) -> bool:
    """True when the same stage may succeed after a while with nothing changed."""
    if failure.error_class == BATCH_LOST:
        return True
    if failure.cause != "cell raised":
        return False
    if CANNOT_HEAL.search(f"{failure.error_class} {failure.error_message}"):
        return False
    said = [failure.error_class, *failure.error_bases]
    if failure.error_class.startswith("sqlalchemy."):  # it names the driver's class in its message only
        said.append(failure.error_message)
    if failure.error_class == "psycopg2.DatabaseError":  # the driver's word for a server that died under it
        said += ["OperationalError"] if "closed the connection" in failure.error_message else []
    return bool(CAN_HEAL.search(" ".join(said)))


def pause_before(attempt: int, backoff_seconds: float) -> float:
    """Seconds to wait after that many failed attempts: doubled each time, an hour at most."""
    return min(backoff_seconds * 2.0 ** (attempt - 1), 3600.0)
