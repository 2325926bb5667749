"""The app on ten changes that are worked out by hand, and on a source where nothing can be known."""

from collections.abc import Iterator
from datetime import date

import pytest

from analysis.conftest import Reader, fresh
from analysis.reading import Reading
from etl.impact_history import sha, write_history
from etl.kit import Warehouse
from miyabi_dw.etl.publish import publish
from miyabi_dw.metrics.answer import answer
from miyabi_dw.metrics.periods import Grain
from miyabi_dw.metrics.question import ask
from miyabi_dw.workbench.impact.groups import adoption, deployments, table, with_origins
from miyabi_dw.workbench.impact.measures import measures
from servers import TestServer

FIRST, LAST = date(2026, 1, 1), date(2026, 1, 31)


@pytest.fixture(scope="module")
def ten(
    server: TestServer, migrated_template: str, empty_source_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    with fresh(server, migrated_template, empty_source_template, tmp_path_factory.mktemp("ten")) as warehouse:
        with warehouse.database.connect("source_owner") as source:
            write_history(source)
        publish(warehouse.prepare().days(FIRST, date(2026, 2, 28), gate=True))
        yield warehouse


@pytest.fixture
def january(ten: Warehouse, opened: Reader) -> Reading:
    return opened(ten, "agent_impact", **{"from": "2026-01-01", "to": "2026-01-31"})


def test_few_changes_are_no_answer_and_all_are_counted(january: Reading) -> None:
    assert january.said("Whether working with agents helps cannot be told: it takes 30 changes on each side.")
    assert january.said("Of 8 merged changes, 5 were made with an agent and 2 without; of 1 it is unknown.")
    assert {each.verdict for each in january.defined["found"]} == {"too few"}


def test_every_figure_is_the_metrics_own(ten: Warehouse, january: Reading) -> None:
    changes = january.defined["changes"]
    shown = {
        str(row["measure"]): [row["with_an_agent"], row["without"], row["unknown"]]
        for family in ("flow", "delivery", "quality", "cost")
        for row in table(changes, family).to_dict("records")
    }
    with ten.database.connect("analyst") as connection:
        for measure in measures():
            metric = measure.metric
            question = ask(metric, Grain.parse("month", metric), FIRST, LAST, LAST, ("made_with_agent",))
            by_word = {each.dimensions[0]: metric.told(each.value) for each in answer(connection, question).figures}
            assert shown[metric.label] == [by_word.get(word, "—") for word in ("yes", "no", "unknown")]


def test_amounts_failures_and_rows_by_hand(january: Reading) -> None:
    amounts = adoption(january.defined["months"]).set_index("what")
    assert amounts.loc["Merged changes", ["with_an_agent", "without", "unknown"]].tolist() == [5, 2, 1]
    assert amounts.loc["Code lines added", ["with_an_agent", "without"]].tolist() == [352, 30]
    # 1 of 3 failed with an agent; weighed, 1 of 2.5.
    assert deployments(january.defined["months"])["failure"].tolist() == ["33.3 %", "0.0 %", "—", "40.0 %"]
    sessions = january.defined["sessions"].set_index("executions_are")
    assert sessions["cost_usd"].astype("float64").to_dict() == {"linked to a merged change": 4, "linked to none": 0.5}
    known = {name: f"https://github.com/{name}" for name in ("org/app", "org/other")}
    rows = with_origins(january.defined["rows"], known).set_index("change_key")
    assert rows.loc["org/app!2", "origin"] == "https://github.com/org/app/pull/2"
    assert rows.loc[sha("b1"), "origin"] == f"https://github.com/org/other/commit/{sha('b1')}"
    assert rows.loc["org/app!4", "evidence"] == "author: devin-ai-integration[bot]"


def test_a_repository_without_means_is_unknown_and_says_what_to_connect(ten: Warehouse, opened: Reader) -> None:
    reading = opened(ten, "agent_impact", repository="org/other")
    assert reading.said("of 1 merged change none is known to be made with or without one")
    assert reading.said("No repository here has anything that would tell")
    assert reading.said("No change here is known to be made with an agent, so there is no before and after.")
