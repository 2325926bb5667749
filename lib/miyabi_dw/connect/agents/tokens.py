"""Counts and moments as gateways and exporters tell them: numbers or their text, input with or without its cache."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

# No log of an agent is older; what says so comes from a clock that was never set, or was reset.
FIRST_MOMENT = datetime(2020, 1, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)
# No request has more; beyond it a number is a mistake of the program that wrote it.
MOST = 1 << 40


class Unusable(ValueError):
    """A number that cannot be one of tokens or money; its text says which and why, without the record's content."""


class Tokens(NamedTuple):
    """Of one answer: what the provider's cache read and wrote is part of the input, reasoning a part of the output."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    reasoning: int = 0


def count_of(name: str, value: object) -> int:
    """`value` as a count; 0 where there is none. Unusable when it is negative, no number, or beyond all measure."""
    if value is None or value == "":
        return 0
    number = _number(name, value)
    if not 0 <= number <= MOST:
        raise Unusable(f"{name} is {number:.0f}, which is no count")
    return round(number)


def money_of(name: str, value: object) -> float | None:
    """`value` in dollars; None where there is none. Unusable when it is negative or no number."""
    if value is None or value == "":
        return None
    number = _number(name, value)
    if not 0 <= number <= MOST:
        raise Unusable(f"{name} is {number}, which is no amount")
    return number


def tokens_of(
    *, told: int, output: int, cache_read: int = 0, cache_write: int = 0, cache_write_1h: int = 0, reasoning: int = 0
) -> Tokens:
    """The input as `told`, with its cache: a part greater than the whole was left out of it by whoever counted."""
    whole = told
    if told < cache_read:
        whole += cache_read + cache_write
    elif told < cache_read + cache_write:
        whole += cache_write
    return Tokens(whole, output, cache_read, cache_write, min(cache_write_1h, cache_write), min(reasoning, output))


def tomorrow() -> datetime:
    """A clock may run ahead by less than a day; what is later is a mistake."""
    return datetime.now(UTC) + A_DAY


def moment_of(name: str, nanoseconds: object) -> datetime:
    """Nanoseconds since 1970, a number or its text. Unusable where there are none, or at a moment that cannot be."""
    moment = FIRST_MOMENT - A_DAY
    with suppress(ValueError, OverflowError, OSError):
        moment = datetime.fromtimestamp(int(str(nanoseconds)) // 1000 / 1_000_000, UTC)
    if not FIRST_MOMENT <= moment < tomorrow():
        raise Unusable(f"{name} lies outside of 2020 to tomorrow")
    return moment


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Unusable(f"{name} is no number")
    try:
        return float(value)
    except (ValueError, OverflowError):
        raise Unusable(f"{name} is no number") from None
