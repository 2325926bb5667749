"""The files under expectations/ as a whole: complete, consistent, and about columns that exist."""

from pathlib import Path

import pytest

from gates.kit import Bench
from miyabi_dw.common.errors import SuiteError
from miyabi_dw.common.paths import SQL
from miyabi_dw.common.yaml_files import read_model
from miyabi_dw.db import connection as db
from miyabi_dw.db.statements import blocks
from miyabi_dw.etl.gates import coverage, suites
from miyabi_dw.etl.gates.suites import LAYERS, load_suite, load_suites, suite_tables
from miyabi_dw.etl.gates.validation import validate
from miyabi_dw.etl.tables import source_tables
from miyabi_dw.registry.declarations import load_declarations

SOURCE_TABLES = {
    "issues", "agent_execution_logs", "code_gen_tasks", "review_results", "deployment_pipelines", "commits",
    "label_history", "worktree_states", "pull_requests",
}  # fmt: skip
STAR = {
    "dim_time", "dim_issue", "dim_agent", "dim_infrastructure", "dim_label", "dim_worktree", "fact_issue_processing",
    "fact_agent_execution", "fact_code_generation", "fact_deployment", "fact_code_change", "fact_performance_metrics",
}  # fmt: skip


def test_every_table_of_the_warehouse_contract_has_its_files() -> None:
    assert set(source_tables()) == SOURCE_TABLES
    assert set(suite_tables("conformed")) == SOURCE_TABLES
    assert set(suite_tables("facts")) >= STAR


def test_every_table_that_a_pipeline_reads_or_fills_has_a_suite() -> None:
    for pipeline in load_declarations().values():
        assert set(pipeline.source_tables) <= set(suite_tables("conformed"))
        assert set(pipeline.targets) <= set(suite_tables("facts"))


def test_no_id_is_used_twice_and_every_note_says_something_of_its_own() -> None:
    checks = [check for layer in LAYERS for suite in load_suites(layer) for check in suite.expectations]
    assert len({check.id for check in checks}) == len(checks)
    for check in checks:
        assert len(check.note.split()) >= 3, check.id
        assert check.note.lower().replace(" ", "-") != check.id.partition(".")[2]


def test_all_types_arguments_parameters_and_queries_exist() -> None:
    counted = validate()
    assert counted["suites"] == len(suite_tables("conformed")) + len(suite_tables("facts"))
    assert counted["checks"] > 150


def test_every_query_for_offending_rows_is_used() -> None:
    used = {c.kwargs.get("query") for layer in LAYERS for suite in load_suites(layer) for c in suite.expectations}
    written = {path.stem for path in (SQL / "gates").glob("*.sql")} | blocks(SQL / "gates.sql").keys()
    assert written == used - {None}


def test_every_column_named_exists_in_its_table(bench: Bench) -> None:
    rows = bench.query(
        "SELECT table_schema, table_name, column_name FROM information_schema.columns WHERE table_schema IN (%s, 'public')",
        bench.stage.schema,
    )
    known: dict[str, set[str]] = {}
    for row in rows:
        known.setdefault(row["table_name"].removeprefix("stg_"), set()).add(row["column_name"])
    for layer in LAYERS:
        for suite in load_suites(layer):
            for check in suite.expectations:
                assert set(check.columns) <= known[suite.table], check.id


def test_the_contract_names_every_column_of_the_source_schema(bench: Bench) -> None:
    with bench.stage.source() as connection:
        found = db.query(
            connection,
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'",
        )
    for name, table in source_tables().items():
        has = {row["column_name"] for row in found if row["table_name"] == name}
        if table.optional and not has:
            continue
        # Which of the optional columns a source has is its own affair.
        assert has <= set(table.columns)
        assert {column for column, expected in table.columns.items() if not expected.optional} <= has


def test_coverage_shows_columns_that_nothing_checks() -> None:
    rows = {(row.table, row.column): row for row in coverage.coverage("conformed")}
    assert rows["commits", "commit_message"].count == 0
    assert "sha-known" in rows["commits", "commit_sha"].checks


BROKEN = {
    "no yaml": ("table: [", "line 2"),
    "key twice": ("table: commits\ntable: issues\n", "'table' is given twice"),
    "unquoted on": ("table: commits\nwhy: because of a reason\non: 1\n", "True is no text"),
    "unknown key": ("table: commits\nwhy: because of a reason\nexpectation: []\n", "expectations: Field required"),
    "no note": (
        (
            "table: commits\nwhy: because of a reason\nexpectations:\n"
            "  - {id: commits.x, type: expect_column_values_to_not_be_null, kwargs: {column: id}, severity: critical}\n"
        ),
        "expectations.commits.x.note: Field required",
    ),
    "severity": (
        (
            "table: commits\nwhy: because of a reason\nexpectations:\n"
            "  - {id: commits.x, type: expect_table_row_count_to_be_between, severity: fatal, note: a note of some length}\n"
        ),
        "expectations.commits.x.severity:",
    ),
    "id twice": (
        "table: commits\nwhy: because of a reason\nexpectations:\n"
        + 2
        * "  - {id: commits.x, type: expect_table_row_count_to_be_between, severity: info, note: a note of some length}\n",
        "the id commits.x is used 2 times",
    ),
    "other table": ("table: issues\nwhy: because of a reason\nexpectations: []\n", "expectations:"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_does_not_parse_gives_one_sentence_with_file_and_place(case: str, tmp_path: Path) -> None:
    text, expected = BROKEN[case]
    (tmp_path / "conformed").mkdir()
    (tmp_path / "conformed" / "commits.yml").write_text(text)
    with pytest.raises(SuiteError) as caught:
        load_suite("conformed", "commits", tmp_path)
    assert "commits.yml" in str(caught.value)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_suite_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="nothing.yml"):
        load_suite("conformed", "nothing", tmp_path)


def test_bytes_that_are_no_text_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "commits.yml"
    path.write_bytes(b"table: \xff\xfe")
    with pytest.raises(SuiteError, match="cannot be read"):
        read_model(path, suites.Suite)
