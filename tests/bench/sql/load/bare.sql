-- The floor: a table without an index, a key or a check.
DROP TABLE IF EXISTS bare;
CREATE TABLE bare (
    id bigint, issue_id bigint, agent_id text, started_at timestamp, completed_at timestamp, execution_duration_ms bigint,
    memory_usage_mb numeric, cpu_usage_percent numeric, llm_tokens_input integer, llm_tokens_output integer,
    llm_cost_usd numeric, success boolean, error_message text, created_at timestamp,
    llm_model text, llm_tokens_cache_read bigint, llm_tokens_cache_write bigint
);
