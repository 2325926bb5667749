"""A home made by any released version opens with this one: same schema as a new home, same figures, same things of others."""

import gzip
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from etl import kit
from marts.star import MARTS
from miyabi_dw.common.settings import Settings
from miyabi_dw.db import embedded, migrations
from miyabi_dw.db.connection import Connection, Database, execute, query
from miyabi_dw.etl import publish as publishing
from miyabi_dw.operations.backup import back_up
from miyabi_dw.operations.backup.dump import contents
from miyabi_dw.operations.recovery.database import restore
from miyabi_dw.operations.recovery.empty_database import dbname_of, ensure_empty
from servers import TestServer, grant_warehouse
from support import synthetic
from upgrade.catalogue import as_restored, catalogue, differences

pytestmark = pytest.mark.slow
RELEASED = sorted((Path(__file__).parent / "released").glob("*.sql.gz"))
MONTHLY = re.compile(r"fact_\w+_\d{6}")
VIEWS = (
    "v_dora_deployment",
    "v_dora_lead_time",
    "v_dora_change",
    "v_dora_incident",
    "v_dora_recent",
    "v_dora_class",
    "v_cost_trend",
)
# The last day that the released warehouses loaded.
LAST_DAY = "2026-03-04"
# These figures mean something else now: an agent's cost is that of its own executions, a running month is not compared.
RESTATED = {
    "mart_development_performance": ("total_ai_cost_usd", "total_cost_usd", "avg_cost_per_issue"),
    "v_cost_trend": ("growth_percent", "moving_average_3_months_usd"),
}
GAINED_COLUMNS = ("mart_development_performance", "mart_agent_performance", "mart_dora")
SPENT = """
    SELECT year, month, week_of_year, priority, complexity, sum(total_ai_cost_usd) AS usd
    FROM mart_development_performance GROUP BY year, month, week_of_year, priority, complexity
"""
TEAM = ("team.failures", "team.bad_months", "team.spent")


