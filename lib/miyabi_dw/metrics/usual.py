"""What is usual for a day: how it lies among the same weekdays before it, told by median and spread, not by mean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, log, sqrt
from statistics import median

from miyabi_dw.metrics.definition import Usual

SUNDAY = 7
# The median distance from the median times this is the standard deviation of what is normally distributed.
AS_DEVIATION = 1.4826
# How many standard deviations lie between the second and the last but one of about a dozen values.
AS_RANGE = 2.3
# After so many days outside on the same side a new level is no news, until it has become the usual one.
LONGEST_NEWS = 7
LOOK_BACK = timedelta(days=2 * LONGEST_NEWS)
Noise = Callable[[float, float], float]


@dataclass(frozen=True, slots=True)
class Day:
    """The number of a day that was loaded to its end, made of so many rows."""

    day: date
    value: float
    rows: int
    is_holiday: bool = False

    @property
    def weekday(self) -> int:
        """1 Monday to 7 Sunday; a holiday is as a Sunday."""
        return SUNDAY if self.is_holiday else self.day.isoweekday()


@dataclass(frozen=True, slots=True)
class Band:
    """Where such a day usually lies, by so many of them."""

    low: float
    high: float
    middle: float
    days: int

    def side(self, value: float) -> int:
        """1 above, -1 below, 0 within."""
        return (value > self.high) - (value < self.low)


@dataclass(frozen=True, slots=True)
class Unusual:
    """A day outside its band, as so many of the two weeks before it were on the same side."""

    day: Day
    band: Band
    days_before: int


def noise_of_sum(middle: float, rows: float) -> float:
    """How far a sum or a median of so many rows differs by chance."""
    return abs(middle) / sqrt(rows)


def noise_of_share(middle: float, rows: float) -> float:
    """The same of a share, 0 to 1."""
    return sqrt(max(middle * (1 - middle), 0) / rows)


def judge(days: Sequence[Day], usual: Usual, noise: Noise = noise_of_sum) -> Unusual | None:
    """Whether the last of these days, which are in order, is unusual; None also where too little is known to say.

    A new level is told for a week.
    """
    if not days or not (band := band_of(days[:-1], days[-1], usual, noise)):
        return None
    side = band.side(days[-1].value)
    before = _out_before(days, side, usual, noise) if side else []
    return Unusual(days[-1], band, len(before)) if side and _is_news(days[-1].value, before, side) else None


def _is_news(value: float, before: Sequence[float], side: int) -> bool:
    """A level is news for a week, and once more when it doubles or halves."""
    if len(before) < LONGEST_NEWS:
        return True
    return value > 2 * max(before) if side > 0 else 2 * value < min(before)


def band_of(before: Sequence[Day], day: Day, usual: Usual, noise: Noise) -> Band | None:
    """By the days before it that are like it; None where these are too few, or too few rows lie behind the numbers."""
    since = day.day - timedelta(weeks=usual.weeks)
    alike = [each for each in before if each.weekday == day.weekday and each.day >= since]
    if len(alike) < usual.least_days:
        return None
    rows = median(each.rows for each in alike)
    if max(rows, day.rows) < usual.least_rows:
        return None
    values = sorted(each.value for each in alike)
    middle = median(values)
    if not middle:
        # Most such days have nothing, as where something has only begun: its spread is not known.
        return Band(values[0], 2 * values[-1], middle, len(alike))
    by_chance = max(usual.spread * noise(middle, max(rows, 1)), usual.least_share * abs(middle))
    low, high = _reach(values, middle, usual.spread)
    # The farthest day on either side may itself have been unusual.
    return Band(min(values[1], low, middle - by_chance), max(values[-2], high, middle + by_chance), middle, len(alike))


def _reach(values: Sequence[float], middle: float, spread: float) -> tuple[float, float]:
    """The median and so many times the spread around it; of what is always above 0 by factors, as such things vary."""
    if values[0] <= 0:
        reach = spread * _deviation(values, middle)
        return middle - reach, middle + reach
    factor = exp(spread * _deviation([log(value) for value in values], log(middle)))
    return middle / factor, middle * factor


def _deviation(values: Sequence[float], middle: float) -> float:
    """The standard deviation, told by the distances from the median and by the range without the farthest on each side.

    Either alone is often too small, of so few values.
    """
    return max(AS_DEVIATION * median(abs(value - middle) for value in values), (values[-2] - values[1]) / AS_RANGE)


def _out_before(days: Sequence[Day], side: int, usual: Usual, noise: Noise) -> list[float]:
    """The numbers of the days of the two weeks before the last one that were outside on the same side."""
    recent = [at for at, each in enumerate(days[:-1]) if each.day >= days[-1].day - LOOK_BACK]
    bands = ((days[at].value, band_of(days[:at], days[at], usual, noise)) for at in recent)
    return [value for value, band in bands if band and band.side(value) == side]
