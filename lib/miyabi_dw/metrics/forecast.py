"""Forecasts of a series of months or weeks, each compared with what simply repeating the past would have said."""

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
from threadpoolctl import threadpool_limits

from miyabi_dw.common.errors import MiyabiError
from miyabi_dw.common.timeframe import Month

Values = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Method = Callable[[Values, int], Values]

HORIZON = 3
BAND = 0.8
# Least months to learn from, and least and most months held back one after the other to see how a method does.
LEARNT_FROM, LEAST_HELD_BACK, MOST_HELD_BACK = 6, 6, 12
LEAST_MONTHS = LEARNT_FROM + LEAST_HELD_BACK
YEAR = 12


class TooShort(MiyabiError):
    """The series has too few months to learn from and to be tested on."""

    code = "forecast-too-short"


@dataclass(frozen=True)
class Trial:
    """How a method did on months held back from it: `errors` has a row a month it stood in, a column a month ahead.

    Errors are of logarithms when the forecast `is_relative`, else in the series' unit; NaN where nothing has come yet.
    """

    method: str
    is_relative: bool
    errors: Values

    @property
    def held_back(self) -> int:
        return len(self.errors)

    @cached_property
    def mean_error(self) -> float:
        """Mean size of the errors: 0.25 means off by a quarter when relative, else it is in the series' unit."""
        size = float(np.nanmean(np.abs(self.errors)))
        return math.expm1(size) if self.is_relative else size

    def half_widths(self, errors: Values | None = None) -> Values:
        """How far the band reaches to either side, by months ahead; from the errors seen, so few make it wide."""
        from scipy import stats

        seen = self.errors if errors is None else errors
        known = np.sum(np.isfinite(seen), axis=0)
        spread = np.sqrt(np.nanmean(seen**2, axis=0))
        reach = stats.t.ppf((1 + BAND) / 2, known) * spread * np.sqrt(1 + 1 / known)
        # Looking further ahead is never safer, whatever a few errors happen to say.
        widths: Values = np.maximum.accumulate(reach)
        return widths

    @cached_property
    def coverage(self) -> float:
        """Share of held-back months inside the band that the errors of the other ones give."""
        inside = [
            np.abs(row[np.isfinite(row)]) <= self.half_widths(np.delete(self.errors, at, axis=0))[np.isfinite(row)]
            for at, row in enumerate(self.errors)
        ]
        return float(np.mean(np.concatenate(inside)))


@dataclass(frozen=True)
class Forecast:
    """`expected` with a band that should hold the truth four times in five; `trials` has the model first.

    `months` are those that it is of, of a monthly series.
    """

    expected: Values
    low: Values
    high: Values
    trials: tuple[Trial, ...]
    chosen: Trial
    months: tuple[date, ...] = ()

    @property
    def beats_naive(self) -> bool:
        return self.chosen is self.trials[0]


def forecast(months: Sequence[date], values: Sequence[float], horizon: int = HORIZON) -> Forecast:
    """The months after the last of `months`, which follow each other without a gap; TooShort if it must."""
    if len(values) < LEAST_MONTHS:
        raise TooShort(_too_short(len(values)))
    return replace(ahead(values, horizon), months=_following(months[-1], horizon))


def ahead(values: Sequence[float], horizon: int) -> Forecast:
    """What comes after the values, by whichever method erred least on those held back; there are at least LEAST_MONTHS.

    A series above 0 is worked on in logarithms, so that its band is too.
    """
    history = np.asarray(values, dtype=float)
    is_relative = bool(np.all(history > 0))
    scaled = np.log(history) if is_relative else history
    # For matrices as small as these, threads wait for each other longer than they work.
    with threadpool_limits(1):
        return _best(scaled, is_relative, horizon)


def _best(scaled: Values, is_relative: bool, horizon: int) -> Forecast:
    trials = tuple(
        Trial(name, is_relative, _held_back_errors(method, scaled, horizon))
        for name, method in _methods(len(scaled)).items()
    )
    # The first of equals wins, and the naive ones come first: a model must be better to be believed.
    chosen = min(reversed(trials), key=lambda trial: trial.mean_error)
    expected = METHODS[chosen.method](scaled, horizon)
    widths = chosen.half_widths()
    back = np.exp if is_relative else lambda scale: np.maximum(scale, 0)
    ends = (back(expected), back(expected - widths), back(expected + widths))
    return Forecast(*ends, trials, chosen)


def _too_short(known: int) -> str:
    months = "month is" if known == 1 else "months are"
    return f"{known or 'no'} whole {months} known without a gap, and a forecast that can be tested needs {LEAST_MONTHS}"


def _methods(length: int) -> dict[str, Method]:
    """Those that a series of this length can be tried with."""
    return {name: method for name, method in METHODS.items() if name != SEASONAL or length >= YEAR + MOST_HELD_BACK}


def _held_back_errors(method: Method, history: Values, horizon: int) -> Values:
    """From each of the last months in turn, what the method said of those after it and what they were."""
    origins = range(max(LEARNT_FROM, len(history) - MOST_HELD_BACK), len(history))
    errors = np.full((len(origins), horizon), np.nan)
    for row, origin in enumerate(origins):
        came = history[origin : origin + horizon]
        errors[row, : len(came)] = came - method(history[:origin], horizon)[: len(came)]
    return errors


def _damped_trend(history: Values, horizon: int) -> Values:
    from statsmodels.tsa.holtwinters import Holt

    with warnings.catch_warnings():
        # On a short series the optimum is often at a bound; what that is worth the held-back months tell.
        warnings.simplefilter("ignore")
        fitted = Holt(history, damped_trend=True, initialization_method="estimated").fit(use_brute=False)
        return np.asarray(fitted.forecast(horizon), dtype=float)


def _last_value(history: Values, horizon: int) -> Values:
    return np.repeat(history[-1], horizon)


def _a_year_before(history: Values, horizon: int) -> Values:
    return np.resize(history[-YEAR:], horizon)


def _following(month: date, count: int) -> tuple[date, ...]:
    return tuple((Month.of(month) + ahead).first for ahead in range(1, count + 1))


TREND, LAST, SEASONAL = "damped trend", "last month again", "same month a year before"
METHODS: dict[str, Method] = {TREND: _damped_trend, LAST: _last_value, SEASONAL: _a_year_before}
