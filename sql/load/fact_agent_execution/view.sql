-- The batch's executions as facts: keys from the dimensions or -1, and what each cost as reported and by the price list.
CREATE VIEW {view} AS
SELECT
    staged.id AS execution_id,
    staged.time_key,
    staged.issue_id,
    coalesce(version.issue_key, -1) AS issue_key,
    coalesce(agent.agent_key, -1) AS agent_key,
    staged.execution_duration_ms,
    staged.memory_usage_mb,
    staged.cpu_usage_percent,
    staged.llm_provider,
    staged.llm_model,
    staged.llm_tokens_input,
    staged.llm_tokens_output,
    staged.llm_tokens_cache_read,
    staged.llm_tokens_cache_write,
    staged.llm_tokens_cache_write_1h,
    staged.llm_tokens_reasoning,
    cost.cost_usd AS llm_cost_usd,
    cost.source AS llm_cost_source,
    cost.reported_usd AS llm_cost_reported_usd,
    cost.list_usd AS llm_cost_list_usd,
    cost.list_high_usd AS llm_cost_list_high_usd,
    cost.is_suspect AS llm_cost_is_suspect,
    staged.external_id,
    staged.session_id,
    staged.repository,
    staged.branch,
    staged.commit_sha,
    staged.success,
    staged.error_message,
    staged.started_at,
    staged.completed_at,
    staged.created_at AS source_created_at,
    staged.row_hash
FROM stg_agent_execution_logs AS staged
CROSS JOIN {dearest_price} AS dearest
LEFT JOIN {issue_version} AS version
    ON
        staged.issue_id = version.issue_id
        AND staged.completed_at >= version.from_at
        AND staged.completed_at < version.until_at
LEFT JOIN {execution_agent} AS agent ON staged.spelling_key = agent.spelling_key
LEFT JOIN {day_price} AS price
    ON
        staged.spelling_key = price.spelling_key
        AND staged.completed_at >= price.from_at
        AND staged.completed_at < price.until_at
CROSS JOIN LATERAL ops.execution_cost(
    staged.llm_cost_usd, staged.llm_tokens_input, staged.llm_tokens_output,
    staged.llm_tokens_cache_read, staged.llm_tokens_cache_write, staged.llm_tokens_cache_write_1h,
    price.input_usd, price.output_usd, price.cache_read_usd, price.cache_write_usd, price.cache_write_1h_usd,
    dearest.input_usd, dearest.output_usd
) AS cost;
