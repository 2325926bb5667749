"""How numbers, times and durations are written on a page."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from miyabi_dw.common.display import Tone
from miyabi_dw.common.text import UNKNOWN, short_day, written_day

STATE_TONES: Mapping[str, Tone] = {
    "queued": "busy",
    "running": "busy",
    "succeeded": "good",
    "failed": "bad",
    "lost": "bad",
    "skipped": "idle",
    "cancelled": "idle",
}
# The worst first.
TONES_BY_WEIGHT: Sequence[Tone] = ("bad", "warn", "busy", "idle", "good")
LEVEL_TONES: Mapping[str, Tone] = {"ok": "good", "warning": "warn", "critical": "bad"}


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
    """Tue 18 Nov 2025."""
    return f"{value:%a} {written_day(value)}"


def days(first: date, last: date) -> str:
    """2–8 Feb 2026, 26 Jan – 1 Feb 2026, 3 Apr 2026."""
    end = written_day(last)
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{end}"
    return f"{short_day(first)}{f' {first.year}' if first.year != last.year else ''} – {end}"


class Clock:
    """Writes moments on the clocks of the business time zone; `names_zone` where nothing around them says it."""

    def __init__(self, zone: ZoneInfo, *, names_zone: bool = True) -> None:
        self.zone = zone
        self._zone_name = " %Z" if names_zone else ""

    def moment(self, value: datetime | None) -> str:
        """18 Nov 2025, 02:00:04 JST."""
        return self._written(value, "%H:%M:%S")

    def minute(self, value: datetime | None) -> str:
        """18 Nov 2025, 02:00 JST."""
        return self._written(value, "%H:%M")

    def _written(self, value: datetime | None, clock: str) -> str:
        if value is None:
            return UNKNOWN
        local = value.astimezone(self.zone)
        return f"{written_day(local)}, {local.strftime(clock + self._zone_name)}"

    def second(self, value: datetime | None) -> str:
        return UNKNOWN if value is None else f"{value.astimezone(self.zone):%H:%M:%S}"

    def brief(self, start: datetime | None, end: datetime | None) -> str:
        """`interval` for a list whose heading tells month and year: a day is Tue 18 Nov."""
        if start and end and self._is_day(start.astimezone(self.zone), end.astimezone(self.zone)):
            local = start.astimezone(self.zone)
            return f"{local:%a} {short_day(local)}"
        return self.interval(start, end)

    def interval(self, start: datetime | None, end: datetime | None) -> str:
        """A business day by its name, an hour by its day and hours, anything else by both its ends; '' for none."""
        if start is None or end is None:
            return ""
        first, last = start.astimezone(self.zone), end.astimezone(self.zone)
        if self._is_day(first, last):
            return day(first.date())
        if first.time() == last.time() == time.min:
            return f"{written_day(first.date())} to {written_day(last.date() - timedelta(days=1))}"
        if end - start == timedelta(hours=1):
            return f"{written_day(first)}, {first:%H:%M}–{last.strftime('%H:%M' + self._zone_name)}"
        return f"{self.minute(start)} to {self.minute(end)}"

    @staticmethod
    def _is_day(first: datetime, last: datetime) -> bool:
        midnights = first.time() == last.time() == time.min
        return midnights and last.date() - first.date() == timedelta(days=1)
