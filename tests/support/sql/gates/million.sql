-- A conformed batch of executions as the transform leaves it.
CREATE UNLOGGED TABLE stg_agent_execution_logs AS
SELECT
    made.id,
    CASE WHEN mod(made.id, 3) > 0 THEN mod(made.id, 5000) + 1 END AS issue_id,
    'agent-codegen' AS agent_id,
    'CodeGen' AS source_agent_id,
    made.started_at,
    made.started_at + interval '20 seconds' AS completed_at,
    20000::bigint AS execution_duration_ms,
    (100 + mod(made.id, 900))::numeric AS memory_usage_mb,
    (mod(made.id, 100))::numeric AS cpu_usage_percent,
    'anthropic' AS llm_provider,
    'claude-sonnet-4' AS llm_model,
    1000 + mod(made.id, 9000) AS llm_tokens_input,
    100 + mod(made.id, 900) AS llm_tokens_output,
    (mod(made.id, 1000)) * 0.0001 AS llm_cost_usd,
    mod(made.id, 50) > 0 AS success,
    CASE WHEN mod(made.id, 50) = 0 THEN 'the tests failed' END AS error_message,
    made.started_at AS created_at,
    made.id AS row_hash,
    made.started_at AS event_at,
    ops.day_key(made.started_at, 'Asia/Tokyo') AS time_key
FROM (
    SELECT
        number::bigint AS id,
        timestamptz '2026-01-14 15:00+00' + number * interval '80 milliseconds' AS started_at
    FROM generate_series(1, %(rows)s) AS number
) AS made;
ANALYZE stg_agent_execution_logs;
