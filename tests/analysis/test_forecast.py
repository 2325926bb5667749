"""Forecasts on series whose behaviour is known, and the sentences about trends."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import numpy as np
import pandas
import pytest

from miyabi_dw.metrics.forecast import LAST, LEAST_MONTHS, SEASONAL, TREND, TooShort, forecast
from miyabi_dw.workbench import costs, trends
from miyabi_dw.workbench.written import usd

LATER = date(2030, 1, 1)
Series = Callable[[np.random.Generator, int], np.ndarray]


def months(count: int) -> list[date]:
    return [date(2024 + number // 12, number % 12 + 1, 1) for number in range(count)]


def growing(random: np.random.Generator, count: int) -> np.ndarray:
    return 100 + 10 * np.arange(count) + random.normal(0, 8, count)


def wandering(random: np.random.Generator, count: int) -> np.ndarray:
    return 100 * np.exp(np.cumsum(random.normal(0, 0.1, count)))


def steady(random: np.random.Generator, count: int) -> np.ndarray:
    return 100 + random.normal(0, 8, count)


def test_where_there_is_a_trend_the_model_beats_the_naive_guess_and_is_used() -> None:
    values = growing(np.random.default_rng(1), 21)
    found = forecast(months(18), values[:18])
    model, naive = found.trials
    assert (model.method, naive.method) == (TREND, LAST)
    assert model.mean_error < naive.mean_error
    assert found.beats_naive
    missed = np.abs(values[18:] - found.expected).mean()
    assert missed < np.abs(values[18:] - values[17]).mean()


def test_where_the_model_is_no_better_the_naive_guess_is_used() -> None:
    found = forecast(months(14), [50.0] * 7 + [80.0] * 7)
    assert found.chosen.method == LAST
    assert found.expected == pytest.approx([80.0] * 3)


def test_a_season_is_found_where_there_are_two_years_of_it() -> None:
    values = [100 + 60 * (number % 12 in (5, 6)) + number % 2 for number in range(30)]
    found = forecast(months(30), [float(value) for value in values])
    assert found.chosen.method == SEASONAL
    assert found.expected == pytest.approx([values[18], values[19], values[20]])


@pytest.mark.parametrize("series", [growing, wandering, steady])
def test_bands_hold_months_held_back_about_four_times_in_five(series: Series) -> None:
    chosen = forecast(months(18), series(np.random.default_rng(5), 18)).chosen
    assert chosen.held_back == 12
    assert 0.65 <= chosen.coverage <= 0.95


def test_bands_are_no_wider_than_they_need_to_be() -> None:
    """Of the naive method on pure chance, where the right width is known: over many series the share is the nominal one."""
    random = np.random.default_rng(3)
    from miyabi_dw.metrics.forecast import Trial

    inside = []
    for _ in range(400):
        errors = random.normal(0, 1, (12, 1))
        inside.append(abs(random.normal()) <= Trial(LAST, False, errors).half_widths()[0])
    assert np.mean(inside) == pytest.approx(0.8, abs=0.05)


def test_a_band_never_narrows_with_distance_and_never_goes_below_nothing() -> None:
    found = forecast(months(14), [0.0, 5.0, 1.0, 0.0, 7.0, 0.0, 2.0, 9.0, 0.0, 1.0, 4.0, 0.0, 3.0, 1.0])
    widths = found.high - found.low
    assert (found.low >= 0).all()
    assert (np.diff(found.chosen.half_widths()) >= 0).all()
    assert (widths > 0).all()


def test_too_short_a_history_cannot_be_forecast() -> None:
    with pytest.raises(TooShort, match="11 whole months are known"):
        forecast(months(11), [1.0] * 11)
    told = trends.outlook(months(5), [1.0] * 5, date(2026, 1, 1), str)
    assert told.predicted is None
    assert told.sentence == (
        f"There is no forecast: 5 whole months are known without a gap, and a forecast that can be tested needs {LEAST_MONTHS}."
    )


def test_a_month_that_is_not_over_is_left_out_and_a_gap_begins_anew() -> None:
    known = [1.0, 2.0, None, 4.0, 5.0, 6.0]
    history = trends.whole_months(months(6), known, date(2024, 6, 29))
    assert history.to_dict("list") == {"month": [date(2024, 4, 1), date(2024, 5, 1)], "value": [4.0, 5.0]}
    assert len(trends.whole_months(months(6), known, date(2024, 6, 30))) == 3


def test_a_trend_is_told_only_when_it_cannot_be_chance() -> None:
    falling = trends.trend([10.0, 9.1, 8.2, 7.0, 6.1, 5.0, 4.2], usd)
    assert falling.direction == "falling"
    assert "by about" in falling.why
    assert trends.trend([4.0, 5.1, 6.0, 7.2, 8.1, 9.0], usd).direction == "rising"
    assert trends.trend([5.0, 9.0, 4.0, 8.0, 5.0, 9.0, 4.0], usd).direction == "cannot be told"
    assert "only 3 months" in trends.trend([3.0, 2.0, 1.0], usd).why


def per_change(rates: dict[str, list[float]], changes: int = 4) -> pandas.DataFrame:
    rows = [
        (month, agent, *[Decimal(str(rate)) * changes] * 2, Decimal(changes), Decimal(str(rate)), None)
        for agent, values in rates.items()
        for month, rate in zip(months(len(values)), values, strict=True)
    ]
    columns = [
        "month",
        "agent_name",
        "cost_usd",
        "cost_high_usd",
        "deployed_changes",
        "usd_per_deployed_change",
        "suspect_usd",
    ]
    return pandas.DataFrame(rows, columns=columns)


def test_the_question_is_answered_in_a_sentence() -> None:
    better = costs.costliest(per_change({"dear": [9, 8, 7, 6.1, 5, 4.2], "cheap": [1, 1, 1, 1, 1, 1]}), LATER)
    assert better.agent == "dear"
    assert "dear costs most per deployed change" in better.sentence
    assert "It is getting better" in better.sentence
    worse = costs.costliest(per_change({"dear": [4, 5, 6.1, 7, 8.2, 9]}), LATER)
    assert "It is getting worse" in worse.sentence
    doubtful = costs.costliest(per_change({"dear": [9, 2, 8, 3, 9, 2]}), LATER)
    assert "Whether it is getting better cannot be told" in doubtful.sentence


def test_no_agent_is_named_for_an_anecdote() -> None:
    answer = costs.costliest(per_change({"dear": [900]}, changes=1), LATER)
    assert answer.agent is None
    assert "cannot be told" in answer.sentence
