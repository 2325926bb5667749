-- Three months: an issue a day with an execution, a commit, a deployment and a code generation.
INSERT INTO issues (
    id, number, title, priority, complexity, issue_type, repository, created_at, updated_at, closed_at
)
SELECT n, n, 'issue ' || n, 'P2', 'medium', 'feature', 'miyabi', t, t + interval '5 hours', t + interval '5 hours'
FROM generate_series(1, 97) AS n, LATERAL (SELECT '2025-01-02'::timestamp + n * interval '1 day') AS d (t);

INSERT INTO agent_execution_logs (
    id, issue_id, agent_id, started_at, completed_at, execution_duration_ms, llm_tokens_input, llm_tokens_output,
    llm_cost_usd, success, created_at
)
SELECT n, n, 'CodeGen', t, t + interval '1 hour', 3600000, 1000, 500, 0.0125, true, t
FROM generate_series(1, 97) AS n, LATERAL (SELECT '2025-01-02'::timestamp + n * interval '1 day') AS d (t);

INSERT INTO commits (id, issue_id, commit_sha, pr_number, commit_message, author, committed_at)
SELECT n, n, md5(n::text), n, 'm', 'a', '2025-01-02 02:00'::timestamp + n * interval '1 day'
FROM generate_series(1, 97) AS n;

INSERT INTO deployment_pipelines (
    id, issue_id, deployment_status, deployment_duration_seconds, infrastructure_cost_usd, environment, deployed_at,
    created_at
)
SELECT
    n, n, 'success', 60, 0.5, 'production', '2025-01-02 03:00'::timestamp + n * interval '1 day',
    '2025-01-02 02:30'::timestamp + n * interval '1 day'
FROM generate_series(1, 97) AS n;

INSERT INTO code_gen_tasks (
    id, issue_id, total_files_generated, total_lines_generated, compilation_time_ms, clippy_warnings, fmt_issues,
    created_at, updated_at
)
SELECT
    n, n, 3, 100 + n, 10, 0, 0, '2025-01-02'::timestamp + n * interval '1 day',
    '2025-01-02 01:00'::timestamp + n * interval '1 day'
FROM generate_series(1, 97) AS n;
