"""Schedules on the clocks of their zones, through clock changes, seen from hosts in other zones."""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from miyabi_dw.common.timeframe import Interval, business_day
from miyabi_dw.registry.cron import fire_after, fire_before, fire_times, problem
from miyabi_dw.registry.declarations import Pipeline
from miyabi_dw.registry.intervals import due_between, intervals_ending, units_of
from miyabi_dw.reports import pipelines_now
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
        (BERLIN, BERLIN_SPRING, ["02:30", "03:00", "02:30"]),
        (BERLIN, BERLIN_AUTUMN, ["02:30", "02:30", "02:30"]),
        (NEW_YORK, NEW_YORK_SPRING, ["02:30", "03:00", "02:30"]),
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


YEAR, NEXT_YEAR, HOUR = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), timedelta(hours=1)
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Tokyo"]


def hours_that_differ(schedule: str, zone: str, hours: list[datetime]) -> list[datetime]:
    """Those after which the top page names another time as next than the scheduler starts a run at."""
    pipeline = Pipeline.model_construct(schedule=schedule, timezone=zone, interval=None)
    due = [each.due_at for each in due_between(pipeline, hours[0], hours[-1] + timedelta(days=2), BERLIN)]
    return [hour for hour in hours if pipelines_now._due(pipeline, hour) != due[bisect_right(due, hour)]]


def test_b14_scheduler_and_top_page_agree_in_every_hour_of_a_year() -> None:
    hours = [YEAR + at * HOUR for at in range(365 * 24)]
    assert hours_that_differ("30 2 * * *", "Europe/Berlin", hours) == []


@pytest.mark.parametrize("schedule", ["30 2 * * *", "15 1-3 * * *", "*/30 2 * * *", "5 * * * *"])
@pytest.mark.parametrize(
    ("zone", "changes"),
    [
        ("Europe/Berlin", [date(2026, 3, 29), date(2026, 10, 25)]),
        ("America/New_York", [date(2026, 3, 8), date(2026, 11, 1)]),
        ("Australia/Lord_Howe", [date(2026, 4, 5), date(2026, 10, 4)]),
        ("Asia/Tokyo", [date(2026, 3, 29)]),
    ],
)
def test_b14_they_agree_around_every_change_of_clocks(zone: str, changes: list[date], schedule: str) -> None:
    for day in changes:
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
        assert hours_that_differ(schedule, zone, [begin + at * HOUR for at in range(4 * 24)]) == []


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("schedule", ["30 2 * * *", "0,30 1-3 * * *", "5 * * * *", "*/20 2 * * *", "0 2 * * 0#2"])
def test_a_year_through_both_changes_is_as_cronsim_has_it(schedule: str, zone: str) -> None:
    begin = YEAR.astimezone(ZoneInfo(zone))
    theirs = takewhile(lambda moment: moment <= NEXT_YEAR, CronSim(schedule, begin))
    assert fire_times(schedule, ZoneInfo(zone), YEAR, NEXT_YEAR) == [moment.astimezone(UTC) for moment in theirs]


def test_half_an_hour_that_comes_twice_fires_as_the_clock_shows_it() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    start = datetime(2026, 4, 5, 1, 0, tzinfo=zone)
    fires = fire_times("*/15 1,2 * * *", zone, start - timedelta(minutes=1), start + timedelta(hours=3))
    shown = [fire.astimezone(zone).strftime("%H:%M") for fire in fires]
    assert shown == ["01:00", "01:15", "01:30", "01:45", "01:30", "01:45", "02:00", "02:15", "02:30", "02:45"]
    [first] = fire_times("45 1 * * *", zone, start, start + timedelta(hours=3))
    assert first == (start + timedelta(minutes=45)).astimezone(UTC)


def field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    # Two ends that differ: cronsim reads 5-5/2 like 5/2, as 5 and every second one up to the last.
    span = st.sets(number, min_size=2, max_size=2).map(sorted).map(lambda ends: f"{ends[0]}-{ends[1]}")
    step = st.tuples(st.just("*") | span, st.integers(1, 9)).map(lambda parts: f"{parts[0]}/{parts[1]}")
    listed = st.lists(number.map(str) | span, min_size=1, max_size=3).map(",".join)
    return st.just("*") | listed | step


def numbers(text: str, low: int, high: int) -> set[int]:
    """What a field means, told by crontab(5) and not by the library."""
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = (f"{low}-{high}" if span == "*" else span).partition("-")
        found |= set(range(int(first), int(last or first) + 1, int(step or 1)))
    return found


def matches(schedule: str, moment: datetime) -> bool:
    minute, hour, day, month, weekday = schedule.split()
    days = [moment.day in numbers(day, 1, 31), moment.isoweekday() % 7 in numbers(weekday, 0, 6)]
    on_day = all(days) if "*" in (day[0], weekday[0]) else any(days)
    on_time = moment.minute in numbers(minute, 0, 59) and moment.hour in numbers(hour, 0, 23)
    return on_time and on_day and moment.month in numbers(month, 1, 12)


SCHEDULES = st.tuples(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6)).map(" ".join)


@settings(deadline=None, max_examples=60)
@given(SCHEDULES, st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 28)), st.sampled_from([TOKYO, ZoneInfo("UTC")]))
def test_every_minute_that_matches_fires_and_no_other(schedule: str, start: datetime, zone: ZoneInfo) -> None:
    assume(problem(schedule) is None)
    begin = start.replace(tzinfo=zone)
    minutes = [begin.replace(second=0, microsecond=0) + timedelta(minutes=at) for at in range(1, 2 * 24 * 60)]
    fires = fire_times(schedule, zone, begin, minutes[-1])
    assert fires == [minute for minute in minutes if matches(schedule, minute)]
    assert all(earlier < later and later.second == later.microsecond == 0 for earlier, later in pairwise(fires))
    if fires:
        assert (fire_after(schedule, zone, begin), fire_before(schedule, zone, minutes[-1])) == (fires[0], fires[-1])


@pytest.mark.parametrize(
    ("schedule", "says"),
    [
        ("0 0 31 2 *", "never fires"),
        ("0 0 31 4,6 *", "never fires"),
        ("60 * * * *", "is no cron expression: bad minute"),
        ("@daily", "is no cron expression of five fields"),
        ("0 0 29 2 *", None),
        ("", None),
    ],
)
def test_a_schedule_that_never_fires_is_a_problem(schedule: str, says: str | None) -> None:
    assert problem(schedule) == (says and f"{schedule!r} {says}")
