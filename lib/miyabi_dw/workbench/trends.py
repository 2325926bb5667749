"""Whether something gets better month by month, and what comes next, each in a plain sentence that owns up to doubt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

import marimo as mo

from miyabi_dw.common.text import counted
from miyabi_dw.common.timeframe import Month
from miyabi_dw.metrics.forecast import BAND, Forecast, TooShort, Trial, forecast
from miyabi_dw.workbench.charts import banded
from miyabi_dw.workbench.panels import notice, numbers, show
from miyabi_dw.workbench.written import percent

if TYPE_CHECKING:
    import pandas

Direction = Literal["falling", "rising", "cannot be told"]
Unit = Callable[[float], str]
LEAST_MONTHS = 6


@dataclass(frozen=True)
class Trend:
    """`why` is the second half of a sentence."""

    direction: Direction
    why: str


def trend(values: Sequence[float], unit: Unit) -> Trend:
    """Falling or rising only when the 95 % interval of the median slope (Theil and Sen) leaves no doubt."""
    from scipy import stats

    if len(values) < LEAST_MONTHS:
        known = counted(len(values), "month")
        return Trend(
            "cannot be told", f"only {known} with a value, and it takes {LEAST_MONTHS} to tell a trend from chance"
        )
    slope, _, low, high = stats.theilslopes(values, range(len(values)), alpha=0.95)
    if low <= 0 <= high:
        return Trend("cannot be told", f"over {len(values)} months the values vary more than they move")
    ends = sorted((abs(low), abs(high)))
    amount = (
        f"by about {unit(abs(slope))} a month (95 % sure: {unit(ends[0])} to {unit(ends[1])}) over {len(values)} months"
    )
    return Trend("rising" if slope > 0 else "falling", amount)


@dataclass(frozen=True)
class Outlook:
    """`future` is empty and `predicted` null when the sentence says why there is no forecast."""

    sentence: str
    history: "pandas.DataFrame"
    future: "pandas.DataFrame"
    trials: "pandas.DataFrame"
    predicted: Forecast | None

    def view(self, title: str, unit: str, name: str) -> mo.Html:
        if self.predicted is None:
            return notice(self.sentence)
        figure = banded(self.history, self.future, title, unit)
        return mo.vstack(
            [
                notice(self.sentence, "success" if self.predicted.beats_naive else "warn"),
                show(figure, self.future, name),
                numbers(self.trials, f"{name}_tested"),
            ]
        )


def outlook(months: Sequence[date], values: Sequence[float | None], last_day: date, unit: Unit) -> Outlook:
    """The next months of a series whose month of `last_day` may not be over; what it is worth is tested."""
    import pandas

    history = whole_months(months, values, last_day)
    try:
        predicted = forecast(list(history["month"]), list(history["value"]))
    except TooShort as error:
        return Outlook(f"There is no forecast: {error}.", history, pandas.DataFrame(), pandas.DataFrame(), None)
    ahead = {"month": predicted.months, "expected": predicted.expected, "low": predicted.low, "high": predicted.high}
    trials = pandas.DataFrame([_told(trial, predicted, unit) for trial in predicted.trials])
    return Outlook(_sentence(predicted, unit), history, pandas.DataFrame(ahead), trials, predicted)


def marked(frame: "pandas.DataFrame", last_day: date) -> "pandas.DataFrame":
    """The frame, whose first column is month, with one beside it that says which is not over at `last_day`."""
    states = ["running" if is_running(month, last_day) else "whole" for month in frame["month"]]
    first, *others = frame.columns
    return frame.assign(month_is=states)[[first, "month_is", *others]]


def over(frame: "pandas.DataFrame", last_day: date) -> "pandas.DataFrame":
    """The rows of months that are over at `last_day`."""
    return frame[frame["month"].map(lambda month: not is_running(month, last_day)).astype(bool)]


def is_running(month: date, last_day: date) -> bool:
    return Month.of(month).last > last_day


def whole_months(months: Sequence[date], values: Sequence[float | None], last_day: date) -> "pandas.DataFrame":
    """The last stretch of months that are over and known without a gap; columns month and value."""
    import pandas

    known = {
        month: float(value) for month, value in zip(months, values, strict=True) if value is not None and value == value
    }
    months = [month for month in sorted(known) if not is_running(month, last_day)]
    ordinals = [Month.of(month).ordinal for month in months]
    stretch = [month for at, month in enumerate(months) if ordinals[-1] - ordinals[at] == len(months) - 1 - at]
    return pandas.DataFrame({"month": stretch, "value": [known[month] for month in stretch]})


def _sentence(predicted: Forecast, unit: Unit) -> str:
    chosen = predicted.chosen
    model, *naive = predicted.trials
    best = min(naive, key=lambda trial: trial.mean_error)
    tested = f"On {chosen.held_back} months held back"
    said = f"{_error(model, unit)} ({model.method}) against {_error(best, unit)} ({best.method})"
    if predicted.beats_naive:
        used = "The model is better than the naive guess, and is used."
    else:
        used = "The model is no better than the naive guess, so the naive one is used."
    inside = f"{percent(chosen.coverage)} of what was held back lay in such a band, meant to hold {percent(BAND)}."
    return f"{tested} the mean error was {said}. {used} {inside}"


def _told(trial: Trial, predicted: Forecast, unit: Unit) -> dict[str, object]:
    return {
        "method": trial.method,
        "mean error": _error(trial, unit),
        "months held back": trial.held_back,
        "inside the band": percent(trial.coverage),
        "used": "yes" if trial is predicted.chosen else "",
    }


def _error(trial: Trial, unit: Unit) -> str:
    if not trial.is_relative:
        return unit(trial.mean_error)
    # Beyond twice, a percentage is harder to read than a factor.
    return percent(trial.mean_error) if trial.mean_error < 1 else f"a factor of {round(1 + trial.mean_error, 1):,}"
