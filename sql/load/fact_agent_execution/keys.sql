-- What depends on an agent's spelling alone, of which there are few.
CREATE TABLE execution_agent AS
SELECT
    spelt.source_agent_id,
    coalesce(agent.agent_key, -1) AS agent_key
FROM agent_spelling AS spelt
LEFT JOIN dim_agent AS agent ON spelt.agent_id = agent.agent_id;
ANALYZE execution_agent;

-- Prices by the moments between which they hold.
CREATE TABLE day_price AS
SELECT price.*
FROM (
    SELECT
        array_agg(spelt.llm_provider) AS providers,
        array_agg(spelt.llm_model) AS models
    FROM execution_spelling AS spelt
) AS batch
CROSS JOIN LATERAL ops.prices_of_models(batch.providers, batch.models, %(business_timezone)s) AS price;
ANALYZE day_price;

CREATE TABLE dearest_price AS
SELECT dearest.* FROM ops.dearest_price() AS dearest;
