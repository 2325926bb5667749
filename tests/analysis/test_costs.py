"""The pages of costs on a warehouse with suspect reports, ranges and models without a price."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pandas
import pytest

from analysis.conftest import Reader, fresh
from analysis.reading import Reading
from etl.kit import Warehouse
from marts.star import MARTS, Star
from miyabi_dw.etl import publish as publishing
from miyabi_dw.workbench import cost_sources, costs, trends
from servers import TestServer

# Whole months from January 2025 to February 2026; March is running.
MONTHS = [(2025, month) for month in range(1, 13)] + [(2026, month) for month in range(1, 4)]
SUSPECT = Decimal("9990.01")


@pytest.fixture(scope="module")
def costly(
    server: TestServer, migrated_template: str, empty_source_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    with fresh(server, migrated_template, empty_source_template, tmp_path_factory.mktemp("costly")) as warehouse:
        with warehouse.database.connect("owner") as connection:
            fill(Star(connection))
            publishing.publish_marts(connection, MARTS, 202602, date(2026, 3, 10))
        yield warehouse


def fill(star: Star) -> None:
    agents = {1: "CodeGen", 2: "Review"}
    star.add("dim_agent", *(
        {"agent_key": key, "agent_id": name, "agent_name": name, "agent_type": name, "ai_model": "claude-sonnet-4"}
        for key, name in agents.items()
    ))  # fmt: skip
    star.add(
        "dim_issue", *({"issue_key": n, "issue_id": n, "repository": "app"} for n, _ in enumerate(MONTHS, start=1))
    )
    for n, (year, month) in enumerate(MONTHS, start=1):
        at = f"{year}-{month:02}-05 10:00+09"
        usual = {"issue_id": n, "issue_key": n, "success": True, "llm_tokens_input": 1000, "llm_tokens_output": 100}
        star.add("fact_agent_execution", *(
            usual | row | {"execution_id": 10 * n + at_place, "completed_at": at} for at_place, row in enumerate([
                {"agent_key": 1, "llm_cost_usd": 100 + n, "llm_cost_is_suspect": False},
                {"agent_key": 2, "llm_cost_usd": 10, "llm_cost_list_high_usd": 60, "llm_cost_source": "estimated"},
                {"agent_key": 2, "llm_model": f"novel-{n % 5}", "llm_cost_source": "unknown"},
            ])
        ))  # fmt: skip
        star.add(
            "fact_deployment",
            {"deployment_id": n, "issue_id": n, "issue_key": n, "repository": "app", "deployed_at": at},
        )
        star.add("fact_code_change", *(
            {"commit_id": 10 * n + c, "commit_sha": f"{n}-{c}", "issue_id": n, "repository": "app", "committed_at": at,
             "deployed_at": at, "deployment_id": n}
            for c in range(3)
        ))  # fmt: skip
    star.add(
        "fact_agent_execution",
        {"execution_id": 999, "completed_at": "2026-02-20 10:00+09", "agent_key": 1, "issue_id": 14, "issue_key": 14,
         "llm_cost_usd": SUSPECT, "llm_cost_is_suspect": True, "llm_cost_list_usd": "0.00015", "llm_tokens_input": 0,
         "llm_tokens_output": 10},
    )  # fmt: skip


@pytest.fixture
def page(costly: Warehouse, opened: Reader) -> Reading:
    return opened(costly, "agent_performance")


def test_a5_a_suspect_report_is_no_bar_no_trend_and_no_forecast(page: Reading) -> None:
    months, changes, ahead = (page.defined[name] for name in ("by_month", "per_change", "ahead"))
    assert max(months["cost_usd"].dropna()) == 115
    assert sum(months["suspect_usd"].dropna()) == SUSPECT
    assert max(ahead.history["value"]) == 124
    assert max(ahead.future["high"]) < 1_000
    assert max(changes["usd_per_deployed_change"]) == 115
    # CodeGen did a third of the work on three commits of each issue, and half of it on those with the suspect report.
    assert page.defined["answer"].usd == Decimal(sum(range(101, 116))) / Decimal("15.5")


def test_a5_it_is_listed_beside_with_its_sum(page: Reading) -> None:
    assert page.said("Suspect, far from the price list, and in none of these figures: 1 report of 9,990.01 USD in all.")
    assert page.said("Suspect costs of 9,990.01 USD are left out.")
    assert page.defined["suspects"][["execution_id", "reported_usd"]].values.tolist() == [[999, SUSPECT]]


def test_a5_an_agent_all_of_whose_cost_is_suspect_has_none(costly: Warehouse, opened: Reader) -> None:
    rows = opened(costly, "agent_performance").defined["by_month"].tail(1)
    only = rows.assign(
        cost_usd=None, cost_high_usd=None, suspect_usd=SUSPECT, suspect_executions=1, executions_with_cost=1
    )
    assert cost_sources.CostSources.of(only).sentence.startswith("No cost that can be trusted is known.")


def test_a1_the_range_is_shown_and_its_upper_end_is_not_the_figure(page: Reading) -> None:
    # 15 months: 1,620 reported, and 150 to 900 estimated.
    assert page.said("1,770.00 .. 2,520.00 USD: 15 reported and 15 estimated executions. It is a range")
    table = page.defined["sources"].table().set_index("source_of_cost")
    assert table.loc["estimated from tokens"].tolist() == [15, 150, 900]
    assert table.loc["reported"].tolist() == [15, 1620, 1620]


def test_a23_models_without_a_price_are_listed_with_their_tokens(page: Reading) -> None:
    lacking = page.defined["lacking"]
    assert dict(zip(lacking["ai_model"], lacking["tokens_without_cost"], strict=True)) == {
        f"novel-{n}": 3 * 1100 for n in range(5)
    }
    assert page.said("The price list lacks 5 models with 16,500 tokens. Of 15 executions the cost is not known.")


def test_one_repository_has_the_same_costs(costly: Warehouse, opened: Reader, page: Reading) -> None:
    columns = ["cost_usd", "cost_high_usd", "suspect_usd", "tokens_without_cost", "estimated_executions"]
    whole, app = (
        reading.defined["by_month"] for reading in (page, opened(costly, "agent_performance", repository="app"))
    )
    assert [costs.total(app[name]) for name in columns] == [costs.total(whole[name]) for name in columns]


@pytest.mark.parametrize("name", ["agent_performance", "infrastructure_cost"])
def test_the_running_month_is_marked(costly: Warehouse, opened: Reader, name: str) -> None:
    reading = opened(costly, name)
    assert '"text": "running"' in reading.shown.replace("&quot;", '"').replace('":"', '": "')
    told = trends.marked(reading.defined["by_month"], reading.defined["last_day"])
    assert dict(zip(told["month"], told["month_is"], strict=True)) == {
        date(year, month, 1): "running" if (year, month) == (2026, 3) else "whole" for year, month in MONTHS
    }


def test_the_running_month_makes_no_trend() -> None:
    each = pandas.DataFrame(
        {"month": [date(2026, n, 1) for n in range(1, 8)], "usd_per_deployment": [1, 2, 3, 4, 5, 6, 0]}
    )
    assert costs.dearer(each, date(2026, 7, 3)) == costs.dearer(each.head(6), date(2026, 7, 31))
