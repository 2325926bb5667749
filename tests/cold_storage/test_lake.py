"""The lake: warehouse and cold months asked as one, each row once, by nobody who may not read them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow.compute as pc
import pyarrow.parquet as parquet
import pytest

from cold_storage.conftest import FACT, MONTH, ROWS
from cold_storage.test_archive import command
from miyabi_dw.common.errors import ArchiveDamaged, BadRequest, SchemaError
from miyabi_dw.common.files import sha256
from miyabi_dw.common.settings import Settings
from miyabi_dw.db.connection import Connection, Database, execute, query
from miyabi_dw.operations import cold_storage, lake
from miyabi_dw.operations.lake.named import named
from miyabi_dw.registry.cold_files import month_path
from miyabi_dw.registry.cold_rows import FORMAT_KEY

BY_MONTH = (
    f"SELECT time_key // 100, count(*), sum(llm_cost_usd), sum(memory_usage_mb) FROM v_all_{FACT} GROUP BY 1 ORDER BY 1"
)


@pytest.fixture
def two_months(filled: Connection) -> Connection:
    """The old month, with costs that fit a decimal, and a young one that stays."""
    execute(filled, f"UPDATE {FACT} SET llm_cost_usd = execution_id * 0.10")
    execute(filled, f"INSERT INTO {FACT} (execution_id, time_key, issue_key, agent_key, llm_cost_source, completed_at, row_hash,"
                    " run_number, llm_cost_usd) VALUES (9001, 20250701, -1, -1, 'reported', '2025-07-01+00', 1, 1, 0.1)")  # fmt: skip
    filled.commit()
    return filled


def answered(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    with lake.ask(settings, sql) as found:
        return list(found.rows)


def test_every_row_is_there_once_in_whatever_state_its_month_is(
    two_months: Connection, database: Database, settings: Settings
) -> None:
    asked = BY_MONTH.replace("//", "/").replace("v_all_", "")
    wanted = [
        tuple(row.values()) for row in query(two_months, asked.replace("sum(llm_cost_usd)", "sum(llm_cost_usd) AS usd"))
    ]
    two_months.rollback()
    assert answered(settings, BY_MONTH) == wanted
    cold_storage.archive_month(database, settings, FACT, MONTH)
    assert answered(settings, BY_MONTH) == wanted
    assert answered(settings, f"SELECT count(*) FROM {FACT}") == [(1,)]
    # Copied and still here, as an interrupted move leaves it.
    cold_storage.restore_month(database, settings, FACT, MONTH)
    assert answered(settings, BY_MONTH) == wanted
    execute(two_months, "UPDATE ops.archived_month SET state = 'copied'")
    two_months.commit()
    assert answered(settings, BY_MONTH) == wanted


def test_dimensions_join_and_an_older_month_has_null_where_a_column_was_not_yet(
    two_months: Connection, database: Database, settings: Settings
) -> None:
    cold_storage.archive_month(database, settings, FACT, MONTH)
    execute(two_months, f"ALTER TABLE {FACT} ADD COLUMN mood text NOT NULL DEFAULT 'fine'")
    two_months.commit()
    asked = (f"SELECT agent.agent_key, mood, count(*) FROM v_all_{FACT} AS fact LEFT JOIN dim_agent AS agent"
             " USING (agent_key) GROUP BY ALL ORDER BY ALL")  # fmt: skip
    rows = answered(settings, asked)
    assert sorted((str(mood), count) for _, mood, count in rows) == [("None", ROWS), ("fine", 1)]


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELEC 1", "the query cannot be read: syntax error at or near"),
        ("SELECT 1; SELECT 2", "one query at a time"),
        ("COPY (SELECT 1) TO 'x.csv'", "the query cannot be read: Only SELECT"),
        ("SELECT * FROM fact_deploymant", "the lake has no table 'fact_deploymant'.*did you mean 'fact_deployment'"),
        ("SELECT nothing FROM dim_agent", 'the query cannot be answered: .*"nothing" not found'),
        ("SELECT * FROM read_csv('/etc/passwd')", "the query cannot be answered: Permission"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(
    warehouse: Connection, settings: Settings, sql: str, told: str
) -> None:
    with pytest.raises(BadRequest, match=told):
        answered(settings, sql)


def test_a_session_reads_nothing_else_and_changes_no_setting(warehouse: Connection, settings: Settings) -> None:
    with lake.connect(settings, "dim_agent") as session:
        assert session.execute("FROM dim_agent").fetchall() is not None
        for sql in (
            "FROM glob('/*')",
            "SET enable_external_access = true",
            "INSTALL httpfs",
            "SET memory_limit = '9GB'",
        ):
            with pytest.raises(duckdb.Error, match="disabled by configuration|Cannot change|locked"):
                session.execute(sql)


def test_a_file_that_is_missing_damaged_or_newer_is_named(
    two_months: Connection, database: Database, settings: Settings
) -> None:
    cold_storage.archive_month(database, settings, FACT, MONTH)
    path = month_path(settings, FACT, MONTH)
    newer = parquet.read_table(path, partitioning=None).replace_schema_metadata({FORMAT_KEY: b"9"})
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(ArchiveDamaged, match=f"{FACT} of 2025-01 in cold storage differs"):
        answered(settings, BY_MONTH)
    parquet.write_table(newer, path)
    execute(two_months, "UPDATE ops.archived_month SET file_sha256 = %s", (sha256(path),))
    two_months.commit()
    with pytest.raises(SchemaError, match="format 9"):
        answered(settings, BY_MONTH)
    shutil.rmtree(path.parents[1])
    with pytest.raises(ArchiveDamaged, match=f"the file of {FACT} of 2025-01 in cold storage is missing"):
        answered(settings, BY_MONTH)


def test_a_month_that_leaves_meanwhile_waits_for_the_reader(
    two_months: Connection, database: Database, settings: Settings, environment: dict[str, str]
) -> None:
    """Whatever the two do at once, no row is missing and none is there twice."""
    wanted = answered(settings, BY_MONTH)
    moving = subprocess.Popen(
        [sys.executable, "-m", "miyabi_dw", "--as-of", "2025-08-15", "cold", "run"],
        env=os.environ,
        stdout=subprocess.DEVNULL,
    )
    while moving.poll() is None:
        assert answered(settings, BY_MONTH) == wanted
    assert moving.returncode == 0
    assert answered(settings, BY_MONTH) == wanted
    assert cold_storage.archived(database)[0].state == "archived"


def test_only_what_a_query_names_is_copied_out() -> None:
    asked = named("WITH x AS (SELECT a.usd FROM v_all_f a WHERE a.day > 1) SELECT usd FROM x JOIN dim_b USING (k)")
    assert (asked.tables, asked.columns) == (("dim_b", "v_all_f"), {"a", "usd", "day", "k"})
    assert named("SELECT t FROM f AS t").columns is None
    assert named("SELECT count(*) FROM f").columns == frozenset()


def test_the_command(two_months: Connection, environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    sql = f"SELECT execution_id, llm_cost_usd AS usd, '=1+1' AS title FROM v_all_{FACT} ORDER BY 1 LIMIT 2"
    assert command("lake", "query", sql, "--csv") == 0
    assert capsys.readouterr().out.splitlines() == [
        "execution_id,usd,title", "1,0.1,'=1+1", "2,0.2,'=1+1"
    ]  # fmt: skip
    assert command("lake", "query", sql, "--json") == 0
    assert [row["execution_id"] for row in json.loads(capsys.readouterr().out)] == [1, 2]
    assert command("lake", "query", f"SELECT execution_id FROM v_all_{FACT}") == 0
    assert "the first 100 rows" in capsys.readouterr().err
    assert command("lake", "query", "SELECT 1 WHERE false", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []


def test_spark_reads_the_same_files_and_agrees(two_months: Connection, database: Database, settings: Settings) -> None:
    spark_sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed")
    if shutil.which("java") is None:
        pytest.skip("there is no Java")
    cold_storage.archive_month(database, settings, FACT, MONTH)
    folder: Path = month_path(settings, FACT, MONTH).parents[1]
    spark = spark_sql.SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        rows = spark.read.parquet(str(folder)).groupBy("month").agg({"llm_cost_usd": "sum", "execution_id": "count"})
        [found] = rows.collect()
    finally:
        spark.stop()
    whole = parquet.read_table(folder, partitioning="hive")
    assert (found["month"], found["count(execution_id)"]) == (MONTH, ROWS)
    assert found["sum(llm_cost_usd)"] == pc.sum(whole["llm_cost_usd"]).as_py()
