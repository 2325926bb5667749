"""How the jobs' pages write months, sizes and small numbers."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING

from miyabi_dw.common.text import UNKNOWN
from miyabi_dw.common.timeframe import Month

if TYPE_CHECKING:
    import pandas

# Rows without a moment are counted in this month, and nowhere else does it mean anything.
UNDATED = date(1970, 1, 1)
SIZES = ("B", "kB", "MB", "GB", "TB")


def records(frame: "pandas.DataFrame") -> Iterator[SimpleNamespace]:
    """The rows of a frame by the names of its columns."""
    return (SimpleNamespace(**{str(name): value for name, value in row.items()}) for row in frame.to_dict("records"))


def month_name(month: date | int) -> str:
    """October 2025, of a day in it or of yyyymm; what has no date says so."""
    day = Month.from_key(month).first if isinstance(month, int) else month
    return "without a date" if day == UNDATED else f"{day:%B %Y}"


def size(count: float) -> str:
    """3.7 MB: the largest unit of which there is at least one."""
    value, unit = float(count), 0
    while value >= 1000 and unit < len(SIZES) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:,.0f} {SIZES[unit]}" if not unit else f"{value:,.1f} {SIZES[unit]}"


def number(value: float | Decimal | None) -> str:
    """1,234 and 0.57: no more digits than tell something."""
    amount = Decimal(str(value)) if value is not None else Decimal("NaN")
    if amount.is_nan():
        return UNKNOWN
    return f"{amount:,.0f}" if abs(amount) >= 1000 else f"{amount:,.2f}".rstrip("0").rstrip(".")
