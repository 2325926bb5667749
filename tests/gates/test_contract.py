"""The contract with the source: losses stop the run, additions are noted."""

import pytest

from gates.kit import Bench
from miyabi_dw.common.errors import BadRequest, SourceContractError
from miyabi_dw.db.connection import Connection, execute
from miyabi_dw.etl import gates
from miyabi_dw.etl.gates.lost_columns import accept_column


def test_a_source_as_agreed_passes_with_one_result_a_table(bench: Bench) -> None:
    report = gates.check_source_contract(bench.stage)
    assert report.counts == {"passed": 9, "failed": 0, "could not run": 0}
    assert bench.result("issues.table")["outcome"] == "passed"


LOSSES = {
    "table": ("DROP TABLE review_results", "table review_results: expected a table, found none"),
    "column": (
        "ALTER TABLE issues DROP COLUMN updated_at",
        "issues.updated_at: expected timestamp, found no such column",
    ),
    "zone": (
        "ALTER TABLE issues ALTER closed_at TYPE timestamptz",
        "issues.closed_at: expected timestamp, found timestamp with time zone",
    ),
    "text": (
        "ALTER TABLE deployment_pipelines ALTER deployment_duration_seconds TYPE text",
        "deployment_pipelines.deployment_duration_seconds: expected number, found text",
    ),
    "floating point": (
        "ALTER TABLE agent_execution_logs ALTER execution_duration_ms TYPE double precision",
        "agent_execution_logs.execution_duration_ms: expected integer, found double precision",
    ),
    "any integer": (
        "ALTER TABLE agent_execution_logs ALTER llm_tokens_input TYPE numeric",
        "agent_execution_logs.llm_tokens_input: expected integer, found numeric",
    ),
    "date": (
        "ALTER TABLE commits ALTER committed_at TYPE date",
        "commits.committed_at: expected timestamp, found date",
    ),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_stops_the_run_with_one_sentence(loss: str, bench: Bench, source: Connection) -> None:
    change, sentence = LOSSES[loss]
    execute(source, change)
    with pytest.raises(SourceContractError) as caught:
        gates.check_source_contract(bench.stage)
    assert sentence in str(caught.value)
    assert "resume the run" in str(caught.value)
    assert "\n" not in str(caught.value)
    failed = bench.query("SELECT * FROM ops.check_result WHERE outcome = 'failed'")
    assert [(row["layer"], row["severity"]) for row in failed] == [("source", "critical")]


def test_many_losses_are_named_up_to_a_point(bench: Bench, source: Connection) -> None:
    for table in ("commits", "label_history", "review_results", "worktree_states"):
        execute(source, f"DROP TABLE {table}")
    with pytest.raises(SourceContractError, match="and 1 more"):
        gates.check_source_contract(bench.stage)


def test_wider_types_and_enums_are_the_same_family(bench: Bench, source: Connection) -> None:
    execute(source, "ALTER TABLE issues ALTER id TYPE bigint, ALTER title TYPE text")
    execute(source, "ALTER TABLE deployment_pipelines ALTER infrastructure_cost_usd TYPE numeric(20, 10)")
    execute(source, "CREATE TYPE priority AS ENUM ('P0', 'P1')")
    execute(source, "ALTER TABLE issues ALTER priority TYPE priority USING priority::priority")
    assert gates.check_source_contract(bench.stage).counts["failed"] == 0


def test_an_added_column_is_noted_and_does_no_harm(bench: Bench, source: Connection) -> None:
    execute(source, 'ALTER TABLE commits ADD COLUMN "gpg ""signature""" bytea')
    report = gates.check_source_contract(bench.stage)
    added = [result for result in report.results if result.severity == "info" and result.column_name]
    assert [(result.column_name, result.outcome) for result in added] == [('gpg "signature"', "passed")]
    assert added[0].observed["found"] == "bytea"


def test_a_key_that_may_be_null_now_is_told(bench: Bench, source: Connection) -> None:
    execute(source, "ALTER TABLE commits DROP CONSTRAINT commits_pkey")
    execute(source, "ALTER TABLE commits ALTER id DROP NOT NULL")
    report = gates.check_source_contract(bench.stage)
    assert [(one.check_id, one.severity) for one in report.results if one.outcome == "failed"] == [
        ("commits.id", "info")
    ]


def test_only_the_tables_that_the_pipeline_reads_are_looked_at(make, source: Connection) -> None:  # type: ignore[no-untyped-def]
    execute(source, "DROP TABLE review_results")
    hourly = make("hourly_agent_metrics_etl")
    assert gates.check_source_contract(hourly.stage).counts["passed"] == 2


def test_a_second_check_of_the_same_run_replaces_the_first(bench: Bench, source: Connection) -> None:
    execute(source, "ALTER TABLE issues RENAME TO elsewhere")
    with pytest.raises(SourceContractError):
        gates.check_source_contract(bench.stage)
    execute(source, "ALTER TABLE elsewhere RENAME TO issues")
    gates.check_source_contract(bench.stage)
    assert bench.query("SELECT count(*) AS n FROM ops.check_result WHERE outcome = 'failed'")[0]["n"] == 0


def test_a18_floating_point_numbers_are_taken_with_a_note(bench: Bench, source: Connection) -> None:
    execute(source, "ALTER TABLE agent_execution_logs ALTER llm_cost_usd TYPE double precision")
    execute(source, "ALTER TABLE review_results ALTER review_score TYPE real")
    report = gates.check_source_contract(bench.stage)
    assert sorted((one.check_id, one.severity) for one in report.results if one.outcome == "failed") == [
        ("agent_execution_logs.llm_cost_usd", "info"), ("review_results.review_score", "info"),
    ]  # fmt: skip


def test_a26_a_column_that_is_gone_stops_the_run_until_that_is_accepted(bench: Bench, source: Connection) -> None:
    gates.check_source_contract(bench.stage)
    execute(source, "ALTER TABLE commits RENAME author TO written_by")
    with pytest.raises(SourceContractError, match=r"commits\.author.*miyabi-dw gate accept commits\.author --why"):
        gates.check_source_contract(bench.stage)
    with bench.stage.database.connect("etl") as connection:
        with pytest.raises(BadRequest, match="no run has read"):
            accept_column(connection, "commits.nothing", "a slip")
        accept_column(connection, "commits.author", "renamed")
    assert [one.severity for one in gates.check_source_contract(bench.stage).results if one.outcome == "failed"] == [
        "info"
    ]
    (row,) = bench.query("SELECT * FROM ops.source_column WHERE accepted_at IS NOT NULL")
    assert (row["table_name"], row["column_name"], row["accepted_why"]) == ("commits", "author", "renamed")
    execute(source, "ALTER TABLE commits RENAME written_by TO author")
    gates.check_source_contract(bench.stage)
    execute(source, "ALTER TABLE commits DROP COLUMN author")
    with pytest.raises(SourceContractError, match=r"commits\.author"):
        gates.check_source_contract(bench.stage)


def test_a26_a_column_that_no_run_has_read_is_not_missed(bench: Bench, source: Connection) -> None:
    execute(source, "ALTER TABLE issues DROP COLUMN description")
    assert gates.check_source_contract(bench.stage).counts["failed"] == 1
