"""How a metric's number is written, with its unit: the one place for pages, commands and interfaces."""

from dataclasses import dataclass
from decimal import Decimal

from miyabi_dw.common.text import UNKNOWN, dollars


@dataclass(frozen=True, slots=True)
class Unit:
    """`word` follows the number, `one` where it is 1; a number is shown times `scale`."""

    word: str
    one: str = ""
    scale: int = 1

    def after(self, shown: str) -> str:
        return (self.one or self.word) if shown == "1" else self.word


UNITS = {
    "ratio": Unit("%", scale=100),
    "hours": Unit("hours", "hour"),
    "minutes": Unit("minutes", "minute"),
    "seconds": Unit("seconds", "second"),
    "days": Unit("days", "day"),
    "points": Unit("points", "point"),
    "usd": Unit("USD"),
    "usd_per_change": Unit("USD per change"),
    "usd_per_deployment": Unit("USD per deployment"),
    "usd_per_issue": Unit("USD per issue"),
    "usd_per_line": Unit("USD per line"),
    "changes": Unit("changes", "change"),
    "lines": Unit("lines", "line"),
    "tokens": Unit("tokens", "token"),
    "executions": Unit("executions", "execution"),
    "deployments": Unit("deployments", "deployment"),
    "deployments_per_day": Unit("deployments a day", "deployment a day"),
    "lines_per_day": Unit("lines a day", "line a day"),
    "changes_per_day": Unit("changes a day", "change a day"),
    "rows_per_day": Unit("rows a day", "row a day"),
    "entries": Unit("entries", "entry"),
}


def number(value: Decimal | None, unit: str, digits: int) -> str:
    """The number as people read it, without its unit: 1,234.5; a ratio in percent; a dash for what is not known."""
    if value is None:
        return UNKNOWN
    if unit.startswith("usd"):
        # As many digits as tell something, as everywhere.
        return dollars(float(value)).removesuffix(" USD")
    return f"{value * UNITS[unit].scale:,.{digits}f}"


def told(value: Decimal | None, unit: str, digits: int) -> str:
    """The number with its unit: 12.5 %, 1 hour, 3.20 USD."""
    shown = number(value, unit, digits)
    return shown if value is None else f"{shown} {UNITS[unit].after(shown)}"


def part(value: Decimal | None) -> str:
    """A numerator or a denominator, which has no unit of its own."""
    return UNKNOWN if value is None else f"{value:,.4f}".rstrip("0").rstrip(".")
