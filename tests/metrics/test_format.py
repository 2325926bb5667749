"""A number is written in one way, wherever it stands."""

import itertools
from decimal import Decimal

import pytest

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.metrics.definitions import load, load_all
from miyabi_dw.metrics.format import part
from miyabi_dw.metrics.periods import Grain, periods, read_period, write_period


@pytest.mark.parametrize(
    ("metric", "value", "told"),
    [
        ("change_failure_rate", "0.125", "12.5 %"),
        ("lead_time", "1", "1.0 hours"),
        ("lead_time", "1234.56", "1,234.6 hours"),
        ("deployments", "1", "1 deployment"),
        ("tokens_input", "1234567", "1,234,567 tokens"),
        ("llm_cost", "1702.5427", "1,702.54 USD"),
        ("llm_cost_per_change", "0.01234", "0.012 USD per change"),
        ("llm_cost", "0", "0 USD"),
    ],
)
def test_a_number_has_its_unit(metric: str, value: str, told: str) -> None:
    assert load(metric).told(Decimal(value)) == told


@pytest.mark.parametrize(
    ("value", "told"), [("1200", "1,200"), ("0.482557750000", "0.4826"), ("100", "100"), ("0", "0")]
)
def test_a_part_of_a_ratio_has_no_unit(value: str, told: str) -> None:
    assert part(Decimal(value)) == told


def test_what_is_not_known_is_a_dash() -> None:
    assert {metric.told(None) for metric in load_all()} == {"—"}


@pytest.mark.parametrize(
    ("grain", "text", "starts", "ends"),
    [
        ("month", "2026-02", "2026-02-01", "2026-02-28"),
        ("month", "2026-02-14", "2026-02-01", "2026-02-28"),
        ("week", "2026-W01", "2025-12-29", "2026-01-04"),
        ("quarter", "2025-Q4", "2025-10-01", "2025-12-31"),
        ("day", "2026-02-28", "2026-02-28", "2026-02-28"),
        ("rolling-28", "2026-02-28", "2026-02-01", "2026-02-28"),
    ],
)
def test_a_period_is_read_as_it_is_written(grain: str, text: str, starts: str, ends: str) -> None:
    metric = load("lead_time")
    cut = Grain.parse(grain, metric)
    found = read_period(metric, cut, text)
    assert (str(found.starts), str(found.ends)) == (starts, ends)
    if cut.kind != "rolling":
        assert read_period(metric, cut, write_period(cut.kind, found.starts, found.ends)) == found


def test_periods_are_whole_and_touch() -> None:
    metric = load("llm_cost_to_date")
    for grain in ("day", "week", "month", "quarter"):
        cut = Grain.parse(grain, metric)
        first, last = cut.around(Grain.parse("day", metric).before(cut.around(DAY).starts, 400)).starts, DAY
        found = periods(metric, cut, first, last)
        assert found[0].starts <= first and found[-1].ends >= last
        assert all(one.ends.toordinal() + 1 == two.starts.toordinal() for one, two in itertools.pairwise(found))
        assert all(period.counted_from.timetuple()[1:3] == (1, 1) for period in found)
        assert cut.before(DAY, 3) == found[-3].starts


@pytest.mark.parametrize("text", ["hour", "rolling", "rolling-1", "rolling-9999", "rolling--3", ""])
def test_no_other_grain_is_known(text: str) -> None:
    with pytest.raises(BadRequest, match=r"there is no grain|names no window"):
        Grain.parse(text, load("lead_time"))


DAY = read_period(load("lead_time"), Grain("day"), "2026-04-03").ends
