"""A number of DORA is written in one place, and a mart is a folder: all else follows from it."""

from pathlib import Path

import pytest

from marts.star import Star
from miyabi_dw.common.errors import SchemaError
from miyabi_dw.db import migrations
from miyabi_dw.db.connection import Connection
from miyabi_dw.etl import publish as publishing
from upgrade.catalogue import copied_sql

SMALL = """
SELECT ops.register_mart('mart_releases', grain => ARRAY['month', 'repository'], subjects => ARRAY['fact_deployment']);
SELECT ops.define_mart_rows('mart_releases', $rows$
SELECT fact.time_key / 100 AS month_key, fact.time_key / 100 AS month, fact.repository, count(*) AS releases
FROM fact_deployment AS fact
WHERE fact.time_key BETWEEN first_month * 100 AND last_month * 100 + 99
GROUP BY fact.time_key / 100, fact.repository
$rows$);
CREATE MATERIALIZED VIEW mart_releases_new AS
SELECT closed.month, closed.repository, closed.releases, closed.month_key AS finished_month FROM mart_releases_closed AS closed
UNION ALL
SELECT live.month, live.repository, live.releases, NULL
FROM ops.mart_state AS state CROSS JOIN LATERAL mart_releases_rows(state.open_from, 999912) AS live
WHERE state.mart = 'mart_releases'
WITH NO DATA;
SELECT ops.place_mart('mart_releases');
SELECT ops.finish_mart('mart_releases');
"""


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    return copied_sql(tmp_path / "sql")


@pytest.fixture
def deployed(published: Star) -> Star:
    """A failure and a success in February and a success in March, both months finished and published."""
    published.add(
        "fact_deployment",
        {"deployment_id": 1, "repository": "app", "deployed_at": "2026-02-03 10:00+09", "deployment_status": "FAILED"},
        {"deployment_id": 2, "repository": "app", "deployed_at": "2026-02-04 10:00+09"},
        {"deployment_id": 3, "repository": "app", "deployed_at": "2026-03-04 10:00+09"},
    )
    published.loaded(*published.events())
    publish(published, "mart_dora")
    return published


def publish(star: Star, mart: str) -> publishing.Published:
    done = publishing.publish_marts(star.connection, [mart], 202604)[0]
    star.connection.commit()
    return done


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_number_that_the_query_of_dora_gains_is_a_column_of_all(deployed: Star, scripts: Path) -> None:
    rows = scripts.parent / "marts" / "mart_dora" / "30_rows.sql"
    ends = "count(*) FILTER (WHERE p.what IN ('success', 'failure', 'partial'))::integer AS ended_deployments,\n    "
    # Written among the others: nothing depends on its place.
    edit(
        rows,
        "count(*) FILTER (WHERE p.what = 'failure')::integer AS failed",
        f"{ends}count(*) FILTER (WHERE p.what = 'failure')::integer AS failed",
    )
    before = deployed.dora("month", "2026-02-01")
    deployed.connection.commit()
    # The views of single rows, made of what the mart is made of, are applied with it.
    assert migrations.migrate(deployed.connection, scripts) == [
        "marts/mart_dora",
        "marts/mart_agent_impact",
        "marts/metric_rows",
    ]
    # A finished month knows nothing of it until it is restated.
    assert deployed.dora("month", "2026-02-01") == before | {"ended_deployments": None}
    assert publish(deployed, "mart_dora").months_restated == [202602, 202603]
    assert deployed.dora("month", "2026-02-01") == before | {"ended_deployments": 2}
    assert deployed.dora("day", "2026-02-05")["ended_deployments"] == 0
    # The week of 4 March is not complete.
    recent = deployed.rows("SELECT deployments, ended_deployments FROM v_dora_recent WHERE repository = 'app'")
    assert recent == [{"deployments": 1, "ended_deployments": 2}]


def test_a_column_that_the_query_no_longer_has_is_not_left_behind(warehouse: Connection, scripts: Path) -> None:
    edit(scripts.parent / "marts" / "mart_agent_performance" / "mart.sql", " AS executions_with_cost", " AS with_cost")
    with pytest.raises(SchemaError, match="lacks columns that mart_agent_performance_closed has: executions_with_cost"):
        migrations.migrate(warehouse, scripts)


def test_a_mart_is_added_as_a_folder(deployed: Star, scripts: Path) -> None:
    (scripts.parent / "marts" / "mart_releases").mkdir()
    (scripts.parent / "marts" / "mart_releases" / "mart.sql").write_text(SMALL, encoding="utf-8")
    assert migrations.migrate(deployed.connection, scripts) == ["marts/mart_releases"]
    figures = "SELECT month, releases, finished_month FROM mart_releases ORDER BY month"
    assert deployed.rows(figures) == [
        {"month": 202602, "releases": 2, "finished_month": None},
        {"month": 202603, "releases": 1, "finished_month": None},
    ]
    assert publish(deployed, "mart_releases").months_closed == [202602, 202603]
    assert [row["finished_month"] for row in deployed.rows(figures)] == [202602, 202603]
    deployed.add("fact_deployment", {"deployment_id": 4, "repository": "app", "deployed_at": "2026-02-05 10:00+09"})
    deployed.dirty("fact_deployment", 202602)
    assert publish(deployed, "mart_releases").months_restated == [202602]
    assert deployed.rows(figures)[0] == {"month": 202602, "releases": 3, "finished_month": 202602}
