"""Budgets: what is spent of them, when that is told and when it is over, and what a month will have cost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from cli.driving import call
from etl.kit import Warehouse
from metrics.conftest import TODAY, Asked
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.common.timeframe import Month
from miyabi_dw.db.connection import Connection, query
from miyabi_dw.metrics import budget
from miyabi_dw.metrics.budget import Budget, Mark, Outlook, Use
from miyabi_dw.metrics.budget_outlook import added, outlook, weights
from miyabi_dw.metrics.definitions import load
from miyabi_dw.metrics.explain import one_period
from miyabi_dw.metrics.periods import Grain, Period
from miyabi_dw.monitor import budget_alarm
from miyabi_dw.monitor.metric_findings import budgets as findings

JANUARY = date(2026, 1, 31)
SPENT = (
    "SELECT sum(cost_usd) FROM v_metric_execution WHERE time_key BETWEEN 20260101 AND 20260131"
    " AND (%s::text IS NULL OR agent = %s)"
)


@pytest.fixture
def connection(history: Warehouse) -> Iterator[Connection]:
    """Nothing of what a test decides stays."""
    with history.database.connect("etl") as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def told(history: Warehouse) -> Settings:
    return Settings(home=history.settings.home, slack_webhook_url="http://127.0.0.1:9/nobody")


def spent(history: Warehouse, agent: str | None = None) -> Decimal:
    return Decimal(history.value(SPENT, agent, agent))


def costliest(history: Warehouse) -> str:
    return str(
        history.value(
            "SELECT agent FROM v_metric_execution WHERE time_key BETWEEN 20260101 AND 20260131"
            " GROUP BY agent ORDER BY sum(cost_usd) DESC NULLS LAST LIMIT 1"
        )
    )


def decide(connection: Connection, usd: Decimal | int | None, agent: str | None = None, day: date = JANUARY) -> bool:
    return budget.change(connection, agent, None, None if usd is None else Decimal(usd), day, "Aiko")


def test_a_budget_is_used_by_what_sql_by_hand_says(history: Warehouse, connection: Connection) -> None:
    agent = costliest(history)
    decide(connection, 5000)
    decide(connection, 300, agent)
    of_all, of_agent = (use.budget for use in budget.uses(connection, JANUARY))
    assert (of_all.name, of_all.usd, of_all.last_day) == ("total", 5000, JANUARY)
    assert (of_agent.name, of_agent.usd) == (agent, 300)
    assert of_all.spent_usd == spent(history)
    assert of_agent.spent_usd == spent(history, agent) > 0
    assert budget.uses(connection, date(2025, 12, 31)) == []
    tile = budget.for_tile(connection, JANUARY)
    assert tile is not None and tile.budget == of_all
    decide(connection, None)
    assert budget.for_tile(connection, JANUARY).budget == of_agent  # type: ignore[union-attr]


def test_the_metric_is_the_cost_against_the_budget_and_never_sums_budgets(asked: Asked, history: Warehouse) -> None:
    with history.database.connect("etl") as connection:
        decide(connection, 5000)
        decide(connection, 300, costliest(history))
    try:
        figures = asked("budget_use", "month", JANUARY, JANUARY).figures
        weeks = asked("budget_use", "week", date(2026, 1, 5), date(2026, 1, 25), (), budget="total").figures
        with pytest.raises(BadRequest, match="budget_use has a number for each budget"):
            one_period(load("budget_use"), Grain("month"), Period(date(2026, 1, 1), JANUARY), TODAY, {})
    finally:
        history.execute("DELETE FROM ops.budget_change")
    assert {figure.dimensions for figure in figures} == {("total",), (costliest(history),)}
    [total] = [figure for figure in figures if figure.dimensions == ("total",)]
    assert (total.numerator, total.denominator) == (spent(history), 5000)
    assert sum(figure.denominator or 0 for figure in weeks) == pytest.approx(
        5000 * Decimal(21) / 31, abs=Decimal("0.001")
    )


def test_every_decision_is_kept_with_what_it_was_before(connection: Connection) -> None:
    assert [decide(connection, usd) for usd in (100, 200, 200, None, None)] == [True, True, False, True, False]
    assert [(each.name, each.usd, each.usd_before, each.changed_by) for each in budget.changes(connection)] == [
        ("total", None, 200, "Aiko"), ("total", 200, 100, "Aiko"), ("total", 100, None, "Aiko"),
    ]  # fmt: skip


def test_who_is_not_known_has_no_budget(connection: Connection) -> None:
    with pytest.raises(BadRequest, match="there is no agent 'nobody at all'"):
        decide(connection, 10, "nobody at all")
    with pytest.raises(BadRequest, match="there is no model 'none'"):
        budget.change(connection, None, "none", Decimal(1), JANUARY, "Aiko")


@pytest.mark.parametrize(
    ("spent_usd", "mark", "level"),
    [("79.9999", Mark.KEPT, "ok"), ("80", Mark.NEARLY, "warning"), ("99.99", Mark.NEARLY, "warning"),
     ("100", Mark.PASSED, "critical"), ("250", Mark.PASSED, "critical")],
)  # fmt: skip
def test_the_marks_are_at_80_and_at_100_percent(spent_usd: str, mark: Mark, level: str) -> None:
    found = budget.mark_of(Budget("total", None, None, Decimal(100), Decimal(spent_usd), None))
    assert (found, found.level) == (mark, level)


def test_a_forecast_is_told_where_nothing_else_is() -> None:
    use = Use(Budget("total", None, None, Decimal(100), Decimal(50), JANUARY), Month(2026, 1), Mark.KEPT)
    beyond, within = (Outlook(Decimal(usd), Decimal(90), Decimal(130)) for usd in (101, 100))
    assert budget.with_outlook(use, beyond).mark is Mark.WILL_PASS
    assert "about 101.00 USD of the 100.00 USD for 2026-01 (four times in five 90.00 .. 130.00 USD)" in (
        budget.with_outlook(use, beyond).sentence
    )
    assert budget.with_outlook(use, within).mark is budget.with_outlook(use, None).mark is Mark.KEPT
    assert budget.with_outlook(replace(use, mark=Mark.PASSED), beyond).mark is Mark.PASSED


def messages(connection: Connection) -> list[tuple[str, str, str]]:
    rows = query(
        connection,
        "SELECT d.kind, i.severity, (i.recovered_at IS NULL)::text AS is_open FROM ops.alert_delivery AS d"
        " INNER JOIN ops.incident AS i USING (incident_id) WHERE i.detail ->> 'type' = 'budget' ORDER BY d.delivery_id",
        None,
    )
    return [(row["kind"], row["severity"], row["is_open"]) for row in rows]


def test_a_budget_is_one_incident_told_at_each_mark_until_it_is_raised(
    history: Warehouse, connection: Connection, told: Settings
) -> None:
    for share, expected in [
        (2, []),
        ("1.2", [("opened", "warning", "true")]),
        ("1.1", [("opened", "warning", "true")]),
        ("0.9", [("opened", "critical", "true"), ("worse", "critical", "true")]),
        (2, [("opened", "critical", "false"), ("worse", "critical", "false"), ("recovered", "critical", "false")]),
    ]:
        decide(connection, round(spent(history) * Decimal(share), 2))
        budget_alarm.report(connection, told, JANUARY, looks_ahead=False)
        assert messages(connection) == expected
        [finding] = findings(connection, JANUARY)
        assert (finding.level == "ok") == (share == 2)
        assert bool(budget_alarm.told(connection)) == (share != 2)


def test_with_the_month_its_incident_is_over(history: Warehouse, connection: Connection, told: Settings) -> None:
    decide(connection, round(spent(history) / 2, 2))
    budget_alarm.report(connection, told, JANUARY, looks_ahead=False)
    assert [*budget_alarm.told(connection)] == ["total, 2026-01"]
    budget_alarm.report(connection, told, date(2026, 2, 1), looks_ahead=False)
    assert [*budget_alarm.told(connection)] == []


def test_an_even_past_says_exactly_what_the_month_will_have_cost() -> None:
    """70 USD a week, on Wednesday the 14th: 17 days more are 170 USD."""
    known, end = date(2026, 1, 14), JANUARY
    parts = weights(date(2026, 1, 11), known, end)
    assert [round(part * 7) for part in parts] == [4, 7, 6]
    found = added(Decimal(140), [70.0] * 14, parts)
    assert [round(each, 2) for each in (found.low, found.expected, found.high)] == [310, 310, 310]
    uneven = added(Decimal(140), [60.0, 80.0] * 7, parts)
    assert uneven.low < uneven.expected < uneven.high


@pytest.mark.parametrize("last_day", range(1, 31))
def test_the_days_that_are_left_are_counted_once(last_day: int) -> None:
    known = date(2026, 1, last_day)
    last = known - timedelta(days=known.isoweekday() % 7)
    assert last.isoweekday() == 7 and 0 <= (known - last).days < 7
    assert round(sum(weights(last, known, JANUARY)) * 7) == 31 - last_day


def test_there_is_no_outlook_without_a_past_or_after_the_end(connection: Connection) -> None:
    decide(connection, 5000, day=date(2024, 10, 31))
    for day, known in ((date(2024, 10, 31), False), (date(2026, 2, 10), True), (JANUARY, False)):
        [use] = budget.uses(connection, day)
        found = outlook(connection, use.budget, use.month, day)
        assert (found is not None) == known, day
        if found:
            assert use.budget.spent_usd < found.low <= found.expected <= found.high


def test_the_commands_say_what_is_and_refuse_what_cannot_be(
    history: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = history.settings
    assert settings.warehouse_url
    monkeypatch.setenv("MIYABI_WAREHOUSE_URL", settings.warehouse_url.get_secret_value())
    monkeypatch.setenv("MIYABI_HOME", str(settings.home))
    at = ("--as-of", "2026-02-10", "budget")
    try:
        for words, says in (
            (("set", "total", "0"), "'0' is no sum of dollars"),
            (("set", "total", "nan"), "'nan' is no sum of dollars"),
            (("set", "total", "ten"), "'ten' is no sum of dollars"),
            (("set", "total", "3", "--per", "year"), "'year' is not 'month'"),
            (("remove", "total"), "there is no budget 'total'"),
        ):
            done = call(*at, *words)
            assert (done.status, done.out) == (2, "") and says in done.err
        assert call(*at, "set", "total", "0.01").out == "total: 0.01 USD a month\n"
        listed = call(*at, "list")
        assert "total   2026-02  0.01 USD" in listed.out and listed.status == 1
        assert call(*at, "remove", "total").out == "total: no budget any more\n"
        assert "0.0100" in call(*at, "--changes").out
    finally:
        history.execute("DELETE FROM ops.budget_change")
        history.execute("DELETE FROM ops.incident WHERE detail ->> 'type' = 'budget'")
