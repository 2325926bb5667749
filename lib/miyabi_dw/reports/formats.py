"""How numbers, times and durations are written on a page."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

UNKNOWN = "—"
STATE_TONES = {
    "queued": "busy",
    "running": "busy",
    "succeeded": "good",
    "failed": "bad",
    "lost": "bad",
    "skipped": "idle",
    "cancelled": "idle",
}


def count(value: int | Decimal | float | None) -> str:
    """1234567 as 1,234,567; null as a dash, since unknown is not 0."""
    return UNKNOWN if value is None else f"{value:,}"


def duration(length: timedelta | float | None) -> str:
    """The two units that matter: 0.4 s, 12 s, 3 min 5 s, 2 h 10 min."""
    if length is None:
        return UNKNOWN
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two(whole // 60, "min", whole % 60, "s")
    return _two(whole // 3600, "h", whole % 3600 // 60, "min")


def _two(large: int, unit: str, small: int, small_unit: str) -> str:
    return f"{large:,} {unit} {small} {small_unit}" if small else f"{large:,} {unit}"


class Timed(Protocol):
    """A run or an attempt."""

    @property
    def started_at(self) -> datetime | None: ...
    @property
    def finished_at(self) -> datetime | None: ...


def lasted(row: Timed) -> timedelta | None:
    """How long a run or an attempt took; None while it has not both begun and ended."""
    return row.finished_at - row.started_at if row.started_at and row.finished_at else None


def shown(value: Any) -> str:
    """A value out of JSON as a person reads it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: UNKNOWN}[value]
    if isinstance(value, list):
        return ", ".join(shown(item) for item in value) or "none"
    if isinstance(value, dict):
        return "; ".join(f"{name.replace('_', ' ')} {shown(item)}" for name, item in value.items()) or "nothing"
    return str(value)


def prose(text: str) -> Markup:
    """A sentence, begun with a capital, whose `words in backticks` are set as code; all else is escaped."""
    if text.split(" ", 1)[0].isalpha():
        text = text[0].upper() + text[1:]
    parts = [
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(text.split("`"))
    ]
    return Markup("").join(parts) if len(parts) % 2 else escape(text)


def day(value: date) -> str:
    """Tuesday 18 November 2025."""
    return f"{value:%A} {value.day} {value:%B %Y}"


def _date(value: date) -> str:
    return f"{value.day} {value:%B %Y}"


class Clock:
    """Writes moments on the clocks of the business time zone, and says so."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone

    def moment(self, value: datetime | None) -> str:
        """18 Nov 2025, 02:00:04 JST."""
        if value is None:
            return UNKNOWN
        local = value.astimezone(self.zone)
        return f"{local.day} {local:%b %Y, %H:%M:%S %Z}"

    def minute(self, value: datetime | None) -> str:
        """18 Nov 2025, 02:00 JST."""
        if value is None:
            return UNKNOWN
        local = value.astimezone(self.zone)
        return f"{local.day} {local:%b %Y, %H:%M %Z}"

    def second(self, value: datetime | None) -> str:
        return UNKNOWN if value is None else f"{value.astimezone(self.zone):%H:%M:%S}"

    def brief(self, start: datetime | None, end: datetime | None) -> str:
        """`interval` for a list whose heading tells month and year: a day is Tue 18 Nov."""
        if start and end and self._is_day(start.astimezone(self.zone), end.astimezone(self.zone)):
            local = start.astimezone(self.zone)
            return f"{local:%a} {local.day} {local:%b}"
        return self.interval(start, end)

    def interval(self, start: datetime | None, end: datetime | None) -> str:
        """A business day by its name, an hour by its day and hours, anything else by both its ends; '' for none."""
        if start is None or end is None:
            return ""
        first, last = start.astimezone(self.zone), end.astimezone(self.zone)
        if self._is_day(first, last):
            return day(first.date())
        if first.time() == last.time() == time.min:
            return f"{_date(first.date())} to {_date(last.date() - timedelta(days=1))}"
        if end - start == timedelta(hours=1):
            return f"{first.day} {first:%b %Y, %H:%M}–{last:%H:%M %Z}"
        return f"{self.minute(start)} to {self.minute(end)}"

    @staticmethod
    def _is_day(first: datetime, last: datetime) -> bool:
        midnights = first.time() == last.time() == time.min
        return midnights and last.date() - first.date() == timedelta(days=1)
