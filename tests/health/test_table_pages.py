"""The pages of the tables: what the SQL says of where they come from, and what the warehouse says of them."""

from datetime import UTC, datetime

import pytest

from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, execute
from miyabi_dw.etl.tables import source_tables
from miyabi_dw.operations.table_pages import write_table_pages
from miyabi_dw.operations.table_pages.lineage import Lineages, statements_of
from miyabi_dw.registry.declarations import load_declarations
from support.archive_pages import broken_links

NOW = datetime(2026, 2, 4, 1, tzinfo=UTC)
KNOWN = ("fact_deployment", "fact_code_change", "dim_issue", "dim_label", "mart_dora", "mart_agent_performance")
KNOWN += ("fact_agent_execution", "dim_agent", "v_metric_deployment", "v_dora_deployment")


@pytest.fixture
def starting_warehouse(prepared_template: str) -> str:
    return prepared_template


def test_lineage_is_read_from_the_declarations_and_the_sql() -> None:
    lineages = Lineages(KNOWN, source_tables(), load_declarations().values())
    deployment = lineages.of("fact_deployment")
    assert {"deployment_pipelines", "commits", "issues", "dim_issue"} <= {*deployment.made_of}
    assert {"label_history", "worktree_states"} & {*deployment.made_of} == set()
    assert {"mart_dora", "v_metric_deployment"} <= {*deployment.read_by}
    assert deployment.pipelines == ("daily_issue_processing_etl",)
    assert {"deployments", "change_failure_rate"} <= {*deployment.metrics}
    assert "deployment_months" in deployment.questions
    assert lineages.of("mart_agent_performance").made_of == ("dim_agent", "fact_agent_execution")
    assert {"fact_deployment", "fact_code_change", "dim_issue"} <= {*lineages.of("mart_dora").made_of}


def test_queries_within_functions_are_read_and_words_about_a_table_are_not() -> None:
    function = "CREATE FUNCTION f() RETURNS SETOF a LANGUAGE sql STABLE SET jit = off AS $$ SELECT * FROM b, g(1) $$;"
    assert dict(statements_of(function)) == {"f": {"b", "g"}}
    assert list(statements_of("COMMENT ON TABLE a IS 'SELECT everything FROM elsewhere';")) == []
    assert dict(statements_of("WITH c AS (SELECT 1) INSERT INTO t SELECT * FROM c, d"))["t"] >= {"d"}


def test_every_table_has_a_page_and_every_check_its_history(
    warehouse: Connection, settings: Settings, database: Database
) -> None:
    execute(
        warehouse,
        "INSERT INTO ops.run (run_id, pipeline, as_of, trigger, host, pid, state, started_at, finished_at)"
        " VALUES ('d1', 'daily_issue_processing_etl', %s, 'schedule', 'here', 1, 'succeeded', now(), now())",
        (NOW,),
    )
    execute(warehouse, "INSERT INTO ops.fact_count VALUES ('d1', 'fact_deployment', 7, 1, 2, 0)")
    execute(
        warehouse,
        "INSERT INTO ops.check_result (run_id, suite, layer, table_name, check_id, expectation, severity, outcome, note,"
        " rows_checked, rows_failed) VALUES ('d1', 'facts/fact_deployment', 'facts', 'fact_deployment',"
        " 'fact_deployment.grain', 'e', 'critical', 'failed', 'one row for each end', 9, 3)",
    )
    execute(warehouse, "SELECT ops.add_month('fact_deployment', 202601)")
    execute(
        warehouse,
        "INSERT INTO fact_deployment (deployment_id, time_key, issue_key, infrastructure_key, run_number,"
        " deployment_status, environment, deployed_at)"
        " SELECT n, 20260105, -1, -1, 1, 'SUCCESS', 'production', now() FROM generate_series(1, 12) AS n",
    )
    warehouse.commit()
    written = write_table_pages(settings, database, NOW)
    folder = settings.reports_dir / "tables"
    pages = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.html")}
    assert len(pages) == written + 1
    assert {"fact_deployment", "dim_issue", "mart_dora", "index"} <= pages.keys()
    assert not [name for name in pages if name.endswith("_closed")]
    page = pages["fact_deployment"]
    for said in ("January 2026", "12 rows", "7 inserted", "a check failed", "deployment_pipelines", "mart_dora"):
        assert said in page
    assert "deployment_duration_seconds" in pages["index"], "the dictionary has every column"
    history = (folder / "checks" / "fact_deployment.grain.html").read_text(encoding="utf-8")
    assert "0 of the last 1 run passed" in history
    assert "One row for each end" in history
    for path in folder.rglob("*.html"):
        assert [link for link in broken_links(path) if "index.html" not in str(link)] == []
