"""What agents cost, whatever reports, estimates and unknown models do to it: one answer in every mart, no trend of one call."""

from decimal import Decimal
from typing import Any

import pytest

from marts.star import MARTS, Star, contents
from miyabi_dw.etl import publish as publishing

AGENTS = {1: ("CodeGen Agent", "CodeGen"), 2: ("Review Agent", "Review"), 3: ("Novice Agent", None)}
MARCH = "2026-03-10 10:00+09"
SUSPECT = {"llm_cost_usd": "9990.01", "llm_cost_is_suspect": True, "llm_tokens_input": 0, "llm_tokens_output": 10}


@pytest.fixture
def agents(star: Star) -> Star:
    star.add("dim_agent", *(
        {"agent_key": key, "agent_id": name, "agent_name": name, "agent_type": kind, "ai_model": "claude-sonnet-4"}
        for key, (name, kind) in AGENTS.items()
    ))  # fmt: skip
    star.add("dim_issue", {"issue_key": 1, "issue_id": 1, "priority": "P1", "complexity": "low"})
    return star


def execute(star: Star, *rows: dict[str, Any]) -> None:
    usual = {"completed_at": MARCH, "agent_key": 1, "issue_id": 1, "issue_key": 1, "success": True}
    star.add("fact_agent_execution", *(usual | {"execution_id": at} | row for at, row in enumerate(rows, start=1)))


def work(star: Star, *days: str, agent_key: int = 2) -> None:
    rows = ({"process_date": day, "issue_id": 1, "issue_key": 1, "agent_key": agent_key} for day in days)
    star.add("fact_issue_processing", *rows)


def by_type(star: Star, mart: str, cost: str) -> dict[str, Decimal]:
    rows = star.rows(f"SELECT agent_type, sum({cost}) AS usd FROM {mart} GROUP BY agent_type HAVING sum({cost}) <> 0")
    return {row["agent_type"]: row["usd"] for row in rows}


def test_a22_what_review_costs_has_one_answer(agents: Star) -> None:
    # Review did the day's last execution, CodeGen the rest; on the second day Review worked alone.
    execute(
        agents,
        *({"llm_cost_usd": "0.351", "agent_key": 1} for _ in range(3)),
        {"llm_cost_usd": "0.337", "agent_key": 2, "completed_at": "2026-03-10 18:00+09"},
        {"llm_cost_usd": "0.002", "agent_key": 2, "completed_at": "2026-03-11 18:00+09"},
    )
    work(agents, "2026-03-10", "2026-03-11")
    agents.refresh()
    expected = {"CodeGen": Decimal("1.053"), "Review": Decimal("0.339")}
    assert by_type(agents, "mart_agent_performance", "total_llm_cost_usd") == expected
    assert by_type(agents, "mart_development_performance", "total_ai_cost_usd") == expected
    assert agents.rows(
        "SELECT sum(issue_days) AS days, sum(total_issues) AS issues FROM mart_development_performance"
    ) == [{"days": 2, "issues": 1}]


def test_a22_costs_of_agents_without_a_type_and_of_no_agent_are_kept(agents: Star) -> None:
    execute(agents, {"llm_cost_usd": 1, "agent_key": 3}, {"llm_cost_usd": 2, "agent_key": -1}, {"llm_cost_usd": 4})
    work(agents, "2026-03-10")
    agents.refresh()
    expected = {"(unknown)": Decimal(3), "CodeGen": Decimal(4)}
    assert by_type(agents, "mart_agent_performance", "total_llm_cost_usd") == expected
    assert by_type(agents, "mart_development_performance", "total_ai_cost_usd") == expected


def test_a22_costs_add_up_to_the_executions_of_issues_in_the_version_of_their_day(agents: Star) -> None:
    changed = "2026-03-11 00:00+09"
    agents.change("UPDATE dim_issue SET is_current = false, expiration_date = %s WHERE issue_key = 1", changed)
    newer = {"issue_key": 2, "issue_id": 1, "priority": "P0", "complexity": "low", "version": 2}
    agents.add("dim_issue", newer | {"effective_date": changed})
    execute(
        agents,
        {"llm_cost_usd": 1},
        {"llm_cost_usd": 2, "agent_key": 2, "issue_key": 2, "completed_at": "2026-03-11 10:00+09"},
        {"llm_cost_usd": 8, "issue_id": None, "issue_key": -1},  # of no issue
    )
    work(agents, "2026-03-10", agent_key=1)
    agents.add("fact_issue_processing", {"process_date": "2026-03-11", "issue_id": 1, "issue_key": 2, "agent_key": 1})
    agents.refresh()
    rows = agents.rows("""
        SELECT priority, agent_type, total_ai_cost_usd AS usd, total_issues AS issues FROM mart_development_performance
        ORDER BY priority, agent_type
    """)
    assert [tuple(row.values()) for row in rows] == [
        ("P0", "CodeGen", None, 1), ("P0", "Review", Decimal(2), 0), ("P1", "CodeGen", Decimal(1), 1),
    ]  # fmt: skip