@pytest.fixture(scope="module", params=RELEASED, ids=lambda path: path.name.removesuffix(".sql.gz"))
def released_template(request: pytest.FixtureRequest, server: TestServer, migrated_template: str) -> Iterator[str]:
    """The warehouse of a release; the roles that its dump names came with the other template."""
    del migrated_template
    name = server.create("released")
    url = server.admin_url or server.url
    done = subprocess.run(
        [embedded.binary("psql", Settings()), "-X", "-q", "-v", "ON_ERROR_STOP=1", url.replace("/postgres?", f"/{name}?")],
        input=gzip.decompress(request.param.read_bytes()), capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    grant_warehouse(server, name)
    yield name
    server.drop(name)


@pytest.fixture
def starting_warehouse(released_template: str) -> str:
    return released_template


def rows(connection: Connection, relation: str, columns: list[str]) -> Counter[tuple[Any, ...]]:
    found = query(connection, f"SELECT {', '.join(columns)} FROM {relation}")
    return Counter(tuple(tuple(cell) if isinstance(cell, list) else cell for cell in row.values()) for row in found)


def figures(connection: Connection, shapes: dict[str, list[str]]) -> dict[str, Counter[tuple[object, ...]]]:
    """Every relation; of frequency's classes those of whole weeks, as months are classed by other units since."""
    found = {relation: kept(connection, relation, shape) for relation, shape in shapes.items()}
    place = [shapes["v_dora_class"].index(name) for name in ("metric", "period_end", "period_kind")]
    for row in list(found["v_dora_class"]):
        metric, ends, kind = (row[at] for at in place)
        if metric == "deployment_frequency" and (kind != "week" or str(ends) > LAST_DAY):
            del found["v_dora_class"][row]
    return found


def columns_of(connection: Connection, relation: str) -> list[str]:
    names = query(connection, "SELECT ops.columns_of(%s::regclass) AS names", [relation])[0]["names"]
    return [name for name in names if name not in RESTATED.get(relation.removesuffix("_closed"), ())]


def kept(connection: Connection, relation: str, columns: list[str]) -> Counter[tuple[Any, ...]]:
    """Without the rows of agents that only took part, which have nothing but a cost."""
    worked = " WHERE issue_days > 0 OR deployments + failed_deployments > 0"
    is_development = relation.startswith("mart_development_performance")
    return rows(connection, relation + worked if is_development else relation, columns)


def test_its_schema_becomes_that_of_a_new_warehouse(
    server: TestServer, warehouse: Connection, migrated_template: str
) -> None:
    fresh_name = server.create("fresh", migrated_template)
    with server.connect(fresh_name) as fresh:
        expected = catalogue(fresh)
    server.drop(fresh_name)
    had, wanted = migrations.applied(warehouse), migrations.pending(warehouse)
    assert migrations.migrate(warehouse) == [script.name for script in wanted]
    assert "0040_incidents_to_their_end" in migrations.applied(warehouse) and "0026_nothing_changed" in had
    assert [script.name for script in wanted if script.name in had and not script.repeats] == []
    assert migrations.migrate(warehouse) == []
    # The first version would find its one record of all marts gone and names that it does not know.
    assert "marts" not in migrations.applied(warehouse)
    execute(warehouse, "DROP SCHEMA team CASCADE; REVOKE ALL ON mart_dora FROM miyabi_source")
    found = {key: said for key, said in catalogue(warehouse).items() if not MONTHLY.search(key[1])}
    assert differences(as_restored(found), as_restored(expected)) == {}
    functions = [name.partition("(")[0] for kind, name in expected if kind == "function"]
    assert [name for name, count in Counter(functions).items() if count > 1] == []


def test_its_figures_stay_and_so_does_what_analysts_built(warehouse: Connection, settings: Settings) -> None:
    relations = [*MARTS, *(f"{mart}_closed" for mart in MARTS), *VIEWS, *TEAM, *kit.FACTS]
    shapes = {relation: columns_of(warehouse, relation) for relation in relations}
    shapes["mart_dora"].remove("is_complete")
    before = figures(warehouse, shapes)
    spent = sorted(query(warehouse, SPENT), key=str)
    assert [relation for relation in relations if not before[relation]] == []
    theirs = {key: said for key, said in catalogue(warehouse).items() if key[1].startswith("team")}
    assert len(theirs) > len(TEAM)

    is_first = "marts" in migrations.applied(warehouse)
    remade = {name.removeprefix("marts/") for name in migrations.migrate(warehouse)} & {*MARTS}
    assert figures(warehouse, shapes) == before
    assert {key: said for key, said in catalogue(warehouse).items() if key[1].startswith("team")} == theirs
    granted = "SELECT has_table_privilege('miyabi_source', 'mart_dora', 'SELECT') AS yes"
    assert query(warehouse, granted) == [{"yes": True}]
    assert {"0001_schemas", "functions/merge_rows", "marts/mart_dora"} < set(migrations.applied(warehouse))
    warehouse.commit()

    # All finished months of what was made again are restated by the next publish, with the same result.
    with Database(settings).connect("etl") as loader:
        published = publishing.publish_marts(loader, MARTS, 202602)
    restated = {mart.mart for mart in published if mart.refreshed and mart.months_restated}
    # A mart that says the same stays as it is. All are others than those of the first version.
    assert restated <= remade and (restated == {*MARTS} or not is_first)
    assert {mart.mart for mart in published if mart.rows_written} == ({*GAINED_COLUMNS} if is_first else set())
    assert figures(warehouse, shapes) == before
    assert sorted(query(warehouse, SPENT), key=str) == spent


def test_the_day_that_follows_is_loaded_and_published(
    warehouse: Connection, source: Connection, settings: Settings
) -> None:
    migrations.migrate(warehouse)
    synthetic.generate(
        source, n_issues=40, n_executions=160, first_day=date(2026, 1, 5), last_day=date(2026, 3, 5)
    )  # fmt: skip
    stage = kit.Warehouse(settings).prepare().day(date(2026, 3, 5))
    published = publishing.publish(stage)
    assert published["refreshed"].any()
    last = "SELECT max(time_key) AS day FROM fact_agent_execution UNION ALL SELECT to_char(max(last_day), 'YYYYMMDD')::int FROM ops.mart_state"
    assert query(warehouse, last) == [{"day": 20260305}, {"day": 20260305}]


def test_a_backup_from_before_the_upgrade_brings_the_old_state_back(
    settings: Settings, database: Database, server: TestServer
) -> None:
    with database.connect("owner") as warehouse:
        before, rows_before = catalogue(warehouse), contents(warehouse)
    made = back_up(database, settings, datetime(2026, 3, 6, tzinfo=UTC))
    with database.connect("owner") as warehouse:
        migrations.migrate(warehouse)
        assert differences(before, catalogue(warehouse))
    dbname = dbname_of(database)
    with server.connect() as connection:
        execute(connection, f'DROP DATABASE "{dbname}" WITH (FORCE)')

    ensure_empty(database, settings)
    restore(database, settings, made.folder, made.manifest)
    with database.connect("owner") as restored:
        assert differences(before, catalogue(restored)) == {}
        assert {name for name, rows in contents(restored).items() if rows != rows_before[name]} <= {"ops.backup"}
        assert migrations.pending(restored)
        # And the upgrade can be tried again.
        migrations.migrate(restored)
        assert migrations.pending(restored) == []
