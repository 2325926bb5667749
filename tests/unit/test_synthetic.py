"""The generator of test sources: repeatable, within its bounds, and with everything in it that tests need."""

from datetime import date, datetime

from miyabi_dw.db.connection import Connection, query
from support.synthetic import generate, mutate

TABLES = (
    "issues",
    "agent_execution_logs",
    "code_gen_tasks",
    "review_results",
    "deployment_pipelines",
    "commits",
    "label_history",
    "worktree_states",
)


def digest(connection: Connection) -> dict[str, str]:
    sql = "SELECT coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS sum FROM {} AS t"
    return {table: query(connection, sql.format(table))[0]["sum"] for table in TABLES}


def clear(connection: Connection) -> None:
    query(connection, f"TRUNCATE {', '.join(TABLES)} RESTART IDENTITY")


def one(connection: Connection, sql: str) -> object:
    return next(iter(query(connection, sql)[0].values()))


def test_the_same_seed_gives_the_same_rows_and_another_gives_others(source: Connection) -> None:
    generate(source, n_issues=50, n_executions=300, seed=5, hostile_share=0.1)
    first = digest(source)
    clear(source)
    generate(source, n_issues=50, n_executions=300, seed=5, hostile_share=0.1)
    assert digest(source) == first
    clear(source)
    generate(source, n_issues=50, n_executions=300, seed=6, hostile_share=0.1)
    assert all(digest(source)[table] != first[table] for table in TABLES)


def test_sizes_and_days_are_those_asked_for(source: Connection) -> None:
    rows = generate(source, n_issues=120, n_executions=900, first_day=date(2025, 5, 1), last_day=date(2025, 5, 31))
    assert (rows["issues"], rows["agent_execution_logs"]) == (120, 900)
    assert all(rows.values())
    row = query(source, "SELECT min(created_at) AS first, max(created_at) AS last FROM issues")[0]
    assert datetime(2025, 5, 1) <= row["first"] <= row["last"] < datetime(2025, 6, 1)
    row = query(source, "SELECT min(started_at) AS first, max(completed_at) AS last FROM agent_execution_logs")[0]
    assert datetime(2025, 5, 1) <= row["first"] <= row["last"] < datetime(2025, 6, 1)


def test_a_realistic_source_has_what_real_ones_have(source: Connection) -> None:
    generate(source, n_issues=2_000, n_executions=6_000)
    found = query(
        source,
        """SELECT
            (SELECT array_agg(DISTINCT deployment_status ORDER BY deployment_status)
             FROM deployment_pipelines) AS statuses,
            (SELECT count(DISTINCT environment) FROM deployment_pipelines) AS environments,
            (SELECT count(*) FROM agent_execution_logs WHERE completed_at IS NULL) AS unfinished,
            (SELECT count(*) FROM agent_execution_logs WHERE completed_at - started_at > interval '3 hours') AS late,
            (SELECT count(completed_at) FROM agent_execution_logs WHERE llm_cost_usd IS NULL) AS costless,
            (SELECT count(*) FROM agent_execution_logs WHERE issue_id IS NULL) AS free,
            (SELECT count(*) FROM (SELECT 1 FROM agent_execution_logs GROUP BY agent_id, started_at, completed_at
                                   HAVING count(*) > 1) AS twice) AS repeated,
            (SELECT count(*) FROM code_gen_tasks WHERE updated_at::date > created_at::date) AS regenerated,
            (SELECT count(*) FROM commits JOIN deployment_pipelines USING (issue_id)
             WHERE committed_at > deployed_at) AS committed_after_deployment,
            (SELECT count(*) - count(DISTINCT worktree_path) FROM worktree_states) AS shared,
            (SELECT count(*) FROM label_history WHERE removed_at IS NOT NULL) AS removed,
            (SELECT count(*) FROM issues WHERE issue_type = 'incident') AS incidents""",
    )[0]
    assert found.pop("statuses") == ["failed", "pending", "rolled_back", "running", "success"]
    assert all(found.values()), found


def test_hostile_rows_are_hostile_and_others_are_not(source: Connection) -> None:
    generate(source, n_issues=400, n_executions=2_000, hostile_share=0.3)
    assert one(source, "SELECT count(*) FROM issues WHERE title LIKE '%<script>%'") > 0  # type: ignore[operator]
    assert one(source, "SELECT count(*) FROM issues WHERE length(title) = 500") > 0  # type: ignore[operator]
    assert one(source, r"SELECT count(*) FROM issues WHERE title ~ '[\u0001-\u0008\u202e]'") > 0  # type: ignore[operator]
    assert one(source, "SELECT count(*) FROM agent_execution_logs WHERE completed_at < started_at") > 0  # type: ignore[operator]
    assert one(source, "SELECT count(*) FROM agent_execution_logs WHERE llm_cost_usd = 'NaN'") > 0  # type: ignore[operator]
    clear(source)
    generate(source, n_issues=400, n_executions=2_000)
    assert one(source, "SELECT count(*) FROM agent_execution_logs WHERE completed_at < started_at") == 0
    assert one(source, "SELECT count(*) FROM deployment_pipelines WHERE deployment_status = 'exploded'") == 0


def test_generating_again_adds_late_rows_to_issues_of_their_time(source: Connection) -> None:
    generate(source, n_issues=100, n_executions=500)
    rows = generate(source, n_issues=0, n_executions=40, first_day=date(2026, 2, 1), last_day=date(2026, 2, 2), seed=9)
    assert (rows["issues"], rows["agent_execution_logs"]) == (100, 540)
    late = query(
        source,
        """SELECT min(i.created_at) AS first, max(i.created_at) AS last
           FROM agent_execution_logs AS e JOIN issues AS i ON i.id = e.issue_id WHERE e.id > 500""",
    )[0]
    assert datetime(2026, 1, 10) < late["first"] <= late["last"] < datetime(2026, 2, 4)


def test_keys_and_indexes_are_back_afterwards(source: Connection) -> None:
    sql = """SELECT string_agg(pg_get_indexdef(indexrelid), ';' ORDER BY indexrelid::regclass::text)
             || (SELECT string_agg(conname || pg_get_constraintdef(oid), ';' ORDER BY conname) FROM pg_constraint
                 WHERE connamespace = 'public'::regnamespace)
             FROM pg_index WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)"""
    before = one(source, sql)
    generate(source, n_issues=10, n_executions=10)
    assert one(source, sql) == before
    assert query(source, "INSERT INTO issues (number) VALUES (0) RETURNING id") == [{"id": 11}]


def test_changes_in_place_are_of_every_kind_and_repeatable(source: Connection) -> None:
    as_of = datetime(2026, 3, 20)
    generate(source, n_issues=500, n_executions=3_000)
    before = digest(source)
    counts = mutate(source, seed=2, as_of=as_of)
    assert all(counts.values()), counts
    after = digest(source)
    assert {table for table in TABLES if after[table] != before[table]} == set(TABLES) - {"commits"}
    clear(source)
    generate(source, n_issues=500, n_executions=3_000)
    assert mutate(source, seed=2, as_of=as_of) == counts
    assert digest(source) == after


def test_no_change_comes_from_the_future(source: Connection) -> None:
    generate(source, n_issues=300, n_executions=10, last_day=date(2026, 2, 28))
    mutate(source, seed=3, as_of=datetime(2026, 3, 1), share=0.5)
    for column in ("closed_at", "updated_at"):
        assert one(source, f"SELECT max({column}) <= '2026-03-01' FROM issues") is True
