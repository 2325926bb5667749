-- For a pipeline that reads no executions: an empty batch of them, so that what follows need not ask.
DROP TABLE IF EXISTS stg_agent_execution_logs CASCADE;
CREATE UNLOGGED TABLE stg_agent_execution_logs (
    id bigint, issue_id bigint, agent_id text, source_agent_id text, started_at timestamptz, completed_at timestamptz,
    execution_duration_ms bigint, memory_usage_mb numeric, cpu_usage_percent numeric, llm_provider text, llm_model text,
    llm_tokens_input bigint, llm_tokens_output bigint, llm_cost_usd numeric, success boolean, error_message text,
    created_at timestamptz, row_hash bigint, event_at timestamptz, time_key integer
);
DROP TABLE IF EXISTS agent_spelling;
CREATE UNLOGGED TABLE agent_spelling (
    source_agent_id text, agent_id text, agent_name text, agent_type text, agent_category text, llm_provider text, llm_model text
);
