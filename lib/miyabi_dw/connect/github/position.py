"""How far a repository has been read: what the cursor of a connection holds between two syncs."""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from miyabi_dw.connect.origin import Cursor

# A change may become visible after a later one: the last minutes are looked at again.
OVERLAP = timedelta(minutes=2)
# What was changed this shortly before it was read may have changed again within the same second.
SETTLED = timedelta(seconds=10)
MOST_SEEN = 2_000
# Deployments whose commits are asked for, of those that wait for it; the newest.
MOST_WAITING = 300
MOST_ENVIRONMENTS = 100


class Changes(BaseModel):
    """A list in the order of its changes: read up to `since`, and what was read of its last minutes."""

    model_config = ConfigDict(extra="forbid")

    since: datetime | None = None
    seen: dict[int, datetime] = Field(default_factory=dict)
    etag: str | None = None
    # The address that the etag belongs to.
    etag_of: str = ""

    def is_read(self, number: int, updated_at: datetime) -> bool:
        return self.seen.get(number) == updated_at

    def passed(self, number: int, updated_at: datetime, now: datetime) -> None:
        """It is read whole, and so is all that changed before it."""
        if self.since is None or updated_at > self.since:
            self.since = updated_at
        if updated_at < now - SETTLED:
            self.seen[number] = updated_at

    def trim(self) -> None:
        """Keeps of `seen` what can be listed again."""
        if self.since:
            first = self.since - OVERLAP
            kept = sorted(((at, number) for number, at in self.seen.items() if at >= first), reverse=True)
            self.seen = {number: at for at, number in kept[:MOST_SEEN]}


class Success(BaseModel):
    """A deployment that succeeded: the next one of its environment is compared with its commit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    environment: str
    release_id: str
    sha: str
    at: datetime


class Deploys(BaseModel):
    """Deployments, listed from the newest: `since` is the last change known, the rest a walk that was interrupted."""

    model_config = ConfigDict(extra="forbid")

    how: str = ""
    since: datetime | None = None
    etag: str | None = None
    # When the walk began, the newest change that it has seen, the page it is on, and what it has read of that page.
    began: datetime | None = None
    newest: datetime | None = None
    page: str | None = None
    read_of_page: list[str] = Field(default_factory=list)
    # Tags have no order: those that were read, with the beginning of their sha.
    tags: dict[str, str] = Field(default_factory=dict)
    # Successes whose commits are still to be asked for, and the last one of each environment.
    waiting: list[Success] = Field(default_factory=list)
    last: dict[str, Success] = Field(default_factory=dict)

    def succeeded(self, success: Success) -> bool:
        """Has its commits asked for, unless a later one's were; False when another had to give way."""
        last = self.last.get(success.environment)
        known = {(other.environment, other.release_id) for other in self.waiting}
        if (last and success.at <= last.at) or (success.environment, success.release_id) in known:
            return True
        self.waiting = sorted([*self.waiting, success], key=lambda other: other.at)
        if len(self.waiting) <= MOST_WAITING:
            return True
        self.compared(self.waiting[0])
        return False

    def compared(self, success: Success) -> None:
        """The next one of this environment is compared with it."""
        self.waiting = [other for other in self.waiting if other != success]
        last = self.last.get(success.environment)
        if last is None or success.at > last.at:
            self.last[success.environment] = success
        if len(self.last) > MOST_ENVIRONMENTS:
            del self.last[min(self.last, key=lambda name: self.last[name].at)]


class Position(BaseModel):
    """All of a connection's cursor."""

    model_config = ConfigDict(extra="forbid")

    # What was declared: another address or another beginning is read from its beginning.
    api_url: str = ""
    begin: date | None = None
    declared: str = ""
    # As GitHub calls it now, in lower case.
    repository: str = ""
    repository_etag: str | None = None
    issues: Changes = Field(default_factory=Changes)
    # Used where issues are disabled: else pull requests are among them.
    pulls: Changes = Field(default_factory=Changes)
    deploys: Deploys = Field(default_factory=Deploys)
    # When all issues were listed last, to notice those that are gone.
    listed_at: datetime | None = None

    @classmethod
    def of(cls, cursor: Cursor, api_url: str, begin: date | None) -> Self:
        """The beginning where the cursor is empty, another version's, another address's or begins elsewhere."""
        with suppress(ValidationError):
            known = cls.model_validate(dict(cursor))
            if (known.api_url, known.begin) == (api_url, begin):
                return known
        return cls(api_url=api_url, begin=begin)

    @property
    def first(self) -> datetime | None:
        """What changed before this moment is not read."""
        return datetime.combine(self.begin, time(), UTC) if self.begin else None

    def as_cursor(self) -> Cursor:
        self.issues.trim()
        self.pulls.trim()
        return self.model_dump(mode="json")
