-- The facts of every day between two days, as a load would leave them: issue days, executions, deployments to three
-- repositories, commits, and the issues behind them, one in 400 an incident.
WITH made AS (
    SELECT ops.ensure_partitions(
        to_char(%(first_day)s::date, 'YYYYMMDD')::integer, to_char(%(last_day)s::date, 'YYYYMMDD')::integer
    )
)

SELECT count(*) FROM made;

CREATE TEMP TABLE IF NOT EXISTS calendar (day date, number integer, key integer);
TRUNCATE calendar;
INSERT INTO calendar
SELECT day::date, day::date - DATE '2000-01-01', to_char(day, 'YYYYMMDD')::integer
FROM generate_series(%(first_day)s::timestamp, %(last_day)s::timestamp, INTERVAL '1 day') AS day;

INSERT INTO dim_issue (
    issue_key, issue_id, issue_number, priority, complexity, issue_type, repository, state,
    source_created_at, source_closed_at, effective_date
)
SELECT
    id, id, id, 'P' || id %% 5, (ARRAY['low', 'medium', 'high'])[1 + id %% 3],
    CASE WHEN id %% 400 = 0 THEN 'incident' WHEN id %% 40 = 1 THEN 'hotfix' ELSE 'feature' END,
    'repository-' || id %% 3, 'closed',
    calendar.day + n * INTERVAL '10 minutes', calendar.day + n * INTERVAL '10 minutes' + INTERVAL '30 hours', '1900-01-01'
FROM calendar
CROSS JOIN generate_series(0, %(issues)s - 1) AS n
CROSS JOIN LATERAL (SELECT calendar.number::bigint * %(issues)s + n AS id) AS numbered;

INSERT INTO fact_agent_execution (
    execution_id, time_key, issue_id, issue_key, agent_key, execution_duration_ms, memory_usage_mb, cpu_usage_percent,
    llm_tokens_input, llm_tokens_output, llm_cost_usd, llm_cost_source, success, started_at, completed_at, row_hash, run_number
)
SELECT
    id, calendar.key, issue, issue, 1 + issue %% 5, 1000 + id %% 90000, 100 + id %% 900, id %% 100,
    1000 + id %% 9000, 100 + id %% 900, (id %% 1000) / 10000.0, 'reported', id %% 20 > 0,
    calendar.day + n * INTERVAL '1 second', calendar.day + n * INTERVAL '1 second', id, 1
FROM calendar
CROSS JOIN generate_series(0, %(executions)s - 1) AS n
CROSS JOIN LATERAL (
    SELECT
        calendar.number::bigint * %(executions)s + n AS id,
        calendar.number::bigint * %(issues)s + n * %(issues)s / %(executions)s AS issue
) AS numbered;

INSERT INTO fact_issue_processing (
    time_key, process_date, issue_id, issue_key, agent_key, label_key, worktree_key, infrastructure_key, run_number,
    processing_duration_seconds, lines_of_code_generated, files_modified, review_score, test_coverage_percent, clippy_warnings,
    fmt_issues, build_success, test_success, deployment_success, ai_cost_usd, started_at, completed_at, lead_time_hours
)
SELECT
    calendar.key, calendar.day, id, id, worked.agent_key, -1, -1, -1, 1,
    worked.seconds, id %% 400, id %% 9, 0.5 + (id %% 50) / 100.0, 50 + id %% 50, id %% 3,
    id %% 2, id %% 3 = 0, id %% 4 > 0, id %% 10 > 0, worked.cost, worked.started_at, worked.completed_at, id %% 90
FROM calendar
INNER JOIN (
    SELECT
        done.time_key,
        done.issue_id AS id,
        min(done.agent_key) AS agent_key,
        sum(done.execution_duration_ms) * 0.001 AS seconds,
        sum(done.llm_cost_usd) AS cost,
        min(done.started_at) AS started_at,
        max(done.completed_at) AS completed_at
    FROM fact_agent_execution AS done
    WHERE done.time_key >= (SELECT min(first.key) FROM calendar AS first)
    GROUP BY done.time_key, done.issue_id
) AS worked ON calendar.key = worked.time_key;

