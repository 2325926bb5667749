"""What may stand on a command line: dates, ranges, limits, numbers and names, each refused in one sentence.

Whatever is wrong is said before a command has done anything: the words as they come by `check_words`, an option's or an
argument's own by the types below, what needs two of them by `check_order`.
"""

import unicodedata
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import click

from miyabi_dw.cli.common import App
from miyabi_dw.common.errors import BadRequest, MiyabiError, SchemaError
from miyabi_dw.common.timeframe import EARLIEST, parse_day
from miyabi_dw.common.timeframe import now as parse_now
from miyabi_dw.db.errors import lost_relation, told_error

LONGEST = 1000
# How much of a message is shown: what was given stands in it, and a reader has to find the sentence.
LONGEST_PART, LONGEST_MESSAGE = 200, 1500
TAKES_ANY_WORDS = "psql"
GLOBAL_WITH_VALUE = "--as-of"
LARGEST_ID = 2**63 - 1

# Rows to show; what a table on a screen or a reader of JSON can use.
LIMIT = click.IntRange(1, 1_000_000)
# A hundred years: the calendar of the warehouse has no more before today.
DAYS_KEPT = click.IntRange(1, 36_500)
ROW_ID = click.IntRange(1, LARGEST_ID)
SECONDS = click.IntRange(1, 86_400)


class Day(click.ParamType[date]):
    """A business day that has begun, also `today` and `yesterday`; not before `earliest`."""

    name = "day"

    def __init__(self, earliest: date = EARLIEST) -> None:
        self.earliest = earliest

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:  # noqa: ARG002
        if isinstance(value, date):
            return value
        app = ctx.find_object(App) if ctx else None
        return parse_day(value, app.today if app else None, self.earliest)


class When(click.ParamType[str]):
    """A day or a time with its offset, checked and left as it was given: what a day means depends on the settings."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002
        parse_now(value)
        return str(value)


DAY = Day()
# Days before the source's first, which the command names.
SOURCE_DAY = Day(date.min)
WHEN = When()


def check_known(kind: str, name: str, known: Collection[str]) -> None:
    """BadRequest when there is no such thing, with those that there are."""
    if name not in known:
        raise BadRequest(f"there is no {kind} {name!r}", remedy=f"choose one of {', '.join(sorted(known))}")


def check_words(words: Sequence[str]) -> None:
    """BadRequest for a word that can mean nothing: empty, endless, or with what no keyboard types."""
    ours = _without_those_of_psql(words)
    for before, word in zip(["", *ours], ours, strict=False):
        option, given, value = word.partition("=")
        is_joined = bool(given) and option.startswith("--")
        named = option if is_joined else before if before.startswith("-") else ""
        _check_word(value if is_joined else word, named)


def _without_those_of_psql(words: Sequence[str]) -> list[str]:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] == GLOBAL_WITH_VALUE else 1
    return list(words[:at] if words[at : at + 1] == [TAKES_ANY_WORDS] else words)


def _check_word(word: str, option: str) -> None:
    if not word.strip():
        raise BadRequest("a word of the command is empty", option, "write what is meant, or leave it out")
    if len(word) > LONGEST:
        raise BadRequest(f"a word of {len(word):,} characters is too long", option, f"write at most {LONGEST:,}")
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\t\r\n" for letter in word):
        raise BadRequest("a word has characters that are no text", option, "write it with letters")


def usage_error(error: click.ClickException) -> MiyabiError:
    """What click says of a misspelt command, as an error of ours."""
    context = getattr(error, "ctx", None)
    said = error.format_message().rstrip(".")
    remedy = f"see {context.command_path} --help" if context else ""
    return BadRequest(said[:1].lower() + said[1:], remedy=remedy)


def unforeseen(error: Exception, code: str) -> MiyabiError:
    """What an operator is told of an error that nobody thought of."""
    if isinstance(error, OSError) and error.strerror:
        remedy = "correct the path, or free what it needs"
        return MiyabiError(error.strerror, str(error.filename or ""), remedy, code=code)
    if lost_relation(error):
        what, remedy = told_error(error)
        return SchemaError(what, remedy=remedy)
    said = str(error).strip().partition("\n")[0] or "it gives no reason"
    return MiyabiError(f"unforeseen: {said}", remedy="miyabi-dw --debug and the same command show where", code=code)
