-- Executions of January 2025, and marts that have finished with it.
SELECT ops.add_month('fact_agent_execution', 202501);

INSERT INTO fact_agent_execution (
    execution_id, time_key, issue_id, issue_key, agent_key, execution_duration_ms, memory_usage_mb, cpu_usage_percent,
    llm_provider, llm_model, llm_tokens_input, llm_tokens_output, llm_cost_usd, llm_cost_source, success, error_message,
    started_at, completed_at, source_created_at, row_hash, run_number
)
SELECT
    n, 20250101 + n %% 31, n %% 5000, -1, 1 + n %% 10, n * 37 %% 600000, (n %% 4096) + 0.25, n %% 100, 'anthropic',
    'claude-sonnet-4', n %% 100000, n %% 20000, (n %% 1000) * 0.0137, 'reported', n %% 11 > 0,
    CASE WHEN n %% 11 = 0 THEN 'error ' || md5(n::text) END,
    '2025-01-01+09'::timestamptz + (n %% 31) * interval '1 day' + n %% 80000 * interval '1 second',
    '2025-01-01+09'::timestamptz + (n %% 31) * interval '1 day' + n %% 80000 * interval '1 second' + interval '2 minutes',
    '2025-01-01+09'::timestamptz + (n %% 31) * interval '1 day', hashtextextended(n::text, 0), 1
FROM generate_series(1, %(rows)s) AS n;

UPDATE ops.mart_state SET open_from = 202507;
DELETE FROM ops.dirty_month;
