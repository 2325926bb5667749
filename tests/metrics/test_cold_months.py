"""A question that reaches into cold storage has the answer that it had before the months left, to the digit."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from etl.kit import Warehouse
from metrics.conftest import TODAY
from miyabi_dw.common.errors import ArchiveDamaged
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Database, query
from miyabi_dw.etl import publish
from miyabi_dw.metrics.answer import Answer, answer
from miyabi_dw.metrics.definition import Definition
from miyabi_dw.metrics.definitions import load, load_all
from miyabi_dw.metrics.explain import Explanation, explain, one_period
from miyabi_dw.metrics.periods import Grain, read_period
from miyabi_dw.metrics.question import ask
from miyabi_dw.metrics.reading import Asked, answer_of, reading, with_cold_months
from miyabi_dw.operations import cold_storage
from miyabi_dw.registry.cold_files import month_path
from miyabi_dw.registry.cold_session import join_named
from servers import TestServer, grant_warehouse

AS_OF = datetime(2026, 4, 5, tzinfo=UTC)
# The first days lie in months that leave, the last ones in months that stay.
SPAN = date(2025, 3, 1), date(2025, 10, 31)
DAYS = date(2025, 3, 29), date(2025, 4, 2)
NAME = "miyabi-dw:test"
Answers = dict[tuple[str, ...], Answer]


def answers(database: Database) -> Answers:
    """By every metric: by month and its first dimension, by day."""
    return {
        (metric.name, grain, *by): answer_of(database, metric, Asked(grain, by, {}, *days), TODAY, NAME)
        for metric in load_all()
        for grain, days, by in (("month", SPAN, tuple(metric.dimensions)[:1]), ("day", DAYS, ()))
        if grain in metric.grains
    }


def explained(database: Database, metric: Definition) -> Explanation:
    grain = Grain.parse("month", metric)
    question = one_period(metric, grain, read_period(metric, grain, "2025-03"), TODAY, {})
    with reading(database, metric, NAME) as connection:
        return explain(connection, with_cold_months(database, connection, question), 1000)


def page_of_costs(database: Database, settings: Settings) -> list[dict[str, object]]:
    """What the app of costs asks, as it asks it."""
    from miyabi_dw.db.statements import statement

    text = statement("analysis/cost_per_change")
    values = {"repository": "(all)", "agent": "(all)", "first_day": SPAN[0], "last_day": SPAN[1]}
    with database.connect("analyst") as connection:
        join_named(connection, settings, text, SPAN)
        return query(connection, text, values)


@pytest.fixture(scope="module")
def moved(server: TestServer, history: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A copy of the history, all of whose months have left but the last ones; beside it what it answered before."""
    url = history.settings.warehouse_url
    assert url
    name = server.create("cold_metrics", url.get_secret_value().rsplit("/", 1)[1].partition("?")[0])
    grant_warehouse(server, name)
    settings = Settings(
        home=tmp_path_factory.mktemp("cold_metrics"), warehouse_url=server.database_url(name), source_url=server.url
    )
    yield settings
    server.drop(name)


@pytest.fixture(scope="module")
def before_and_after(moved: Settings) -> tuple[Answers, Answers]:
    database = Database(moved)
    publish.rebuild(database, moved, AS_OF)
    before = answers(database)
    rows, page = explained(database, load("llm_cost")), page_of_costs(database, moved)
    left = cold_storage.archive_due(database, moved, AS_OF)
    assert ("fact_agent_execution", 202503) in {(each.fact, each.month_key) for each in left if not each.waits_for}
    assert explained(database, load("llm_cost")) == rows
    assert page_of_costs(database, moved) == page
    return before, answers(database)


def test_every_metric_has_the_same_digits_as_before_its_months_left(before_and_after: tuple[Answers, Answers]) -> None:
    before, after = before_and_after
    assert any(figure.rows for figure in before["llm_cost", "month", "agent"].figures)
    assert {key: found for key, found in after.items() if found != before[key]} == {}


def test_a_session_that_joins_no_months_says_so_and_has_no_lower_figures(
    moved: Settings, before_and_after: tuple[Answers, Answers]
) -> None:
    metric = load("llm_cost")
    question = ask(metric, Grain.parse("month", metric), *SPAN, TODAY)
    with Database(moved).connect("analyst") as connection:
        found = answer(connection, question).figures[0]
        joined = with_cold_months(Database(moved), connection, replace(question))
        assert joined.has_cold_months
        assert query(connection, "SHOW transaction_read_only") == [{"transaction_read_only": "on"}]
    assert (found.state, found.value) == ("archived", None)


def test_a_month_whose_file_is_gone_or_damaged_is_no_month_without_cost(
    moved: Settings, before_and_after: tuple[Answers, Answers]
) -> None:
    path: Path = month_path(moved, "fact_agent_execution", 202503)
    kept = path.with_name(".kept")
    shutil.copyfile(path, kept)
    asked = Asked("month", (), {}, *SPAN)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(ArchiveDamaged, match="fact_agent_execution of 2025-03 in cold storage differs"):
        answer_of(Database(moved), load("llm_cost"), asked, TODAY, NAME)
    path.unlink()
    with pytest.raises(ArchiveDamaged, match="the file of fact_agent_execution of 2025-03 in cold storage is missing"):
        answer_of(Database(moved), load("llm_cost"), asked, TODAY, NAME)
    kept.rename(path)
