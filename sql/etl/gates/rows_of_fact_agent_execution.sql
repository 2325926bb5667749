-- The executions of the batch's days as they lie in the fact, under the names that they had in the batch.
SELECT
    fact.execution_id AS id,
    fact.issue_id,
    agent.agent_id,
    agent.agent_id AS source_agent_id,
    fact.started_at,
    fact.completed_at,
    fact.execution_duration_ms,
    fact.memory_usage_mb,
    fact.cpu_usage_percent,
    fact.llm_provider,
    fact.llm_model,
    fact.llm_tokens_input,
    fact.llm_tokens_output,
    fact.llm_tokens_cache_read,
    fact.llm_tokens_cache_write,
    fact.llm_tokens_cache_write_1h,
    NULL::boolean AS cached_parts_fit,
    fact.llm_tokens_reasoning,
    CASE fact.llm_cost_source WHEN 'reported' THEN fact.llm_cost_usd END AS llm_cost_usd,
    fact.success,
    fact.error_message,
    fact.source_created_at AS created_at,
    fact.external_id,
    fact.session_id,
    fact.repository,
    fact.branch,
    fact.commit_sha,
    fact.row_hash,
    fact.time_key
FROM public.fact_agent_execution AS fact
LEFT JOIN public.dim_agent AS agent ON agent.agent_key = nullif(fact.agent_key, -1)
WHERE fact.time_key BETWEEN %(first_day)s AND %(last_day)s
