-- What depends on an agent's spelling alone, of which there are few.
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
