-- What depends on an agent's spelling alone, of which there are few.
DROP VIEW IF EXISTS remaining_fact_agent_execution, new_fact_agent_execution;
DROP TABLE IF EXISTS execution_agent, day_price;
CREATE TABLE execution_agent AS
SELECT
    spelt.source_agent_id,
    coalesce(agent.agent_key, -1) AS agent_key,
    spelt.llm_provider,
    spelt.llm_model
FROM agent_spelling AS spelt
LEFT JOIN dim_agent AS agent ON spelt.agent_id = agent.agent_id;
ANALYZE execution_agent;

-- Prices by the moments between which they hold.
CREATE TABLE day_price AS
SELECT
    listed.llm_provider,
    listed.llm_model,
    listed.valid_from::timestamp AT TIME ZONE %(business_timezone)s AS from_at,
    coalesce(listed.valid_to::timestamp AT TIME ZONE %(business_timezone)s, 'infinity') AS until_at,
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
LEFT JOIN issue_version AS version
    ON
        staged.issue_id = version.issue_id
        AND staged.completed_at >= version.from_at
        AND staged.completed_at < version.until_at
LEFT JOIN execution_agent AS agent ON staged.source_agent_id = agent.source_agent_id
LEFT JOIN day_price AS price
    ON
        -- Without a model to look for, a row whose cost is known is passed on at once.
        CASE WHEN staged.llm_cost_usd IS NULL THEN agent.llm_model END = price.llm_model
        AND agent.llm_provider = price.llm_provider
        AND staged.completed_at >= price.from_at
        AND staged.completed_at < price.until_at;
