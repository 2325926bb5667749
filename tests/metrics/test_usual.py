"""What is unusual: series whose answer is known, and the demonstration's history with one day made up."""

import shlex
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random

import pytest

from etl.kit import Warehouse
from miyabi_dw.db.connection import Connection, execute
from miyabi_dw.metrics.anomaly import look
from miyabi_dw.metrics.definition import Usual
from miyabi_dw.metrics.definitions import load, load_all
from miyabi_dw.metrics.usual import Day, Unusual, judge, noise_of_share
from miyabi_dw.monitor.metric_findings import unusual

# A Wednesday; the series end on it.
LAST = date(2026, 4, 1)
MONDAY = LAST - timedelta(days=2)
HOLIDAYS = frozenset({date(2026, 2, 11), date(2026, 2, 23), date(2026, 3, 20)})
Shape = Callable[[date, int], float]


def series(shape: Shape, last: date = LAST, rows: int = 400, length: int = 120) -> list[Day]:
    """`shape(day, number)` for so many days."""
    days = [(last - timedelta(days=length - 1 - at), at) for at in range(length)]
    return [Day(day, shape(day, at), rows, day in HOLIDAYS) for day, at in days]


def judged(shape: Shape, last: date = LAST, rows: int = 400) -> Unusual | None:
    return judge(series(shape, last, rows), Usual())


def flat(day: date, number: int) -> float:
    return 100


def weekly(day: date, number: int) -> float:
    """Work on weekdays, hardly any on Sundays and holidays."""
    return 5 if day.isoweekday() > 5 or day in HOLIDAYS else 100 + 10 * day.isoweekday()


def drifting(day: date, number: int) -> float:
    return 100 + 2 * number


def jumping(size: float, days: int = 1, last: date = LAST) -> Shape:
    return lambda day, number: 100 + (size if day > last - timedelta(days=days) else 0)


@pytest.mark.parametrize("shape", [flat, weekly, drifting, lambda day, number: 0])
@pytest.mark.parametrize("back", range(7))
def test_what_goes_on_as_before_is_usual_on_every_weekday(shape: Shape, back: int) -> None:
    assert judged(shape, LAST - timedelta(days=back)) is None


@pytest.mark.parametrize(
    ("size", "is_found"), [(0, False), (20, False), (60, True), (-20, False), (-60, True), (-100, True)]
)
def test_a_jump_is_found_from_a_size_on(size: float, is_found: bool) -> None:
    assert (judged(jumping(size)) is not None) == is_found


def test_a_jump_within_a_weekly_rhythm_is_held_against_its_own_weekday() -> None:
    """120 is nothing on a Monday and far too much on a Sunday."""
    sunday = LAST - timedelta(days=3)
    found = judged(lambda day, number: 120 if day == sunday else weekly(day, number), sunday)
    assert found is not None and found.band.high < 20 and found.band.side(120) == 1


def test_a_holiday_is_as_a_sunday() -> None:
    holiday = date(2026, 3, 20)
    assert judged(weekly, holiday) is None
    worked = judged(lambda day, number: 130 if day == holiday else weekly(day, number), holiday)
    assert worked is not None and worked.day.weekday == 7
    quiet_friday = holiday - timedelta(days=7)
    assert judged(lambda day, number: 5 if day == quiet_friday else weekly(day, number), quiet_friday) is not None


def test_a_new_level_is_news_for_a_week() -> None:
    out = [judged(jumping(200, days)) for days in range(1, 30)]
    assert [each.days_before for each in out[:7] if each] == [0, 1, 2, 3, 4, 5, 6]
    assert out[7:] == [None] * 22
    assert judged(lambda day, number: 700 if day == LAST else jumping(200, 12)(day, number)) is not None


def test_one_wild_day_in_the_past_hides_no_other() -> None:
    wild = LAST - timedelta(weeks=3)
    assert judged(lambda day, number: 900 if day in (wild, LAST) else 100) is not None


@pytest.mark.parametrize(
    ("days", "rows", "is_found"), [(120, 400, True), (64, 400, True), (63, 400, False), (120, 9, False)]
)
def test_too_short_a_past_or_too_few_rows_say_nothing(days: int, rows: int, is_found: bool) -> None:
    found = judge(series(jumping(900), rows=rows, length=days), Usual())
    assert (found is not None) == is_found


