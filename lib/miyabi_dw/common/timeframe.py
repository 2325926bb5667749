"""Intervals, business days and what "now" is. Everything here is aware of its zone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from miyabi_dw.common.errors import BadRequest

# The calendar of the warehouse; a moment may be one of its days in any zone.
EARLIEST, LATEST = date(1970, 1, 1), date(2099, 12, 31)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """A half-open stretch of time [start, end), kept in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise BadRequest("an interval needs times with an offset", f"{self.start} to {self.end}", "add +00:00")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.start >= self.end:
            raise BadRequest("the interval ends before it starts", str(self), "swap its two ends")

    def __str__(self) -> str:
        return f"{self.start.isoformat()}/{self.end.isoformat()}"

    def told(self, zone: ZoneInfo) -> str:
        """As people read it: business days of `zone` by their dates, anything else by moments on its clocks."""
        first, end = self.start.astimezone(zone), self.end.astimezone(zone)
        if first.time() == end.time() == time():
            last = end.date() - timedelta(days=1)
            return str(last) if last == first.date() else f"{first.date()} to {last}"
        day = "" if (end - timedelta(microseconds=1)).date() == first.date() else f"{end:%Y-%m-%d} "
        return f"{first:%Y-%m-%d %H:%M} to {day}{end:%H:%M %Z}"

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of the calendar; `key` is its number in the warehouse, 202501 for January 2025."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Month":
        return cls(day.year, day.month)

    @classmethod
    def from_key(cls, key: int) -> "Month":
        return cls(*divmod(key, 100))

    @classmethod
    def parse(cls, text: str) -> "Month":
        """A month written yyyy-mm, or yyyymm as in the warehouse."""
        found = re.fullmatch(r"(\d{4})-?(0[1-9]|1[0-2])", text.strip())
        if not found:
            raise BadRequest(f"{text!r} is no month", remedy="write it like 2025-01")
        return cls(int(found[1]), int(found[2]))

    @property
    def key(self) -> int:
        return self.year * 100 + self.number

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        return (self + 1).first - timedelta(days=1)

    @property
    def ordinal(self) -> int:
        """Months since year 0: one more from month to month, so that differences tell how far two are apart."""
        return self.year * 12 + self.number - 1

    def __add__(self, months: int) -> "Month":
        year, number = divmod(self.ordinal + months, 12)
        return Month(year, number + 1)

    def __sub__(self, months: int) -> "Month":
        return self + -months

    def to(self, last: "Month") -> Iterator["Month"]:
        """Every month from this one to `last`, both included; none when `last` lies before."""
        return (self + offset for offset in range(last.ordinal - self.ordinal + 1))

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


def business_day(day: date, zone: ZoneInfo) -> Interval:
    """Midnight to midnight on the clocks of `zone`, so 23 or 25 hours where these change."""
    return Interval(_midnight(day, zone), _midnight(day + timedelta(days=1), zone))


def hour(moment: datetime) -> Interval:
    """The whole hour of UTC that `moment` lies in."""
    if moment.tzinfo is None:
        raise BadRequest("an hour needs a time with an offset", str(moment), "add +00:00")
    start = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return Interval(start, start + timedelta(hours=1))


def check_order(first: date, last: date) -> None:
    """BadRequest for a range that ends before it starts."""
    if last < first:
        raise BadRequest("the range ends before it starts", f"{first} to {last}", "swap its two ends")


def days(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    check_order(first, last)
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The business day that `moment` lies in."""
    return moment.astimezone(zone).date()


def time_key(day: date) -> int:
    """The calendar's key of a day: 20250131 for 31 January 2025."""
    return day.year * 10000 + day.month * 100 + day.day


def parse_moment(text: str) -> datetime:
    """A time with its offset, in UTC; a bare date or a time without offset is refused, since it could mean any zone."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadRequest(f"{text!r} is no time", remedy="write it like 2025-01-31T02:00:00+09:00") from error
    if moment.tzinfo is None:
        raise BadRequest(f"{text!r} has no offset", remedy="write it like 2025-01-31T02:00:00+09:00")
    if not EARLIEST - ONE_DAY <= moment.date() <= LATEST + ONE_DAY:
        raise _outside(text.strip())
    return moment.astimezone(UTC)


def parse_interval(start: str, end: str) -> Interval:
    return Interval(parse_moment(start), parse_moment(end))


def parse_day(text: str, as_of: date | None = None, earliest: date = EARLIEST) -> date:
    """A day written yyyy-mm-dd; `today` and `yesterday` count from `as_of`, and a day after it is refused.

    So is one that the calendar does not have, or one before `earliest` where that is another.
    """
    text = text.strip()
    relative = {"today": 0, "yesterday": -1}
    if as_of is not None and text in relative:
        return as_of + timedelta(days=relative[text])
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(f"{text!r} is no date", remedy="write it as yyyy-mm-dd, like 2025-01-31") from error
    if as_of is not None and day > as_of:
        raise BadRequest(f"{day} lies in the future", f"today is {as_of}", "choose a day that has begun")
    if not earliest <= day <= LATEST:
        raise _outside(str(day))
    return day


def _outside(given: str) -> BadRequest:
    years = f"{EARLIEST.year} to {LATEST.year}"
    return BadRequest(f"{given} lies outside of the calendar", remedy=f"choose a day of {years}")


def now(as_of: str = "", zone: ZoneInfo | None = None) -> datetime:
    """The moment that this run takes for now: `as_of` when given (a date means its end), else the clock's."""
    if not as_of:
        return datetime.now(UTC)
    if len(as_of.strip()) <= len("2025-01-31"):
        return _midnight(parse_day(as_of) + timedelta(days=1), zone or ZoneInfo("UTC")) - timedelta(microseconds=1)
    return parse_moment(as_of)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
