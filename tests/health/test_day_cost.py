"""The morning report says what a day cost: a range where it is one, suspect reports beside it, and the command that helps."""

from datetime import date
from typing import Any

import pytest

from marts.star import Star
from miyabi_dw.db.connection import Connection
from miyabi_dw.operations.day_cost import DayCost, day_cost

FIRST, DAY = date(2026, 2, 9), date(2026, 3, 10)
NOON = "2026-03-10 12:00+09"
REPORTED = {"llm_cost_usd": "110.5", "llm_cost_is_suspect": False}
ESTIMATED = {"llm_cost_usd": 10, "llm_cost_list_high_usd": 60, "llm_cost_source": "estimated"}
UNKNOWN = {"llm_cost_source": "unknown"}
NOVEL = UNKNOWN | {"llm_model": "novel-1", "llm_tokens_input": 1000, "llm_tokens_output": 500}


@pytest.fixture
def star(warehouse: Connection) -> Star:
    return Star(warehouse)


def of_day(star: Star, *rows: dict[str, Any]) -> DayCost:
    star.add("fact_agent_execution", *({"execution_id": n, "completed_at": NOON} | row for n, row in enumerate(rows)))
    return day_cost(star.connection, FIRST, DAY)


def test_a1_a_day_with_an_estimate_of_two_ends_costs_a_range(star: Star) -> None:
    assert of_day(star, REPORTED, ESTIMATED, UNKNOWN).sentences() == [
        "120.50 .. 170.50 USD for language models (executions: 1 reported, 1 estimated, 1 of unknown cost)."
    ]


def test_a5_suspect_reports_are_named_and_not_counted(star: Star) -> None:
    suspect = {"llm_cost_usd": "9990.01", "llm_cost_is_suspect": True}
    told = of_day(star, REPORTED, suspect, suspect | {"completed_at": "2026-03-09 12:00+09"}).sentences()
    assert told[0].startswith("110.50 USD for language models (executions: 1 reported, 0 estimated,")
    assert told[0].endswith(", without 1 suspect report of 9,990.01 USD in all.")
    assert told[1:] == ["A suspect cost lies far from the price list: see miyabi-dw costs suspects."]


def test_a23_models_without_a_price_are_a_hint_for_as_long_as_the_report_looks_back(star: Star) -> None:
    other, old = NOVEL | {"llm_model": "novel-2"}, NOVEL | {"llm_model": "novel-0"}
    told = of_day(
        star,
        other | {"completed_at": "2026-02-09 12:00+09"},
        NOVEL,
        NOVEL,
        old | {"completed_at": "2026-02-08 12:00+09"},
    )
    assert told.sentences() == [
        "No known cost for language models (executions: 0 reported, 0 estimated, 2 of unknown cost).",
        "The price list lacks 2 models with 4,500 tokens: see miyabi-dw costs unpriced.",
    ]


def test_a_day_of_which_nothing_is_loaded_is_not_said_to_cost_nothing(star: Star) -> None:
    assert of_day(star, REPORTED | {"completed_at": "2026-03-09 12:00+09"}).sentences() == [
        "No execution that completed on this day is loaded."
    ]
