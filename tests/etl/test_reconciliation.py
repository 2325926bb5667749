"""What changed long ago is found by counting, and only its months are read again."""

from datetime import UTC, date, datetime

import pytest

from etl.kit import Warehouse, differences
from miyabi_dw.common.errors import SourceContractError
from miyabi_dw.db.connection import Connection, Database, execute
from miyabi_dw.etl.reconcile import reconcile
from support import synthetic

FIRST, LAST = date(2025, 9, 1), date(2026, 1, 31)
NOW = datetime(2026, 2, 2, 3, tzinfo=UTC)


@pytest.fixture
def loaded(source: Connection, miyabi: Warehouse) -> Warehouse:
    synthetic.generate(source, n_issues=60, n_executions=400, first_day=FIRST, last_day=LAST, seed=11)
    miyabi.days(FIRST, date(2026, 2, 1))
    return miyabi


def test_equal_sides_are_left_alone(loaded: Warehouse, database: Database) -> None:
    months = reconcile(database, loaded.settings, NOW)
    assert months["is_equal"].all()
    assert not months["reread"].any()
    assert set(months["source_table"]) == {
        "agent_execution_logs", "code_gen_tasks", "commits", "deployment_pipelines", "issues", "label_history",
        "review_results", "worktree_states",
    }  # fmt: skip
    assert loaded.value("SELECT count(*) FROM ops.row_count WHERE run_id LIKE 'manual%%'") == 0


def test_the_day_that_has_not_ended_is_no_difference(loaded: Warehouse, source: Connection, database: Database) -> None:
    execute(source, "INSERT INTO commits (commit_sha, committed_at) VALUES ('fresh', '2026-02-01 16:00:00')")
    assert reconcile(database, loaded.settings, NOW)["is_equal"].all()
    assert loaded.value("SELECT count(*) FROM staging.commits WHERE commit_sha = 'fresh'") == 0
    execute(source, "ALTER TABLE commits RENAME COLUMN commit_sha TO sha")
    with pytest.raises(SourceContractError, match="commits.commit_sha"):
        reconcile(database, loaded.settings, NOW)


def test_old_changes_late_rows_and_vanished_rows_are_made_good(
    loaded: Warehouse, source: Connection, database: Database, rebuilt: Warehouse
) -> None:
    first_after = "(SELECT min(id) FROM agent_execution_logs WHERE completed_at >= %s)"
    execute(source, f"UPDATE agent_execution_logs SET llm_cost_usd = 7 WHERE id = {first_after}", ["2025-10-05"])
    execute(source, "UPDATE deployment_pipelines SET deployment_status = 'rolled_back' WHERE id = (SELECT min(id)"
            " FROM deployment_pipelines WHERE deployment_status = 'success')")  # fmt: skip
    execute(source, "DELETE FROM commits WHERE id = (SELECT min(id) FROM commits)")
    execute(source, f"DELETE FROM agent_execution_logs WHERE id = {first_after}", ["2025-11-05"])
    months = reconcile(database, loaded.settings, NOW)
    assert months["is_equal"].all()
    reread = {(row.source_table, row.bucket) for row in months[months["reread"]].itertuples()}
    october, november = date(2025, 10, 1), date(2025, 11, 1)
    assert {bucket for table, bucket in reread if table == "agent_execution_logs"} == {october, november}
    assert {table for table, _ in reread} == {"agent_execution_logs", "deployment_pipelines", "commits"}
    rebuilt.days(FIRST, date(2026, 2, 1))
    assert differences(loaded, rebuilt) == {}
    assert loaded.value("SELECT count(*) FROM ops.reconciliation WHERE reread") == len(reread)
    run = loaded.query("SELECT state::text, pipeline FROM ops.run WHERE pipeline = 'reconciliation'")
    assert run == [{"state": "succeeded", "pipeline": "reconciliation"}]
