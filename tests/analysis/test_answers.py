"""What the apps say in words, on rows that are known."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas
import pytest

from miyabi_dw.common.settings import Settings
from miyabi_dw.workbench import costs, delivery, origins, quality, tables, tuning, written
from miyabi_dw.workbench.panels import Answer

WEEKS = [date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19), date(2026, 1, 26)]


def periods(**columns: list[Any]) -> pandas.DataFrame:
    usual: dict[str, list[Any]] = {
        "period_start": WEEKS,
        "completeness": ["complete", "complete", "complete", "running"],
        "quarantined_deployments": [0] * 4,
        "quarantined_incidents": [0] * 4,
        "deployments": [7, 9, 12, 3],
        "lead_time_median_hours": [Decimal(20), Decimal(30), Decimal("12.5"), Decimal(1)],
        "change_failure_rate_by_status": [Decimal(0), Decimal("0.1"), Decimal("0.25"), Decimal(0)],
    }
    return pandas.DataFrame(usual | columns)


def text(answer: Answer) -> str:
    return " ".join([answer.sentence, *answer.doubts])


def test_delivery_is_told_by_the_last_whole_period() -> None:
    told = delivery.answer(periods(), "week", "")
    assert told.sentence == (
        "In the week of 19 Jan 2026, 12 deployments reached production, half of their changes within 12.5 hours of the "
        "commit, and 25.0 % of the deployments failed."
    )
    assert (
        "In the 2 weeks before: 7 to 9 deployments, the median from commit to production 20.0 to 30.0 hours."
        in text(told)
    )
    assert "Still running, so that its figures will change: 26 Jan 2026." in told.doubts
    assert told.tone == "warn"


def test_few_deployments_and_what_is_missing_are_owned_up_to() -> None:
    told = delivery.answer(
        periods(
            completeness=["complete", "not loaded", "complete", "partly loaded"],
            deployments=[4, None, 0, 1],
            quarantined_incidents=[0, 0, 2, 0],
        ),
        "week",
        "The source records no deployment as failed.",
    )
    assert told.sentence.startswith("In the week of 5 Jan 2026, 4 deployments")
    assert told.sentence.endswith("and none of them failed.")
    for part in (
        "Only 4 deployments: one more or less changes these figures.",
        "Never loaded, which is no zero: 12 Jan 2026.",
        "figures may be too low: 26 Jan 2026.",
        "In quarantine and not counted: 0 deployments and 2 incidents.",
        "The source records no deployment as failed.",
    ):
        assert part in text(told)


def test_without_a_whole_period_nothing_is_claimed() -> None:
    told = delivery.answer(periods(completeness=["running"] * 4), "month", "")
    assert told.sentence == (
        "No month from 5 Jan 2026 to 26 Jan 2026 is known whole and has a deployment to production."
    )


@pytest.mark.parametrize(
    ("outcomes", "waiting", "bare", "says", "tone"),
    [
        ([("info", "passed", 5)], 0, 0, "Yes: of 5 checks on 3 Feb 2026, none failed, and no row waits", "good"),
        ([("warning", "failed", 2), ("critical", "passed", 1)], 3, 0, "2 failed, none of them critical, and 3 rows", "warn"),
        ([("critical", "failed", 1)], 0, 1, "No: of 1 checks on 3 Feb 2026, 1 failed, and", "bad"),
        ([("critical", "failed", 1)], 0, 1, "1 column of the source have no check", "bad"),
        ([("warning", "could not run", 4)], 0, 0, "4 checks could not run, so what they look at is not known", "warn"),
    ],
)  # fmt: skip
def test_trust_is_as_good_as_the_checks(
    outcomes: list[tuple[str, str, int]], waiting: int, bare: int, says: str, tone: str
) -> None:
    days = pandas.DataFrame(outcomes, columns=["severity", "outcome", "checks"]).assign(day=date(2026, 2, 3))
    told = quality.answer(days, waiting, bare)
    assert says in text(told)
    assert told.tone == tone


def test_a_cost_per_change_comes_with_its_trend_and_its_doubts() -> None:
    months = [date(2025, month, 1) for month in range(1, 9)]
    rows = [
        (month, name, Decimal(rate * changes), changes, Decimal(rate), Decimal(rate * changes), None)
        for at, month in enumerate(months)
        for name, rate, changes in (("Falling", 20 - at, 2), ("Cheap", 1, 9), ("Rare", 90, Decimal("0.1")))
    ]
    columns = ["month", "agent_name", "cost_usd", "deployed_changes", "usd_per_deployed_change"]
    told = costs.costliest(
        pandas.DataFrame(rows, columns=[*columns, "cost_high_usd", "suspect_usd"]), date(2025, 8, 31)
    )
    answer = told.answer(["Estimated from tokens: 1.00 USD of 2.00 USD."])
    assert (
        answer.sentence == "Falling costs most per deployed change: 16.50 USD, over 16 changes. It is getting better."
    )
    assert answer.tone == "good"
    assert "So few changes are an anecdote: one more or less moves the figure." in answer.doubts
    assert "Estimated from tokens: 1.00 USD of 2.00 USD." in answer.doubts
    assert "1 with fewer than 5 deployed changes or no known cost could not be." in text(answer)


def test_deployments_without_a_cost_say_so_and_those_with_one_what_it_is() -> None:
    none = costs.Spending(3, 0, None).answer("")
    assert none.sentence == "The source logged no cost for any of 3 deployments: what they cost is not known."
    assert none.tone == "warn"
    some = costs.Spending(3, 2, Decimal(5)).answer("A deployment gets dearer: by much.")
    assert some.sentence == "2 deployments cost 5.00 USD, 2.50 USD each."
    assert some.doubts[:2] == ("A deployment gets dearer: by much.", "Of 1 more the cost is not known.")


def test_the_statement_that_takes_the_time_and_the_indexes_that_nobody_reads() -> None:
    statements = pandas.DataFrame(
        {"total_s": [30.0, 10.0], "calls": [4, 1], "mean_ms": [7500.0, 10_000.0], "query": ["SELECT  1", "SELECT 2"]}
    )
    indexes = pandas.DataFrame(
        {"uses": [0, 0, 5], "keeps_unique": [False, True, False], "size_mb": [Decimal(3), Decimal(9), Decimal(1)]}
    )
    told = tuning.answer(statements, indexes)
    assert told.sentence == (
        "One statement takes 75 % of the time that the 2 longest took, and 1 index of 3 MB in all were never used."
    )
    assert told.doubts[0] == "It begins 'SELECT 1': 4 calls, 7,500 ms each."
    assert tuning.answer(statements.head(0), indexes).doubts == (tuning.NO_STATISTICS,)


def test_an_answer_is_text_whatever_is_in_it() -> None:
    shown = Answer("<b>1</b>", ("<img src=x>", ""), "good").view().text
    assert "&lt;b&gt;1&lt;/b&gt;" in shown
    assert shown.count("<li>") == 1
    assert "<img" not in shown


def test_a_table_of_few_rows_is_written_as_people_read_it() -> None:
    table = pandas.DataFrame({
        "month": [date(2026, 4, 1), date(2026, 5, 1)],
        "cost_usd": [Decimal("1234.567800"), None],
        "null_share": [Decimal("0.125"), Decimal(0)],
        "run_number": [12345, 6],
        "executions": [1234567, 1],
        "is_unusual_share": [True, False],
        "title": ["<script>", None],
    })  # fmt: skip
    shown = tables.shown(table).text
    for part in ("Apr 2026", "1,234.57", "12.5 %", ">12345<", "1,234,567", ">yes<", "&lt;script&gt;", "cost USD"):
        assert part in shown
    assert shown.count("—") == 2
    assert written.usd_range(Decimal("1659.3001"), Decimal("1659.3002")) == "1,659.30 USD"


def test_a_commit_leads_to_its_origin_where_a_connection_knows_it(tmp_path: Path) -> None:
    (tmp_path / "connections").mkdir()
    enterprise = 'api_url = "https://git.acme.example/api/v3"'
    for name, repository, more in (("cli", "Acme/CLI", ""), ("web", "acme/web", enterprise)):
        text = f'kind = "github"\nname = "{name}"\nrepository = "{repository}"\n{more}\n'
        (tmp_path / "connections" / f"{name}.toml").write_text(text, encoding="utf-8")
    known = origins.pages(Settings(home=tmp_path))
    commits = pandas.DataFrame({"repository": ["acme/cli", "acme/web", "acme/other"], "commit_sha": ["a1", "b2", "c3"]})
    assert origins.linked(commits, known, "commit_sha", "commit")["origin"].tolist() == [
        "https://github.com/Acme/CLI/commit/a1", "https://git.acme.example/acme/web/commit/b2", "",
    ]  # fmt: skip
    issues = pandas.DataFrame({"repository": ["acme/cli", "acme/cli"], "issue_number": [12, None]})
    shown = tables.shown(origins.linked(issues, known, "issue_number", "issues")).text
    assert 'href="https://github.com/Acme/CLI/issues/12"' in shown
    assert "origin" not in origins.linked(commits.tail(1), known, "commit_sha", "commit")
