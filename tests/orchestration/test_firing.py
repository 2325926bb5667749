"""Schedules on the clocks of their zones, through clock changes, seen from hosts in other zones."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miyabi_dw.common.timeframe import Interval, business_day
from miyabi_dw.registry.cron import due_between, fire_after, fire_before, fire_times, intervals_ending, units_of
from miyabi_dw.registry.declarations import Pipeline
from orchestration.kit import declare

TOKYO, BERLIN, NEW_YORK = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
# A day on either side of each change of clocks in 2026.
BERLIN_SPRING, BERLIN_AUTUMN = datetime(2026, 3, 28, tzinfo=BERLIN), datetime(2026, 10, 24, tzinfo=BERLIN)
NEW_YORK_SPRING, NEW_YORK_AUTUMN = datetime(2026, 3, 7, tzinfo=NEW_YORK), datetime(2026, 10, 31, tzinfo=NEW_YORK)
CHANGES = [BERLIN_SPRING, BERLIN_AUTUMN, NEW_YORK_SPRING, NEW_YORK_AUTUMN]


@pytest.mark.parametrize("change", CHANGES, ids=lambda moment: f"{moment:%Y-%m-%d %Z}")
def test_two_in_tokyo_stays_two_in_tokyo_while_the_host_changes_its_clocks(change: datetime) -> None:
    fires = fire_times("0 2 * * *", TOKYO, change, change + timedelta(days=3))
    assert len(fires) == 3
    assert {fire.astimezone(TOKYO).strftime("%H:%M") for fire in fires} == {"02:00"}


@pytest.mark.parametrize(
    ("zone", "change", "first_local_times"),
    [
        (BERLIN, BERLIN_SPRING, ["02:30", "03:30", "02:30"]),
        (BERLIN, BERLIN_AUTUMN, ["02:30", "02:30", "02:30"]),
        (NEW_YORK, NEW_YORK_SPRING, ["02:30", "03:30", "02:30"]),
        (NEW_YORK, NEW_YORK_AUTUMN, ["02:30", "02:30", "02:30"]),
    ],
)
def test_a_daily_schedule_of_a_zone_with_changes_fires_once_a_day(
    zone: ZoneInfo, change: datetime, first_local_times: list[str]
) -> None:
    fires = fire_times("30 2 * * *", zone, change, change + timedelta(days=3))
    assert [fire.astimezone(zone).strftime("%H:%M") for fire in fires] == first_local_times
    assert len({fire.astimezone(zone).date() for fire in fires}) == 3


@pytest.mark.parametrize("change", CHANGES, ids=lambda moment: f"{moment:%Y-%m-%d %Z}")
def test_an_hourly_schedule_follows_the_real_hours_of_the_day(change: datetime) -> None:
    zone = change.tzinfo
    assert isinstance(zone, ZoneInfo)
    fires = fire_times("5 * * * *", zone, change.astimezone(UTC), change.astimezone(UTC) + timedelta(hours=72))
    assert len(fires) == 72
    assert {later - earlier for earlier, later in pairwise(fires)} == {timedelta(hours=1)}


@pytest.fixture
def daily(tmp_path: Path) -> Pipeline:
    return declare(tmp_path, "small_day", {"01_only": ["1"]}, interval="day")["small_day"]


@pytest.fixture
def hourly(tmp_path: Path) -> Pipeline:
    fields = {"interval": "hour", "schedule": "5 * * * *", "timezone": "UTC"}
    return declare(tmp_path, "small_hour", {"01_only": ["1"]}, **fields)["small_hour"]


def test_a_day_is_due_when_the_schedule_fires_after_its_end(daily: Pipeline) -> None:
    two_in_tokyo = datetime(2026, 1, 16, 2, tzinfo=TOKYO)
    [due] = due_between(daily, two_in_tokyo - timedelta(minutes=5), two_in_tokyo, TOKYO)
    assert due.interval == business_day(date(2026, 1, 15), TOKYO)
    assert due.due_at == two_in_tokyo


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)), st.lists(st.integers(1, 5000), min_size=1))
def test_every_interval_is_due_exactly_once_however_the_ticks_fall(start: datetime, lengths: list[int]) -> None:
    pipeline = Pipeline.model_construct(schedule="30 2 * * *", timezone="Europe/Berlin", interval="day")
    moments = [start.replace(tzinfo=UTC)]
    for minutes in lengths:
        moments.append(moments[-1] + timedelta(minutes=minutes))
    pieces = [due for a, b in pairwise(moments) for due in due_between(pipeline, a, b, BERLIN)]
    assert pieces == due_between(pipeline, moments[0], moments[-1], BERLIN)
    assert len({due.key for due in pieces}) == len(pieces)
    spans = [due.interval for due in pieces if due.interval]
    assert all(later.start == earlier.end for earlier, later in pairwise(spans))


def test_a_weekly_schedule_of_days_owes_all_seven(daily: Pipeline) -> None:
    weekly = daily.model_copy(update={"schedule": "0 3 * * 1"})
    monday = datetime(2026, 1, 19, 3, tzinfo=TOKYO)
    dues = due_between(weekly, monday - timedelta(hours=1), monday, TOKYO)
    assert len(dues) == 7
    assert {due.due_at for due in dues} == {monday}


def test_a_day_of_a_changing_zone_has_23_or_25_hours(hourly: Pipeline) -> None:
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25)):
        assert len(units_of("hour", business_day(day, BERLIN), BERLIN)) == hours


def test_units_leave_out_what_is_only_partly_inside() -> None:
    half_past = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
    units = units_of("hour", Interval(half_past, half_past + timedelta(hours=3)), TOKYO)
    assert [unit.start.hour for unit in units] == [1, 2]


def test_intervals_ending_has_neither_gap_nor_overlap() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    middle, end = start + timedelta(days=17, hours=5), start + timedelta(days=60)
    pieces = [*intervals_ending("day", start, middle, BERLIN), *intervals_ending("day", middle, end, BERLIN)]
    assert pieces == list(intervals_ending("day", start, end, BERLIN))


def test_before_and_after_find_rare_schedules() -> None:
    moment = datetime(2026, 6, 1, tzinfo=UTC)
    assert fire_before("0 0 29 2 *", ZoneInfo("UTC"), moment) == datetime(2024, 2, 29, tzinfo=UTC)
    assert fire_after("0 0 29 2 *", ZoneInfo("UTC"), moment) == datetime(2028, 2, 29, tzinfo=UTC)
