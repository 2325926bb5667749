"""What a source does beyond the usual: more columns, retries in place, releases of several issues, deletions, odd values.

Every function changes the source as it stands, the same for the same seed, and may be called again at any time.
"""

import random

from miyabi_dw.db.connection import Connection, execute, query

# Columns that a source may have or not, with what is put into some of its rows.
OPTIONAL = (
    ("agent_execution_logs", "external_id text", "'ext-' || id"),
    ("agent_execution_logs", "llm_model text", "'claude-opus-4-1-20250805'"),
    ("agent_execution_logs", "llm_tokens_cache_read bigint", "llm_tokens_input / 2"),
    ("agent_execution_logs", "llm_tokens_reasoning bigint", "llm_tokens_output / 3"),
    ("agent_execution_logs", "branch text", "'main'"),
    ("deployment_pipelines", "release_id text", "'r' || id % 5"),
    ("deployment_pipelines", "repository text", "'Miyabi/Core'"),
    ("deployment_pipelines", "updated_at timestamp", "created_at"),
    ("commits", "repository text", "'miyabi/core.git'"),
    ("commits", "is_merge boolean", "id % 4 = 0"),
    ("issues", "state text", "'open'"),
    ("issues", "author text", "'dependabot[bot]'"),
    ("issues", "deleted_at timestamp", "NULL"),
)
CHILDREN = (
    "code_gen_tasks",
    "review_results",
    "deployment_pipelines",
    "label_history",
    "agent_execution_logs",
    "commits",
)
# Values that no measure or moment can have.
ODD = (
    ("agent_execution_logs", "llm_cost_usd", "'NaN'"),
    ("agent_execution_logs", "llm_cost_usd", "-1"),
    ("agent_execution_logs", "execution_duration_ms", "-5"),
    ("agent_execution_logs", "completed_at", "started_at - interval '1 second'"),
    ("deployment_pipelines", "infrastructure_cost_usd", "'NaN'"),
    ("deployment_pipelines", "deployed_at", "'2062-05-01'"),
    ("deployment_pipelines", "deployed_at", "'infinity'"),
    ("issues", "closed_at", "created_at - interval '1 second'"),
    ("issues", "updated_at", "created_at + interval '1 year'"),
    ("commits", "committed_at", "'0044-01-01 BC'"),
    ("code_gen_tasks", "total_lines_generated", "-7"),
)


def widen(source: Connection, seed: int) -> None:
    """One optional column is there from now on, with a value in a third of the rows."""
    table, column, value = OPTIONAL[seed % len(OPTIONAL)]
    execute(source, f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column}")
    execute(source, f"UPDATE {table} SET {column.split()[0]} = {value} WHERE id % 3 = {seed % 3}")


def retry(source: Connection, seed: int) -> None:
    """A deployment that failed is tried again in the same row and succeeds hours later."""
    for row in _some(source, "deployment_pipelines WHERE deployment_status = 'failed' AND isfinite(deployed_at)", seed):
        execute(
            source,
            "UPDATE deployment_pipelines SET deployment_status = 'success', deployed_at = deployed_at + interval '3 hours'"
            " WHERE id = %s",
            [row],
        )


def delete(source: Connection, seed: int) -> None:
    """An issue is deleted with all that hangs on it."""
    for issue in _some(source, "issues", seed):
        for table in CHILDREN:
            execute(source, f"DELETE FROM {table} WHERE issue_id = %s", [issue])
        execute(source, "DELETE FROM worktree_states WHERE associated_issue_id = %s", [issue])
        execute(source, "DELETE FROM issues WHERE id = %s", [issue])


def spoil(source: Connection, seed: int) -> None:
    """One value of one row becomes what it cannot be."""
    table, column, value = ODD[seed % len(ODD)]
    for row in _some(source, f"{table} WHERE {column} IS NOT NULL", seed):
        execute(source, f"UPDATE {table} SET {column} = {value} WHERE id = %s", [row])


def _some(source: Connection, table: str, seed: int) -> list[int]:
    """The id of one row, or none where there is no row."""
    ids = [row["id"] for row in query(source, f"SELECT id FROM {table} ORDER BY id")]
    return [random.Random(seed).choice(ids)] if ids else []
