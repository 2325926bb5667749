"""How a number and what it counts, and a day, are written, and how a text of any shape is put on one line.

Imports nothing of the package.
"""

import difflib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

# What is not known: never 0.
UNKNOWN = "—"


def written_day(day: date) -> str:
    """3 Apr 2026, of a date or of a moment on its own clock."""
    return f"{day.day} {day:%b %Y}"


def written_minute(moment: datetime) -> str:
    """3 Apr 2026, 09:00 JST, on the moment's own clock."""
    return f"{written_day(moment)}, {moment:%H:%M %Z}"


def short_day(day: date) -> str:
    """3 Apr, where something else tells the year."""
    return f"{day.day} {day:%b}"


def counted(value: int, one: str, many: str | None = None) -> str:
    """1 row, 2,000 rows; `many` for a word whose plural is not its singular with an s."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def dollars(value: float) -> str:
    """As many digits as tell something."""
    return f"{value:,.2f} USD" if value >= 1 else f"{value:.2g} USD" if value else "0 USD"


def dollar_range(low: Decimal, high: Decimal | None) -> str:
    """Both ends where they differ."""
    if high is None or high == low:
        return dollars(float(low))
    return f"{dollars(float(low)).removesuffix(' USD')} .. {dollars(float(high))}"


def one_line(text: str) -> str:
    """The same words with one space between them, whatever line breaks and indentation were there."""
    return " ".join(text.split())


def cut(text: str, longest: int) -> str:
    """At most `longest` characters; the last of a text that was longer is an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def shortened(text: str, longest_part: int, longest: int) -> str:
    """The text with each part between blanks, and then the whole, cut to so many characters."""
    return cut(" ".join(cut(part, longest_part) for part in text.split(" ")), longest)


def listed(words: Sequence[str], most: int | None = None) -> str:
    """a; a and b; a, b and c; nothing for no word. Beyond `most` of them only how many more there are."""
    more = [f"{len(words) - most} more"] if most is not None and len(words) > most else []
    *first, last = [*words[:most], *more] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """A question with the nearest of what is known; nothing where none is near."""
    near = difflib.get_close_matches(given, list(known), n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else ""
