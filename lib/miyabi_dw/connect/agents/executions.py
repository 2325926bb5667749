"""From the lines of a transcript to executions: which prompt an answer belongs to, and which of its lines counts."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta

from miyabi_dw.connect.agents.log_files import Place, check_of
from miyabi_dw.connect.agents.tokens import A_DAY, FIRST_MOMENT
from miyabi_dw.connect.origin import Sink

# Silence of this length ends an execution: whoever comes back then begins with something else.
PAUSE = timedelta(minutes=30)
MOST_TOKENS = 2**31
# So many answers to one prompt are held until the next one; of more the oldest are given out.
MOST_OPEN = 4000

Moment = Annotated[datetime, Meta(tz=True)]
Tokens = Annotated[int, Meta(ge=0, le=MOST_TOKENS)]
# What reading a line may raise when the line is broken.
BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

Line = TypeVar("Line")


def plain(text: str) -> str:
    """The text without the one character that a database cannot hold."""
    return text.replace("\x00", "") if "\x00" in text else text


@dataclass(slots=True)
class Execution:
    """A prompt and what follows it; `last` is the newest answer, `failed` whether an error came after that."""

    prompt: str
    prompt_at: datetime
    last: str = ""
    failed: bool = False


@dataclass(slots=True)
class OpenAnswer(Generic[Line]):
    """An answer whose last line may still come."""

    key: str
    execution: Execution
    line: Line
    output: int


class Saved(msgspec.Struct, array_like=True, frozen=True):
    """What a reader knew before a place."""

    prompt: str | None = None
    prompt_at: datetime | None = None
    last: str = ""
    last_at: datetime | None = None
    own: object = None


class Follower(ABC, Generic[Line]):
    """Reads one transcript line by line.

    Answers are given out when the prompt after the next one comes, so that late lines of an answer find it. `again` is
    where the next reading begins: at the prompt before the last one.
    """

    # The one that the line in hand is of.
    session: str

    def __init__(self, where: str, place: Place, sink: Sink, now: datetime) -> None:
        self.where, self.sink, self.horizon = where, sink, now + A_DAY
        self.again = self.latest = place
        self.offset, self.line = place.offset, b""
        self.open: dict[str, OpenAnswer[Line]] = {}
        saved = Saved() if place.state is None else msgspec.convert(place.state, Saved)
        self.current = (
            Execution(saved.prompt, saved.prompt_at, saved.last) if saved.prompt and saved.prompt_at else None
        )
        self.last_at = saved.last_at
        self.restore(saved.own)

    @abstractmethod
    def restore(self, own: object) -> None:
        """Takes up what `own_state` told before; None at the beginning of a file."""

    @abstractmethod
    def own_state(self) -> object:
        """What else must be known to begin again here."""

    @abstractmethod
    def take(self, line: bytes, offset: int) -> None:
        """One whole line."""

    @abstractmethod
    def give(self, answer: OpenAnswer[Line], success: bool) -> None:
        """An answer is complete and becomes a record."""

    def begin(self, prompt: str, at: datetime) -> None:
        """The line in hand is a prompt, or the first after a pause."""
        here = Place(self.offset, check_of(self.line), msgspec.to_builtins(self._saved()))
        self.again, self.latest = self.latest, here
        self._give_before(self.current)
        self.current, self.last_at = Execution(plain(f"{self.session}:{prompt}"), at), at

    def answer(self, key: str, at: datetime, line: Line, output: int) -> None:
        """A line of an answer; of several the last one with the most output counts."""
        known = self.open.get(key)
        if known is None:
            execution = self._execution(key, at)
            execution.last, execution.failed = key, False
            self.open[key] = OpenAnswer(key, execution, line, output)
        elif output >= known.output:
            known.line, known.output = line, output
        if self.last_at is None or at > self.last_at:
            self.last_at = at

    def error(self) -> None:
        """The agent was told that no answer comes."""
        if self.current is not None:
            self.current.failed = True

    def finish(self) -> None:
        """No more lines for now: gives out what is open; the next reading begins before it."""
        for answer in self.open.values():
            self._give(answer)
        self.open.clear()

    def is_moment(self, at: datetime) -> bool:
        """Whether a clock that is right can have shown it."""
        return FIRST_MOMENT <= at <= self.horizon

    def spot(self) -> str:
        return f"{self.where}, byte {self.offset}"

    def _saved(self) -> Saved:
        if self.current is None:
            return Saved(last_at=self.last_at, own=self.own_state())
        current = self.current
        return Saved(current.prompt, current.prompt_at, current.last, self.last_at, self.own_state())

    def _execution(self, key: str, at: datetime) -> Execution:
        if self.current is None or self.last_at is None or at - self.last_at > PAUSE:
            self.begin(key, at)
        elif len(self.open) >= MOST_OPEN:
            self._give_oldest()
        assert self.current is not None
        return self.current

    def _give_before(self, execution: Execution | None) -> None:
        """Answers of executions before this one; they stand first, for an answer stays where it began."""
        for key, answer in list(self.open.items()):
            if answer.execution is execution:
                break
            self._give(self.open.pop(key))

    def _give_oldest(self) -> None:
        for key in list(self.open)[: MOST_OPEN // 2]:
            self._give(self.open.pop(key))

    def _give(self, answer: OpenAnswer[Line]) -> None:
        execution = answer.execution
        self.give(answer, not (execution.failed and execution.last == answer.key))
