"""Messages that wait outside of the warehouse: one file each in MIYABI_HOME/alerts, written whole, readable by us only.

A file stays until the warehouse has taken its incident over, and says meanwhile who has been told.
"""

import fcntl
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from miyabi_dw.alerts.channels import CHANNELS
from miyabi_dw.common.files import PRIVATE, Json, write_atomically

logger = logging.getLogger(__name__)

MOST_FILES = 50
LONGEST_SECONDS = 30 * 86_400.0
LOST_WORDS = "a message of which nothing more is known, since there was no room to write it down"


@dataclass(frozen=True, slots=True)
class Told:
    """Where a message stands on one channel; `state` as in ops.alert_delivery."""

    state: str
    attempts: int
    next_attempt_at: datetime
    error: str | None = None
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spooled:
    """An incident that the warehouse does not know, without secrets; `told` is by channel.

    `is_outage`: it is over as soon as the warehouse can be used again.
    """

    fingerprint: str
    title: str
    detail: Json
    opened_at: datetime
    is_outage: bool
    pipeline: str | None = None
    run_id: str | None = None
    severity: str = "critical"
    told: dict[str, Told] = field(default_factory=dict)


class Spool:
    """The files of one home; to be used inside `opened`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def has(self, fingerprint: str) -> bool:
        return self._path(fingerprint).exists()

    def all(self) -> list[Spooled]:
        """Every message, oldest first."""
        return sorted((_read(path) for path in self.folder.glob("*.json")), key=lambda each: each.opened_at)

    def write(self, message: Spooled) -> bool:
        """Whether there was room for it."""
        path = self._path(message.fingerprint)
        try:
            write_atomically(path, ADAPTER.dump_json(message, indent=1), PRIVATE)
        except OSError as error:
            logger.warning("the message %s cannot be written down: %s", message.fingerprint, error.strerror)
            return False
        return True

    def mark(self, fingerprint: str) -> None:
        """An empty file finds a place on a full disk too; it says that somebody has been told."""
        with self._path(fingerprint).open("wb"):
            pass

    def remove(self, fingerprint: str) -> None:
        self._path(fingerprint).unlink(missing_ok=True)

    def tidy(self) -> None:
        """Removes what a killed process left half-written, and what is too old or too much."""
        for unfinished in self.folder.glob(".*"):
            unfinished.unlink(missing_ok=True)
        newest_first = sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for at, path in enumerate(newest_first):
            if at >= MOST_FILES or time.time() - path.stat().st_mtime > LONGEST_SECONDS:
                path.unlink()

    def _path(self, fingerprint: str) -> Path:
        return self.folder / f"{fingerprint}.json"


ADAPTER = TypeAdapter(Spooled)


def folder_of(home: Path) -> Path:
    """Where the messages of a home wait."""
    return home / "alerts"


def is_empty(home: Path) -> bool:
    """Asked by every run and tick: most often there is nothing."""
    return not any(folder_of(home).glob("*.json"))


def waiting(home: Path) -> list[Spooled]:
    """What waits now, for those who only look; nothing where that is not allowed."""
    try:
        return Spool(folder_of(home)).all()
    except OSError:
        return []


@contextmanager
def opened(home: Path) -> Iterator[Spool]:
    """The spool, to one process at a time: who comes second finds what the first has told. OSError without a place."""
    spool = Spool(folder_of(home))
    spool.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (spool.folder / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        spool.tidy()
        yield spool


def _read(path: Path) -> Spooled:
    """An empty file has been told; one that is damaged has to be."""
    content = path.read_bytes()
    try:
        return ADAPTER.validate_json(content)
    except ValidationError:
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        told = {} if content else {name: Told("delivered", 1, at) for name in CHANNELS}
        return Spooled(path.stem, LOST_WORDS, {"what": LOST_WORDS}, at, is_outage=True, told=told)
