"""What a validation refused, in words: which key and why, never its value, which may be a secret."""

import difflib
from collections.abc import Callable, Collection, Mapping

from pydantic import ValidationError

# Of a key's place, the names that are known there.
Known = Callable[[str], Collection[str]]


def explained(error: ValidationError, kind: str, known: Known, whole: str = "") -> str:
    """Every problem by its key; a key that is none is told as no `kind`, what concerns no single one under `whole`."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(_explained(".".join(map(str, each["loc"])) or whole, each, kind, known) for each in problems)


def like(name: str, known: Collection[str]) -> str:
    """The known name that `name` is probably meant to be; '' when it is like none."""
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.8)), "")


def unknown(place: str, kind: str, name: str, known: Collection[str]) -> str:
    """Says that `place` is none of its kind, and which one was probably meant."""
    meant = like(name, known)
    return f"{place} is no {kind}" + (f", did you mean {meant}?" if meant else "")


def _explained(key: str, problem: Mapping[str, object], kind: str, known: Known) -> str:
    if problem["type"] == "extra_forbidden":
        within, _, own = key.rpartition(".")
        return unknown(key, kind, own, known(within))
    if problem["type"] == "missing":
        return f"{key} is missing"
    reason = str(problem["msg"]).removeprefix("Value error, ")
    return f"{key}: {reason}" if key else reason
