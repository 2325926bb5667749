-- The batch's executions as facts: keys from the dimensions or -1, and a cost that the log left out estimated from tokens
-- and the model's price of that day.
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
    agent.llm_provider,
    agent.llm_model,
    staged.llm_tokens_input,
    staged.llm_tokens_output,
    coalesce(
        staged.llm_cost_usd,
        staged.llm_tokens_input * price.input_usd + staged.llm_tokens_output * price.output_usd
    ) AS llm_cost_usd,
    CASE
        WHEN staged.llm_cost_usd IS NOT NULL THEN 'reported'
        WHEN
            price.input_usd IS NOT NULL
            AND staged.llm_tokens_input IS NOT NULL
            AND staged.llm_tokens_output IS NOT NULL
            THEN 'estimated'
        ELSE 'unknown'
    END AS llm_cost_source,
    staged.success,
    staged.error_message,
    staged.started_at,
    staged.completed_at,
    staged.created_at AS source_created_at,
    staged.row_hash
FROM stg_agent_execution_logs AS staged
LEFT JOIN {issue_version} AS version
    ON
        staged.issue_id = version.issue_id
        AND staged.completed_at >= version.from_at
        AND staged.completed_at < version.until_at
LEFT JOIN {execution_agent} AS agent ON staged.source_agent_id = agent.source_agent_id
LEFT JOIN {day_price} AS price
    ON
        -- Without a model to look for, a row whose cost is known is passed on at once.
        CASE WHEN staged.llm_cost_usd IS NULL THEN agent.llm_model END = price.llm_model
        AND agent.llm_provider = price.llm_provider
        AND staged.completed_at >= price.from_at
        AND staged.completed_at < price.until_at;
