"""How apps write a value: by the metric that defines it, else by the kind of its column."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from miyabi_dw.common.text import UNKNOWN, written_day
from miyabi_dw.metrics.definitions import load
from miyabi_dw.metrics.format import number, told

Writer = Callable[[Any], str]
IDENTIFIERS = ("_id", "_number", "_year", "_run")
FEW_DIGITS = 4
# Words that are no English of their own are written as the reports write them.
WORDS = {"usd": "USD", "llm": "LLM", "ai": "AI", "csv": "CSV", "mb": "MB", "sha": "SHA", "dora": "DORA"}


def teller(name: str) -> Callable[[float | Decimal], str]:
    """Writes values of the metric with their unit."""
    definition = load(name)
    return lambda value: definition.told(Decimal(str(value)))


def usd(value: Decimal | float) -> str:
    return told(Decimal(str(value)), "usd", 2)


def usd_range(low: Decimal, high: Decimal | None) -> str:
    """Both ends, where they differ as written."""
    ends = usd(low), usd(low if high is None else high)
    return ends[0] if ends[0] == ends[1] else f"{number(low, 'usd', 2)} .. {ends[1]}"


def percent(share: Decimal | float, digits: int = 0) -> str:
    return told(Decimal(str(share)), "ratio", digits)


def month(value: date) -> str:
    """Apr 2026."""
    return f"{value:%b %Y}"


def heading(column: str) -> str:
    """A column's name in words."""
    return " ".join(WORDS.get(word, word) for word in column.split("_"))


def writer(name: str) -> Writer:
    """How the column's values are written; what is not known is a dash."""
    write = _by_name(name) or _plain
    return lambda value: UNKNOWN if _is_unknown(value) else write(value)


def _by_name(name: str) -> Writer | None:
    words = name.split("_")
    if name.startswith("is_"):
        return None
    if name.endswith(IDENTIFIERS):
        return _whole
    if name == "month":
        return month
    if "usd" in words:
        return lambda value: number(Decimal(str(value)), "usd", 2)
    if {"share", "rate"} & set(words):
        return lambda value: percent(value, 1)
    return None


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{written_day(value)}, {value:%H:%M:%S}"
    if isinstance(value, date):
        return written_day(value)
    if isinstance(value, Decimal | float):
        return f"{Decimal(str(value)).quantize(Decimal(1).scaleb(-FEW_DIGITS)).normalize():,f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _whole(value: Any) -> str:
    """An identifier or a year as it is written, not as an amount."""
    return str(int(value)) if isinstance(value, int | float) else str(value)


def _is_unknown(value: Any) -> bool:
    import pandas

    return value is None or (not isinstance(value, str | list) and bool(pandas.isna(value)))
