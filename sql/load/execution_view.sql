-- Prices by the days on which they hold.
DROP VIEW IF EXISTS remaining_fact_agent_execution, new_fact_agent_execution;
DROP TABLE IF EXISTS day_price;
CREATE TABLE day_price AS
SELECT
    listed.llm_provider,
    listed.llm_model,
    to_char(listed.valid_from, 'YYYYMMDD')::integer AS from_key,
    coalesce(to_char(listed.valid_to, 'YYYYMMDD')::integer, 99999999) AS until_key,
    -- Of one token: a product is exact where a quotient might be rounded.
    listed.input_usd_per_million_tokens * 0.000001 AS input_usd,
    listed.output_usd_per_million_tokens * 0.000001 AS output_usd
FROM model_price AS listed;
ANALYZE day_price;

-- The batch's executions as facts: keys from the dimensions or -1, and a cost that the log left out estimated from tokens
-- and the model's price of that day.
CREATE VIEW new_fact_agent_execution AS
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
LEFT JOIN issue_version AS version
    ON
        staged.issue_id = version.issue_id
        AND staged.time_key >= version.from_key
        AND staged.time_key < version.until_key
LEFT JOIN dim_agent AS agent ON staged.agent_id = agent.agent_id
LEFT JOIN day_price AS price
    ON
        -- Without a model to look for, a row whose cost is known is passed on at once.
        CASE WHEN staged.llm_cost_usd IS NULL THEN staged.llm_model END = price.llm_model
        AND staged.llm_provider = price.llm_provider
        AND staged.time_key >= price.from_key
        AND staged.time_key < price.until_key;