def test_a22_a_cost_that_comes_late_restates_the_finished_month_of_the_agent_that_took_part(agents: Star) -> None:
    execute(agents, {"llm_cost_usd": 1}, {"llm_cost_source": "unknown", "agent_key": 2})
    work(agents, "2026-03-10", agent_key=1)
    publishing.publish_marts(agents.connection, MARTS, 202606)
    agents.change(
        "UPDATE fact_agent_execution SET llm_cost_usd = 5, llm_cost_source = 'reported' WHERE execution_id = 2"
    )
    agents.dirty("fact_agent_execution", 202603)
    done = {row.mart: row.months_restated for row in publishing.publish_marts(agents.connection, MARTS, 202606)}
    assert done["mart_development_performance"] == [202603]
    assert by_type(agents, "mart_development_performance", "total_ai_cost_usd") == {"CodeGen": 1, "Review": 5}
    published = {mart: contents(agents.connection, mart) for mart in MARTS[:2]}
    agents.change("DELETE FROM mart_development_performance_closed")
    agents.change("DELETE FROM mart_agent_performance_closed")
    agents.change("UPDATE ops.mart_state SET open_from = 0")
    agents.refresh()
    assert {mart: contents(agents.connection, mart) for mart in MARTS[:2]} == published


def test_a5_a_suspect_cost_is_kept_beside_and_decides_no_trend(agents: Star) -> None:
    execute(
        agents,
        {"llm_cost_usd": "100", "completed_at": "2026-01-10 10:00+09"},
        {"llm_cost_usd": "110", "completed_at": "2026-02-10 10:00+09"},
        {"llm_cost_usd": "121"},
        SUSPECT,
        SUSPECT | {"agent_key": 2},  # all that Review is said to have cost
    )
    publishing.publish_marts(agents.connection, MARTS, 202604)
    march = agents.rows("SELECT * FROM mart_agent_performance WHERE month = 3 AND agent_type = 'CodeGen'")[0]
    assert (march["total_llm_cost_usd"], march["suspect_cost_usd"]) == (Decimal("10111.01"), Decimal("9990.01"))
    assert march["tokens_per_dollar"] is None
    trend = {
        row["item"]: row
        for row in agents.rows(
            "SELECT * FROM v_cost_trend WHERE month_start = '2026-03-01' AND scope IN ('all', 'agent')"
        )
    }
    assert trend["(all)"]["suspect_cost_usd"] == Decimal("19980.02")
    assert {item: row["cost_usd"] for item, row in trend.items()} == {
        "(all)": 121, "CodeGen Agent": 121, "Review Agent": None,
    }  # fmt: skip
    assert trend["(all)"]["year_to_date_usd"] == 331


def test_a5_the_running_month_is_marked_and_not_compared_with_a_whole_one(agents: Star) -> None:
    execute(agents, *({"llm_cost_usd": 100 + n, "completed_at": f"2026-0{n}-10 10:00+09"} for n in range(1, 5)))
    loaded = agents.rows("SELECT date '2026-04-10' AS day")[0]["day"]
    publishing.publish_marts(agents.connection, MARTS, 202604, loaded)
    rows = agents.rows("SELECT * FROM v_cost_trend WHERE scope = 'all' ORDER BY month_start")
    assert [row["is_running"] for row in rows] == [False, False, False, True]
    assert [row["growth_percent"] is None for row in rows] == [True, False, False, True]
    assert [row["moving_average_3_months_usd"] is None for row in rows] == [True, True, False, True]
    # Hours of the last day are published before it is over.
    agents.change("UPDATE ops.mart_state SET last_day = '2026-04-30' WHERE mart = 'mart_agent_performance'")
    assert agents.rows("SELECT bool_or(is_running) AS any FROM v_cost_trend") == [{"any": True}]
    agents.change("UPDATE ops.mart_state SET last_day = '2026-04-30'")
    assert agents.rows("SELECT bool_or(is_running) AS any FROM v_cost_trend") == [{"any": False}]


def test_a1_an_estimate_is_a_range_and_its_lower_end_the_figure(agents: Star) -> None:
    told = {"llm_cost_source": "estimated", "llm_cost_usd": "0.6075", "llm_cost_list_high_usd": "0.6075"}
    untold = {"llm_cost_source": "estimated", "llm_cost_usd": 1699, "llm_cost_list_high_usd": 11322}
    # Loaded before there were two ends.
    old = {"llm_cost_source": "estimated", "llm_cost_usd": 3}
    execute(agents, told, untold, old, {"llm_cost_usd": 7})
    work(agents, "2026-03-10")
    agents.refresh()
    ends = {"low": Decimal("1702.6075"), "high": Decimal("11325.6075")}
    for mart in MARTS[:2]:
        found = agents.rows(f"SELECT sum(estimated_cost_usd) AS low, sum(estimated_cost_high_usd) AS high FROM {mart}")
        assert found == [ends], mart
    trend = agents.rows("SELECT cost_usd, cost_high_usd FROM v_cost_trend WHERE scope = 'kind'")
    assert trend == [{"cost_usd": Decimal("1709.6075"), "cost_high_usd": Decimal("11332.6075")}]


@pytest.mark.parametrize("models", [["m1", "m2", "m3", "m4", "m5"], ["模型", "gpt-6 (preview)", "x" * 200]])
def test_a23_models_without_a_price_have_a_row_each(agents: Star, models: list[str]) -> None:
    execute(agents, *(
        {"llm_model": model, "llm_cost_source": "unknown", "llm_tokens_input": 10 * at, "llm_tokens_output": 1}
        for at, model in enumerate(models, start=1)
    ))  # fmt: skip
    agents.refresh()
    rows = agents.rows(
        "SELECT ai_model, executions_without_cost AS n, tokens_without_cost AS tokens FROM mart_agent_performance"
    )
    assert {row["ai_model"]: (row["n"], row["tokens"]) for row in rows} == {
        model: (1, 10 * at + 1) for at, model in enumerate(models, start=1)
    }
