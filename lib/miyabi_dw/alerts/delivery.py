"""What comes of an attempt to send a message."""

from dataclasses import dataclass

LONGEST_PAUSE_SECONDS = 3_600
# At one attempt an hour after the first few, a channel may be down for a day before a message is given up.
ATTEMPTS_ALLOWED = 30


class ChannelError(Exception):
    """A message was not taken; `retry_after` is how many seconds the other side asked to be left alone."""

    def __init__(self, why: str, retry_after: int = 0) -> None:
        super().__init__(why)
        self.retry_after = min(retry_after, LONGEST_PAUSE_SECONDS)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An address that did not get the message, though others did; `may_pass` when it is worth another attempt."""

    address: str
    why: str
    may_pass: bool

    def __str__(self) -> str:
        return f"{self.address} was refused: {self.why}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of one attempt to send. `not_before` is in seconds.

    Taken without an error; with `refused` and an error by all but these, who are tried again while `is_taken` is false.
    """

    channel: str
    error: str | None = None
    not_before: int = 0
    refused: tuple[str, ...] = ()
    is_taken: bool = True
