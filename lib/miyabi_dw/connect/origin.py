"""The interface of an origin: what a connection declares, and the three things it can do."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, Field

from miyabi_dw.connect.records import Record

Cursor = Mapping[str, object]


class Sink(Protocol):
    """Takes what an origin reads."""

    def add(self, record: Record) -> None:
        """One record; of two with the same keys the later one counts."""

    def list_all(self, record_type: type[Record], repository: str) -> None:
        """What is added of this type and repository up to the next checkpoint is all there is; the rest is gone."""

    def quarantine(self, what: str, where: str, reason: str) -> None:
        """A record that cannot be used: which (`issue #7`), where (file and line, address) and why."""

    def skip(self, reason: str, where: str) -> None:
        """Counts what was passed over (a broken line, a folder without rights), with `where` as an example."""

    def checkpoint(self, cursor: Cursor) -> None:
        """What was added so far is whole: it is merged and committed together with `cursor`."""

    def progress(self, done: int, total: int, unit: str) -> None:
        """How far the reading is; `total` 0 where that is not known."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What lies at an origin before anything is read: one sentence, figures by name, and what is worth knowing."""

    sentence: str
    figures: Mapping[str, int]
    notices: tuple[str, ...] = ()


class Origin(BaseModel, ABC):
    """A declared connection. Its fields are the keys of its TOML file; no secret is among them, only a file's name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ClassVar[str]
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    # Names of people become stable pseudonyms before they are written.
    hash_authors: bool = False

    @abstractmethod
    def discover(self) -> Discovery:
        """Looks without reading it all; BadRequest where there is nothing to read."""

    @abstractmethod
    def read(self, cursor: Cursor, sink: Sink) -> None:
        """Reads what is new since `cursor` (empty: everything), in constant memory, and ends with a checkpoint.

        The same input twice gives the same records. Errors carry a code that tells whether another attempt may help.
        """

    @property
    def origin(self) -> str:
        """What it reads, written the same for the same origin: no second connection may read it."""
        return self.kind
