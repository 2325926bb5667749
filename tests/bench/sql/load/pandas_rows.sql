-- The first rows of the year, under identifiers that the fact does not have yet.
SELECT
    id + 100000000 * (1 + %(turn)s) AS execution_id,
    to_char(completed_at + interval '9 hours', 'YYYYMMDD')::integer AS time_key,
    issue_id,
    agent_id,
    execution_duration_ms,
    memory_usage_mb,
    cpu_usage_percent,
    llm_tokens_input,
    llm_tokens_output,
    llm_cost_usd,
    CASE WHEN llm_cost_usd IS NULL THEN 'unknown' ELSE 'reported' END AS llm_cost_source,
    success,
    error_message,
    started_at,
    completed_at,
    created_at AS source_created_at,
    id AS row_hash,
    0 AS run_number
FROM agent_execution_logs
WHERE completed_at IS NOT NULL
ORDER BY id
LIMIT %(rows)s
