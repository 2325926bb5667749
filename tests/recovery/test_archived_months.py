"""Archived months and everything around them: marts keep every digit, loads leave them alone, recoveries too."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from etl.kit import Warehouse
from miyabi_dw.common.errors import BadRequest
from miyabi_dw.common.settings import Settings
from miyabi_dw.etl import publish
from miyabi_dw.operations import backup, cold_storage
from miyabi_dw.operations.recovery import Recovered, recover_fact
from miyabi_dw.operations.recovery import database as recovery
from servers import TestServer

AS_OF = datetime(2025, 9, 10, 3, tzinfo=UTC)
MARTS = ("mart_development_performance", "mart_agent_performance", "mart_infrastructure_cost", "mart_dora")
DIGEST = "SELECT count(*) AS rows, md5(string_agg(t::text, E'\\n' ORDER BY t::text)) AS digest FROM {} AS t"


def marts(warehouse: Warehouse) -> dict[str, Any]:
    return {mart: warehouse.query(DIGEST.format(mart))[0] for mart in MARTS}


@pytest.fixture(scope="module")
def once_archived(
    server: TestServer, loaded_template: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path, dict[str, Any]]:
    """A warehouse that January and February have left, the home with their files, and the marts as they were before."""
    name = server.create("archived", loaded_template)
    folder = tmp_path_factory.mktemp("archived")
    url = server.database_url(name)
    settings = Settings(home=folder, reports_dir=folder / "reports", warehouse_url=url, source_url=url)
    warehouse = Warehouse(settings)
    publish.rebuild(warehouse.database, settings, AS_OF)
    before = marts(warehouse)
    assert all(mart["rows"] for mart in before.values())
    moved = cold_storage.archive_due(warehouse.database, settings, AS_OF)
    assert {month.month_key for month in moved if not month.waits_for} == {202501, 202502}
    assert not [month for month in moved if month.waits_for]
    # What an issue's day is made of leaves after it.
    january = [month.fact for month in moved if month.month_key == 202501]
    assert january.index("fact_issue_processing") < january.index("fact_agent_execution")
    return name, settings.home, before


@pytest.fixture
def starting_warehouse(once_archived: tuple[str, Path, dict[str, Any]]) -> str:
    return once_archived[0]


@pytest.fixture
def archived(once_archived: tuple[str, Path, dict[str, Any]], settings: Settings) -> tuple[Warehouse, dict[str, Any]]:
    _, home, before = once_archived
    shutil.copytree(home, settings.home)
    return Warehouse(settings), before


def test_no_mart_row_changes(archived: Any, settings: Settings) -> None:
    warehouse, before = archived
    assert warehouse.value("SELECT count(*) FROM fact_agent_execution WHERE time_key / 100 < 202503") == 0
    assert marts(warehouse) == before
    with warehouse.database.connect("etl") as connection:
        publish.refresh(connection)
    assert marts(warehouse) == before
    publish.rebuild(warehouse.database, settings, AS_OF)
    assert marts(warehouse) == before


def test_a_load_over_an_archived_day_changes_nothing(archived: Any) -> None:
    warehouse, before = archived
    facts = warehouse.facts()
    warehouse.day(date(2025, 2, 10))
    assert warehouse.facts() == facts
    assert marts(warehouse) == before


def test_a_recovery_leaves_archived_months_in_the_archive(archived: Any, settings: Settings, make_run: Any) -> None:
    warehouse = archived[0]
    facts = warehouse.facts()
    warehouse.execute("DROP TABLE fact_deployment CASCADE")
    done = recover_fact(warehouse.database, settings, "fact_deployment", "", "", AS_OF, make_run=make_run)
    assert list(done.left_out) == [202501, 202502]
    assert warehouse.facts() == facts


def test_b4_a_restored_month_is_kept_where_its_executions_are_cold(
    archived: Any, settings: Settings, make_run: Any
) -> None:
    warehouse = archived[0]
    cold_storage.restore_month(warehouse.database, settings, "fact_issue_processing", 202501)
    facts = warehouse.facts()
    done = recover(warehouse, "fact_issue_processing", make_run)
    assert list(done.left_out) == [202501, 202502]
    assert warehouse.facts() == facts
    # Dropped, the restored month comes back from its file: the source's executions of it are not here to make it from.
    warehouse.execute("DROP TABLE fact_issue_processing CASCADE")
    recover(warehouse, "fact_issue_processing", make_run)
    assert warehouse.facts() == facts
    states = {month.month_key: month.state for month in cold_storage.archived(warehouse.database)
              if month.fact_table == "fact_issue_processing"}  # fmt: skip
    assert states == {202501: "restored", 202502: "archived"}


def test_b4_restored_executions_come_back_from_the_source(archived: Any, settings: Settings, make_run: Any) -> None:
    warehouse = archived[0]
    for fact in ("fact_agent_execution", "fact_issue_processing"):
        cold_storage.restore_month(warehouse.database, settings, fact, 202502)
    facts = warehouse.facts()
    warehouse.execute("UPDATE fact_agent_execution SET llm_cost_usd = 666 WHERE time_key / 100 = 202502")
    warehouse.execute("DELETE FROM fact_issue_processing WHERE time_key = 20250210")
    for fact in ("fact_agent_execution", "fact_issue_processing"):
        assert 202502 in recover(warehouse, fact, make_run).months
    assert warehouse.facts() == facts


def test_b4_what_cannot_be_made_is_refused_before_anything_is_done(archived: Any, make_run: Any) -> None:
    warehouse = archived[0]
    warehouse.execute("UPDATE ops.archived_month SET state = 'copied' WHERE fact_table = 'fact_issue_processing'")
    warehouse.execute("DROP TABLE fact_issue_processing CASCADE")
    with pytest.raises(BadRequest, match="2025-01 cannot be made again: its executions are in cold storage"):
        recover(warehouse, "fact_issue_processing", make_run)
    assert warehouse.value("SELECT to_regclass('fact_issue_processing') IS NULL")


def test_b4_a_month_without_a_day_of_any_issue_holds_up_nothing(archived: Any, make_run: Any) -> None:
    """Executions without an issue are in cold storage for months of which fact_issue_processing never had a row."""
    warehouse = archived[0]
    facts = warehouse.facts()
    warehouse.execute(
        "INSERT INTO ops.archived_month (fact_table, month_key, state, path)"
        " VALUES ('fact_agent_execution', 202412, 'archived', 'fact_agent_execution/202412.parquet')"
    )
    warehouse.execute("DROP TABLE fact_issue_processing CASCADE")
    recover(warehouse, "fact_issue_processing", make_run)
    assert warehouse.facts() == facts


def recover(warehouse: Warehouse, fact: str, make_run: Any) -> Recovered:
    return recover_fact(warehouse.database, warehouse.settings, fact, "", "", AS_OF, make_run=make_run)


def test_b27_a_recovered_database_has_its_cold_months_again(
    archived: Any, settings: Settings, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = archived[0]
    monkeypatch.setattr(recovery, "catch_up", lambda *_: [])
    facts = warehouse.facts()
    backup.back_up(warehouse.database, settings, AS_OF)
    assert settings.warehouse_url
    name = settings.warehouse_url.get_secret_value().rsplit("/", 1)[1].split("?")[0]
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    shutil.rmtree(settings.home / "archive")
    done = recovery.recover_database(warehouse.database, settings, "latest", AS_OF)
    months = cold_storage.archived(warehouse.database)
    assert done.cold_months == len(months) > 5
    assert f"{len(months)} files of cold storage came back" in done.sentence
    assert cold_storage.verify(warehouse.database, settings) == []
    assert warehouse.facts() == facts


def test_every_month_comes_back(archived: Any, settings: Settings) -> None:
    warehouse, before = archived
    for month in cold_storage.archived(warehouse.database):
        cold_storage.restore_month(warehouse.database, settings, month.fact_table, month.month_key)
    assert warehouse.value("SELECT count(*) FROM fact_issue_processing") == 97
    publish.rebuild(warehouse.database, settings, AS_OF)
    assert marts(warehouse) == before
