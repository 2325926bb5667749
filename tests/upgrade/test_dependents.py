"""An upgrade that makes a mart again drops nobody's views, grants or functions, or says which it would before it begins."""

from pathlib import Path
from typing import Any

import pytest

from miyabi_dw.common.errors import SchemaError
from miyabi_dw.db import migrations
from miyabi_dw.db.connection import Connection, execute, query
from servers import TestServer
from upgrade.catalogue import catalogue, differences

AGENT_MART = "marts/mart_agent_performance/mart.sql"
# What a team builds on a mart: views one upon the other, filled ones, functions over its rows; and who may read them.
BUILT = """
CREATE VIEW team.cost (agent, usd) AS SELECT agent_name, sum(total_llm_cost_usd) FROM mart_agent_performance GROUP BY agent_name;
COMMENT ON VIEW team.cost IS 'What an agent costs.';
COMMENT ON COLUMN team.cost.usd IS 'USD.';
GRANT SELECT ON team.cost TO miyabi_etl WITH GRANT OPTION;
GRANT SELECT (agent) ON team.cost TO PUBLIC;
CREATE VIEW team.dear WITH (security_barrier = true) AS SELECT * FROM team.cost WHERE usd > 100;
CREATE RULE nothing AS ON INSERT TO team.dear DO INSTEAD NOTHING;
CREATE MATERIALIZED VIEW team.filled AS SELECT year, month, count(*) AS n FROM mart_agent_performance GROUP BY year, month;
CREATE UNIQUE INDEX filled_by_month ON team.filled (year, month);
CREATE MATERIALIZED VIEW team.unfilled AS SELECT n FROM team.filled WITH NO DATA;
CREATE FUNCTION team.label(line mart_agent_performance) RETURNS text LANGUAGE sql RETURN line.agent_name || '/' || line.ai_model;
CREATE FUNCTION team.lines() RETURNS SETOF mart_agent_performance LANGUAGE sql AS 'SELECT * FROM public.mart_agent_performance';
REVOKE ALL ON FUNCTION team.lines() FROM PUBLIC;
CREATE VIEW team.labels AS SELECT team.label(mart) AS label FROM mart_agent_performance AS mart;
"""
GIVEN = """
CREATE INDEX team_finds_agents ON mart_agent_performance (ai_model);
GRANT SELECT ON mart_agent_performance TO {role} WITH GRANT OPTION;
GRANT SELECT (item) ON v_cost_trend TO {role};
"""


def touched(scripts: Path, script: str, old: str, new: str) -> None:
    path = scripts.parent / script
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def built(warehouse: Connection, analyst: str) -> Connection:
    """The owner's connection to a warehouse on which a team has built."""
    execute(warehouse, f"SET ROLE {analyst}")
    execute(warehouse, BUILT)
    execute(warehouse, "RESET ROLE")
    execute(warehouse, GIVEN.format(role=analyst))
    warehouse.commit()
    return warehouse


def oid(connection: Connection, relation: str) -> Any:
    return query(connection, "SELECT %s::regclass::oid AS oid", [relation])[0]["oid"]


def test_what_a_team_built_on_a_mart_outlives_its_change(built: Connection, scripts: Path) -> None:
    before, old = catalogue(built), oid(built, "mart_agent_performance")
    touched(
        scripts, AGENT_MART, "\n    is_provisional\nFROM part", "\n    is_provisional,\n    1 AS one_more\nFROM part"
    )
    done = migrations.migrate(built, scripts)
    # The trend reads the mart and is made again after it; no other mart is.
    assert done == ["marts/mart_agent_performance", "marts/cost_trend"]
    assert oid(built, "mart_agent_performance") != old
    changed = differences(before, catalogue(built))
    assert set(changed) == {"relation mart_agent_performance", "column mart_agent_performance.one_more"}
    built.commit()
    assert query(built, "SELECT relispopulated AS yes FROM pg_class WHERE relname ~ 'filled$' ORDER BY relname") == [
        {"yes": True},
        {"yes": False},
    ]


def test_a_mart_that_says_the_same_stays_where_it_is(built: Connection, scripts: Path) -> None:
    before, old = catalogue(built), [oid(built, name) for name in ("mart_agent_performance", "team.filled")]
    touched(scripts, AGENT_MART, "IS 'Completed executions.'", "IS 'Executions that completed.'")
    assert migrations.migrate(built, scripts) == ["marts/mart_agent_performance", "marts/cost_trend"]
    assert [oid(built, name) for name in ("mart_agent_performance", "team.filled")] == old
    told = {"column mart_agent_performance.total_executions", "column mart_agent_performance_closed.total_executions"}
    assert set(differences(before, catalogue(built))) == told


@pytest.mark.parametrize(
    ("role", "make", "named", "remedy"),
    [
        (
            "{analyst}",
            "CREATE VIEW team.speed AS SELECT agent_name, tokens_per_dollar FROM mart_agent_performance",
            r"would break view team.speed: column .*tokens_per_dollar. does not exist",
            "change or drop it",
        ),
        ("{analyst}", "CREATE TABLE team.lines (line mart_agent_performance)", "cannot make table team.lines again", "drop it"),
        ("{stranger}", "CREATE VIEW other.v AS SELECT agent_name FROM mart_agent_performance", "cannot make view other.v again for its owner", "grant"),
    ],
    ids=["a column it reads is gone", "a table keeps rows of the mart", "its owner is a stranger"],
)  # fmt: skip
def test_what_cannot_be_kept_is_named_before_anything_is_done(
    server: TestServer, built: Connection, analyst: str, scripts: Path, role: str, make: str, named: str, remedy: str
) -> None:
    stranger = f"{analyst}_not"
    with server.connect(built.info.dbname, admin=True) as admin:
        execute(admin, f"CREATE ROLE {stranger}; CREATE SCHEMA other AUTHORIZATION {stranger}")
        execute(admin, f"GRANT SELECT ON mart_agent_performance TO {stranger}; SET ROLE {role}".format(
            analyst=analyst, stranger=stranger
        ))  # fmt: skip
        execute(admin, make)
        before, known = catalogue(built), migrations.applied(built)
        built.commit()
        touched(scripts, AGENT_MART, "    tokens_per_dollar,\n", "")
        touched(
            scripts,
            AGENT_MART,
            "COMMENT ON COLUMN mart_agent_performance.tokens_per_dollar",
            "COMMENT ON COLUMN mart_agent_performance.is_provisional",
        )
        (scripts / "0100_more.sql").write_text("CREATE TABLE more (n int);")
        with pytest.raises(SchemaError, match=named) as refused:
            migrations.migrate(built, scripts)
        assert remedy in refused.value.remedy and "nothing was changed" in refused.value.remedy
        assert (catalogue(built), migrations.applied(built)) == (before, known)
        built.commit()
        execute(admin, f"RESET ROLE; DROP OWNED BY {stranger} CASCADE; DROP ROLE {stranger}")


def test_a_function_whose_parameters_change_is_not_dropped_under_a_view(built: Connection, scripts: Path) -> None:
    execute(built, "CREATE VIEW team.days AS SELECT ops.day_of(20260101) AS day")
    built.commit()
    head = "DROP FUNCTION IF EXISTS ops.day_of(integer);\n"
    path = scripts.parent / "functions" / "day_key.sql"
    path.write_text(head + path.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(SchemaError, match=r"cannot drop function ops.day_of\(integer\).*view team.days"):
        migrations.migrate(built, scripts)
    assert query(built, "SELECT day::text FROM team.days") == [{"day": "2026-01-01"}]