INSERT INTO fact_deployment (
    deployment_id, time_key, issue_id, issue_key, infrastructure_key, deployment_duration_seconds, total_cost_usd,
    deployment_status, environment, deployed_at, repository, run_number
)
SELECT
    issue, calendar.key, issue, issue, 1 + n %% 3, 60 + n, 0.25,
    CASE WHEN (calendar.number + n) %% 12 = 0 THEN 'FAILED' ELSE 'SUCCESS' END,
    CASE WHEN n %% 5 = 4 THEN 'staging' ELSE 'production' END,
    calendar.day + n * INTERVAL '40 minutes', 'repository-' || issue %% 3, 1
FROM calendar
CROSS JOIN generate_series(0, %(deployments)s - 1) AS n
CROSS JOIN LATERAL (SELECT calendar.number::bigint * %(issues)s + n AS issue) AS numbered;

INSERT INTO fact_code_change (
    commit_sha, commit_id, time_key, issue_id, issue_key, repository, committed_at, deployment_id, deployed_at,
    deployed_time_key, lead_time_seconds, run_number
)
SELECT
    md5(done.deployment_id || '-' || n), done.deployment_id * 4 + n,
    to_char(done.deployed_at - n * INTERVAL '5 hours', 'YYYYMMDD')::integer, done.issue_id, done.issue_key, done.repository,
    done.deployed_at - n * INTERVAL '5 hours',
    CASE WHEN done.deployment_status = 'SUCCESS' THEN done.deployment_id END,
    CASE WHEN done.deployment_status = 'SUCCESS' THEN done.deployed_at END,
    CASE WHEN done.deployment_status = 'SUCCESS' THEN done.time_key END,
    CASE WHEN done.deployment_status = 'SUCCESS' THEN n * 5 * 3600 END, 1
FROM calendar
INNER JOIN fact_deployment AS done ON calendar.key = done.time_key
CROSS JOIN generate_series(0, 3) AS n
WHERE done.environment = 'production' AND to_char(done.deployed_at - n * INTERVAL '5 hours', 'YYYYMMDD')::integer >= (
    SELECT min(first.key) FROM calendar AS first
);

-- Every second deployed issue is a change made with an agent.
INSERT INTO fact_change (
    change_key, change_type, time_key, repository, issue_id, kind, changed_at, is_merged, first_committed_at, commits,
    commits_with_agent, agent_share, made_with_agent, agents, models, lines_added, lines_deleted, code_lines_added,
    code_lines_churned, deployment_id, deployed_at, deployed_time_key, lead_time_hours, is_failed, cost_usd, run_number
)
SELECT
    'issue:' || made.issue_id, 'issue', max(made.time_key), made.repository, made.issue_id, 'feature', max(made.committed_at),
    TRUE, min(made.committed_at), count(*), count(*) * has.agent, has.agent, CASE has.agent WHEN 1 THEN 'yes' ELSE 'no' END,
    '{}', '{}', 40, 10, 40, made.issue_id %% 30, max(made.deployment_id), max(made.deployed_at), max(made.deployed_time_key),
    5, max(made.deployed_at) IS NULL, 0.5, 1
FROM calendar
INNER JOIN fact_code_change AS made ON calendar.key = made.time_key
CROSS JOIN LATERAL (SELECT (made.issue_id %% 2)::integer AS agent) AS has
GROUP BY made.issue_id, made.repository, has.agent
ON CONFLICT DO NOTHING;

INSERT INTO bridge_change_commit (
    commit_sha, time_key, change_key, repository, issue_id, has_evidence, made_with_agent, run_number
)
SELECT
    made.commit_sha, made.time_key, change.change_key, made.repository, made.issue_id, change.agent_share = 1,
    change.made_with_agent, 1
FROM calendar
INNER JOIN fact_code_change AS made ON calendar.key = made.time_key
INNER JOIN fact_change AS change ON made.issue_id = change.issue_id
ON CONFLICT DO NOTHING;

SELECT ops.mark_dirty(fact.name, (SELECT array_agg(DISTINCT calendar.key / 100) FROM calendar))
FROM unnest(
    ARRAY['fact_issue_processing', 'fact_agent_execution', 'fact_deployment', 'fact_code_change', 'fact_change']
) AS fact (name);

INSERT INTO ops.loaded_day (source_table, day, first_loaded_by)
SELECT
    loaded.name,
    calendar.day::date,
    'the benchmark'
FROM unnest(ARRAY['issues', 'commits', 'deployment_pipelines', 'agent_execution_logs']) AS loaded (name)
CROSS JOIN generate_series(%(first_day)s::timestamp, %(last_day)s::timestamp, interval '1 day') AS calendar (day)
ON CONFLICT DO NOTHING;
