"""dim_time against dates that anybody can look up."""

from datetime import date
from typing import Any

import pytest

from miyabi_dw.db.connection import Connection, execute, query
from miyabi_dw.etl.catalogue import calendar_covers, extend_calendar


@pytest.fixture
def calendar(prepared: Connection) -> Connection:
    return prepared


def day(connection: Connection, full_date: str, *columns: str) -> tuple[Any, ...]:
    row = query(connection, "SELECT * FROM dim_time WHERE full_date = %s", [full_date])[0]
    return tuple(row[column] for column in columns)


def test_holds_each_day_of_sixteen_years_once(calendar: Connection) -> None:
    row = query(calendar, "SELECT count(*) AS n, min(full_date) AS a, max(full_date) AS z FROM dim_time")[0]
    # 16 years of 365 days and the leap days of 2020, 2024, 2028 and 2032.
    assert row == {"n": 16 * 365 + 4, "a": date(2020, 1, 1), "z": date(2035, 12, 31)}


@pytest.mark.parametrize(
    ("full_date", "name"),
    [
        ("2026-01-01", "New Year's Day"),
        ("2026-05-05", "Children's Day"),
        ("2026-05-06", "Substitute Holiday"),
        ("2021-07-23", "Sports Day"),
        ("2025-11-24", "Substitute Holiday"),
        ("2026-09-22", "National Holiday"),
        ("2020-10-12", None),
        ("2026-12-31", None),
    ],
)
def test_knows_japanese_holidays(calendar: Connection, full_date: str, name: str | None) -> None:
    columns = ("is_holiday", "is_business_day", "holiday_name")
    assert day(calendar, full_date, *columns) == (name is not None, name is None, name)


def test_a_weekend_is_no_business_day_and_no_holiday(calendar: Connection) -> None:
    assert day(calendar, "2026-01-31", "day_name", "day_of_week", "is_weekend", "is_holiday", "is_business_day") == (
        "Saturday", 6, True, False, False,
    )  # fmt: skip


def test_may_2026_has_eighteen_business_days(calendar: Connection) -> None:
    # 31 days, 10 of them at weekends, and Monday the 4th to Wednesday the 6th are holidays.
    sql = "SELECT count(*) AS n FROM dim_time WHERE year = 2026 AND month = 5 AND is_business_day"
    assert query(calendar, sql)[0]["n"] == 31 - 10 - 3


@pytest.mark.parametrize(
    ("full_date", "year", "quarter", "month", "week"),
    [
        ("2026-03-31", 2025, 4, 12, 53),
        ("2026-04-01", 2026, 1, 1, 1),
        ("2026-04-07", 2026, 1, 1, 1),
        ("2026-04-08", 2026, 1, 1, 2),
        ("2026-06-30", 2026, 1, 3, 13),
        ("2026-07-01", 2026, 2, 4, 14),
        ("2026-12-31", 2026, 3, 9, 40),
        ("2027-01-01", 2026, 4, 10, 40),
        ("2028-02-29", 2027, 4, 11, 48),
        ("2026-05-31", 2026, 1, 2, 9),
    ],
)
def test_the_fiscal_year_begins_in_april(
    calendar: Connection, full_date: str, year: int, quarter: int, month: int, week: int
) -> None:
    columns = ("fiscal_year", "fiscal_quarter", "fiscal_month", "fiscal_week")
    assert day(calendar, full_date, *columns) == (year, quarter, month, week)


@pytest.mark.parametrize(
    ("full_date", "iso_year", "week"),
    [
        ("2020-12-31", 2020, 53),
        ("2021-01-03", 2020, 53),
        ("2021-01-04", 2021, 1),
        ("2024-12-30", 2025, 1),
        ("2026-12-31", 2026, 53),
        ("2027-01-01", 2026, 53),
        ("2023-01-01", 2022, 52),
    ],
)
def test_weeks_are_those_of_iso_8601(calendar: Connection, full_date: str, iso_year: int, week: int) -> None:
    assert day(calendar, full_date, "iso_year", "week_of_year") == (iso_year, week)


@pytest.mark.parametrize(
    ("full_date", "week"),
    # August 2026 begins on a Saturday and touches six weeks; February 2027 begins on a Monday and touches four.
    [("2026-08-01", 1), ("2026-08-02", 1), ("2026-08-03", 2), ("2026-08-31", 6), ("2027-02-01", 1), ("2027-02-28", 4)],
)
def test_weeks_of_the_month_begin_on_monday(calendar: Connection, full_date: str, week: int) -> None:
    assert day(calendar, full_date, "week_of_month") == (week,)


def test_names_do_not_depend_on_the_locale(calendar: Connection) -> None:
    columns = ("time_key", "day_name", "month_name", "month_abbr", "quarter_name", "day_of_year", "day_of_month")
    assert day(calendar, "2024-12-31", *columns) == (20241231, "Tuesday", "December", "Dec", "Q4", 366, 31)


def test_extending_again_changes_nothing(calendar: Connection) -> None:
    again = extend_calendar(calendar)
    assert not again.changed
    assert again.unchanged == 5844


def test_days_outside_extend_it_by_whole_years_without_a_hole(calendar: Connection) -> None:
    assert not calendar_covers(calendar, date(2018, 6, 1), date(2026, 1, 1))
    assert extend_calendar(calendar, date(2018, 6, 1), date(2018, 6, 2)).inserted == 365 + 365
    assert calendar_covers(calendar, date(2018, 1, 1), date(2035, 12, 31))
    sql = "SELECT max(full_date) - min(full_date) + 1 - count(*) AS holes FROM dim_time"
    assert query(calendar, sql)[0]["holes"] == 0


def test_a_holiday_that_the_law_moves_is_corrected(calendar: Connection) -> None:
    execute(calendar, "UPDATE dim_time SET is_holiday = false, holiday_name = NULL, is_business_day = true "
                      "WHERE full_date = '2026-01-01'")  # fmt: skip
    assert extend_calendar(calendar).updated == 1
    assert day(calendar, "2026-01-01", "is_holiday", "is_business_day") == (True, False)


def test_an_empty_calendar_covers_nothing(undone: Connection) -> None:
    execute(undone, "TRUNCATE dim_time CASCADE")
    assert not calendar_covers(undone, date(2026, 1, 1), date(2026, 1, 1))
