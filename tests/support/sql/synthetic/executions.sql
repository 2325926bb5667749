INSERT INTO agent_execution_logs (
    id, issue_id, agent_id, started_at, completed_at, execution_duration_ms, memory_usage_mb, cpu_usage_percent,
    llm_tokens_input, llm_tokens_output, llm_cost_usd, success, error_message, created_at
)
WITH drawn AS (
    SELECT
        %(execution_base)s + n AS id,
        -- Now and then a row is a repetition of the one before, under another id.
        %(execution_base)s + n - (pg_temp.chance(%(seed)s, 20, n) < 0.0005)::integer AS k,
        n
    FROM generate_series(1, %(n_executions)s::bigint) AS n
),

placed AS (
    SELECT
        id,
        k,
        (k - %(execution_base)s - 1 + pg_temp.chance(%(seed)s, 21, k)) / %(n_executions)s AS share,
        pg_temp.chance(%(seed)s, 22, k) AS luck,
        pg_temp.chance(%(seed)s, 23, k) AS fate,
        pg_temp.chance(%(seed)s, 24, k) < %(hostile)s AS is_hostile,
        -- From a second to an hour, most of them short.
        (1000 * exp(8 * pg_temp.chance(%(seed)s, 25, k) ^ 2))::bigint AS duration_ms,
        (exp(11 * pg_temp.chance(%(seed)s, 26, k)))::integer AS tokens_in,
        (exp(8 * pg_temp.chance(%(seed)s, 27, k)))::integer AS tokens_out
    FROM drawn
    -- Keeps the planner from drawing each number again wherever it is used.
    OFFSET 0
),

begun AS (
    SELECT
        *,
        date_trunc('milliseconds',
            %(first)s::timestamp + (%(end)s::timestamp - %(first)s::timestamp) * share
        ) AS started_at
    FROM placed
    OFFSET 0
),

ended AS (
    SELECT
        *,
        CASE
            WHEN fate < 0.02 THEN NULL
            -- Some are completed in the log hours or days after they ran.
            WHEN fate < 0.04 THEN started_at + duration_ms * interval '1 ms' + pg_temp.wait('20 hours', luck)
            ELSE started_at + duration_ms * interval '1 ms'
        END AS completed_at
    FROM begun
    OFFSET 0
)

SELECT
    id,
    CASE
        -- An issue of about that time: issues are numbered in order of creation.
        WHEN luck < 0.85 AND %(issue_count)s > 0 THEN least(greatest(
            %(issue_base)s + floor((share * %(issue_scale)s + %(issue_shift)s) * %(issue_count)s)::integer
            - floor(- ln(1 - luck) * 3)::integer,
            %(issue_base)s + 1
        ), %(issue_base)s + %(issue_count)s)
    END,
    CASE
        WHEN is_hostile THEN left(pg_temp.hostile(luck), 100)
        ELSE pg_temp.pick(ARRAY[
            'CodeGen', 'CodeGen', 'CodeGen', 'CodeGen', 'agent-codegen', 'codegen', 'Review', 'Review', 'agent-review',
            'Deployment', 'Deployment', 'Issue', 'Coordinator', 'Coordinator', 'agent-coordinator', 'Business',
            'agent-business-strategy', 'Marketing', 'Sales', 'CRM', 'Analytics', 'agent-analytics',
            'aider/anthropic/claude-3-7-sonnet-20250219', 'aider/gpt-4o', 'claude-code/claude-opus-4-5-20251101',
            'claude-code', 'CodeReviewer', NULL
        ], pg_temp.chance(%(seed)s, 28, k))
    END,
    started_at,
    CASE
        WHEN is_hostile AND luck < 0.1 THEN started_at - interval '1 hour'
        WHEN completed_at < %(end)s::timestamp THEN date_trunc('milliseconds', completed_at)
    END,
    CASE
        WHEN completed_at IS NULL OR completed_at >= %(end)s::timestamp OR fate > 0.97 THEN NULL
        WHEN is_hostile AND luck BETWEEN 0.1 AND 0.2 THEN - duration_ms
        ELSE duration_ms
    END,
    CASE WHEN fate < 0.9 THEN 64 + (tokens_in %% 200000) * 0.01 END,
    CASE WHEN fate < 0.9 THEN (duration_ms %% 10001) * 0.01 END,
    CASE WHEN completed_at < %(end)s::timestamp AND fate < 0.98 THEN tokens_in END,
    CASE WHEN completed_at < %(end)s::timestamp AND fate < 0.98 THEN tokens_out END,
    CASE
        WHEN is_hostile AND luck BETWEEN 0.2 AND 0.25 THEN 'NaN'::numeric
        WHEN is_hostile AND luck BETWEEN 0.25 AND 0.3 THEN -1.5
        WHEN is_hostile AND luck BETWEEN 0.3 AND 0.35 THEN 123456789012345678.123456789012345678
        WHEN completed_at < %(end)s::timestamp AND fate < 0.88 THEN (tokens_in * 3 + tokens_out * 15) * 0.000001
        WHEN completed_at < %(end)s::timestamp AND fate < 0.90 THEN 0
    END,
    CASE WHEN completed_at < %(end)s::timestamp AND fate < 0.995 THEN fate < 0.92 END,
    CASE
        WHEN is_hostile THEN pg_temp.hostile(luck)
        WHEN completed_at < %(end)s::timestamp AND fate BETWEEN 0.92 AND 0.995 THEN 'exit status ' || tokens_out
    END,
    started_at
FROM ended
