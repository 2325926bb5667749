"""Intervals and days, also where clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.timeframe import (
    Interval,
    Month,
    business_day,
    days,
    hour,
    local_day,
    now,
    parse_day,
    parse_interval,
    parse_moment,
    time_key,
)

TOKYO = ZoneInfo("Asia/Tokyo")
BERLIN = ZoneInfo("Europe/Berlin")


def test_a_business_day_in_tokyo_starts_at_15_utc_the_day_before() -> None:
    day = business_day(date(2025, 1, 31), TOKYO)
    assert day == parse_interval("2025-01-31T00:00:00+09:00", "2025-02-01T00:00:00+09:00")
    assert day.start == datetime(2025, 1, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [(date(2025, 3, 30), 23), (date(2025, 10, 26), 25), (date(2025, 7, 1), 24)])
def test_a_day_is_as_long_as_its_clocks_say(day: date, hours: int) -> None:
    found = business_day(day, BERLIN)
    assert found.end - found.start == timedelta(hours=hours)


@given(st.dates(date(1990, 1, 1), date(2080, 1, 1)), st.sampled_from([TOKYO, BERLIN, ZoneInfo("America/St_Johns")]))
def test_days_follow_each_other_without_hole_or_overlap(day: date, zone: ZoneInfo) -> None:
    today, tomorrow = business_day(day, zone), business_day(day + timedelta(days=1), zone)
    assert today.end == tomorrow.start
    assert local_day(today.start, zone) == day == local_day(today.end - timedelta(microseconds=1), zone)


def test_an_hour_is_whole_and_in_utc() -> None:
    found = hour(datetime(2025, 1, 31, 2, 59, 59, tzinfo=TOKYO))
    assert found.start == datetime(2025, 1, 30, 17, tzinfo=UTC)
    assert found.end - found.start == timedelta(hours=1)
    assert found.start in found
    assert found.end not in found


@pytest.mark.parametrize(
    ("zone", "start", "end", "told"),
    [
        ("Asia/Tokyo", "2025-02-28T15:00Z", "2025-03-31T15:00Z", "2025-03-01 to 2025-03-31"),
        ("Asia/Tokyo", "2025-02-28T15:00Z", "2025-03-01T15:00Z", "2025-03-01"),
        ("America/New_York", "2025-03-01T05:00Z", "2025-04-01T04:00Z", "2025-03-01 to 2025-03-31"),
        ("America/New_York", "2025-03-09T05:00Z", "2025-03-10T04:00Z", "2025-03-09"),
        ("Asia/Tokyo", "2025-02-28T23:00Z", "2025-03-01T00:00Z", "2025-03-01 08:00 to 09:00 JST"),
        ("Asia/Tokyo", "2025-03-01T14:00Z", "2025-03-01T15:00Z", "2025-03-01 23:00 to 00:00 JST"),
        ("America/New_York", "2025-03-02T00:00Z", "2025-03-02T02:00Z", "2025-03-01 19:00 to 21:00 EST"),
        ("Asia/Tokyo", "2025-03-01T00:00Z", "2025-03-03T00:00Z", "2025-03-01 09:00 to 2025-03-03 09:00 JST"),
    ],
)
def test_a28_an_interval_is_told_in_business_days_or_on_the_clocks_of_its_zone(
    zone: str, start: str, end: str, told: str
) -> None:
    assert parse_interval(start, end).told(ZoneInfo(zone)) == told


def test_intervals_without_offset_or_length_are_refused() -> None:
    moment = datetime(2025, 1, 31, tzinfo=UTC)
    for start, end in ((moment, moment), (moment, moment - timedelta(1)), (moment.replace(tzinfo=None), moment)):
        with pytest.raises(BadRequest):
            Interval(start, end)


@pytest.mark.parametrize("text", ["", "tomorrow", "2025-02-29", "31.01.2025", "2025-1-31", "2025-01-31T00:00"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="is no date"):
        parse_day(text, date(2025, 3, 1))


def test_a_day_in_the_future_is_refused_and_relative_days_count_from_the_given_clock() -> None:
    today = date(2025, 3, 1)
    with pytest.raises(BadRequest, match="future"):
        parse_day("2025-03-02", today)
    assert parse_day("yesterday", today) == date(2025, 2, 28)
    assert parse_day(" 2025-03-01 ", today) == today


@pytest.mark.parametrize("text", ["2025-01-31", "2025-01-31T02:00:00", "noon"])
def test_a_time_without_offset_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        parse_moment(text)


def test_a_reversed_range_of_days_is_refused() -> None:
    assert list(days(date(2024, 2, 28), date(2024, 3, 1))) == [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)]
    with pytest.raises(BadRequest, match="ends before it starts"):
        days(date(2025, 1, 2), date(2025, 1, 1))


def test_now_can_be_given_as_a_day_whose_end_it_means() -> None:
    assert now("2025-01-31", TOKYO) == datetime(2025, 1, 31, 14, 59, 59, 999999, tzinfo=UTC)
    assert now("2025-01-31T02:00:00+09:00") == datetime(2025, 1, 30, 17, tzinfo=UTC)
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_the_key_of_a_day_is_readable() -> None:
    assert time_key(date(2025, 1, 31)) == 20250131


def test_a_month_counts_over_the_ends_of_years() -> None:
    month = Month.parse("2024-12")
    assert (month.key, str(month), month.first, month.last) == (
        202412,
        "2024-12",
        date(2024, 12, 1),
        date(2024, 12, 31),
    )
    assert [str(month + months) for months in (-12, -1, 0, 1, 14)] == [
        "2023-12",
        "2024-11",
        "2024-12",
        "2025-01",
        "2026-02",
    ]
    assert Month.from_key(202402).last == date(2024, 2, 29)
    assert [each.key for each in Month.of(date(2024, 11, 30)).to(Month.parse("202502"))] == [
        202411,
        202412,
        202501,
        202502,
    ]
    assert list(month.to(month - 1)) == []


@pytest.mark.parametrize("text", ["2025-13", "2025", "25-01", "2025-1-1", ""])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="no month"):
        Month.parse(text)