def test_from_nothing_to_many_is_found_and_to_a_few_is_not() -> None:
    zeros = series(lambda day, number: 0, rows=0)[:-1]
    assert judge([*zeros, Day(LAST, 30, 30)], Usual()) is not None
    assert judge([*zeros, Day(LAST, 3, 3)], Usual()) is None
    assert judge([], Usual()) is None


def test_what_has_only_begun_and_grows_is_usual_until_it_doubles() -> None:
    begun = [
        Day(each.day, value, int(value)) for each, value in zip(series(flat), [0] * 85 + [*range(1, 36)], strict=True)
    ]
    assert judge(begun, Usual()) is None
    assert judge([*begun[:-1], Day(LAST, 60, 60)], Usual()) is not None


def test_a_share_of_few_rows_may_differ_by_chance() -> None:
    many, few = (series(lambda day, number: 0.7 if day == LAST else 0.95, rows=rows) for rows in (1000, 15))
    assert judge(many, Usual(least_share=0.1), noise_of_share) is not None
    assert judge(few, Usual(least_share=0.1), noise_of_share) is None


@pytest.mark.parametrize("spread", [0.05, 0.3])
def test_chance_alone_is_told_less_than_once_in_a_hundred_days(spread: float) -> None:
    random = Random(7)
    days = series(lambda day, number: random.lognormvariate(5, spread), length=700)
    told = sum(judge(days[at - 119 : at + 1], Usual()) is not None for at in range(200, 700))
    assert told <= 5


@pytest.fixture
def connection(history: Warehouse) -> Iterator[Connection]:
    with history.database.connect("owner") as connection:
        yield connection
        connection.rollback()


def test_the_agent_that_moved_the_cost_of_a_day_is_named(history: Warehouse, connection: Connection) -> None:
    agent, day = _busiest(history)
    today = day + timedelta(days=1)
    cost = load("llm_cost").model_copy(update={"usual": Usual(least_rows=1, least_days=4)})
    before = look(connection, cost, today)
    assert before is not None and before.day == day
    execute(
        connection,
        "UPDATE fact_agent_execution AS f SET llm_cost_usd = 100000 FROM dim_agent AS a"
        " WHERE f.agent_key = a.agent_key AND a.agent_name = %s AND f.time_key = %s",
        (agent, int(f"{day:%Y%m%d}")),
    )
    found = look(connection, cost, today)
    assert found is not None and found.anomaly is not None
    moved = found.anomaly.moved
    assert moved is not None and moved.part > 0.9
    assert f"on {day}, usually " in found.anomaly.sentence and "of the difference is " in found.anomaly.sentence
    assert f"--period {day} --where {shlex.quote(f'{moved.dimension}={moved.value}')}" in found.anomaly.rows_behind


def test_a_day_that_is_running_or_not_loaded_is_never_judged(history: Warehouse, connection: Connection) -> None:
    cost = load("llm_cost")
    assert look(connection, cost, date(2024, 10, 16)) is None
    _, day = _busiest(history)
    execute(connection, "DELETE FROM ops.loaded_day WHERE day >= %s", (day,))
    found = look(connection, cost, day + timedelta(days=1))
    assert found is not None and found.day == day - timedelta(days=1)


def test_each_watched_metric_is_one_finding_at_the_most(connection: Connection) -> None:
    watched = {each.name for each in load_all() if each.usual}
    assert {"llm_cost", "agent_success_rate", "lead_time"} <= watched
    names = [finding.name for finding in unusual(connection, LAST)]
    assert names and len(names) == len(set(names)) and set(names) <= {*watched, "unusual"}


def _busiest(history: Warehouse) -> tuple[str, date]:
    [row] = history.query(
        "SELECT agent, ops.day_of(time_key) AS day FROM v_metric_execution WHERE time_key BETWEEN 20260101 AND 20260331"
        " GROUP BY 1, 2 ORDER BY count(*) DESC, 2 LIMIT 1"
    )
    return row["agent"], row["day"]
