"""Counts as gateways and exporters tell them: numbers or their text, and an input that may lack the cache's part."""

from typing import NamedTuple

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


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Unusable(f"{name} is no number")
    try:
        return float(value)
    except (ValueError, OverflowError):
        raise Unusable(f"{name} is no number") from None
