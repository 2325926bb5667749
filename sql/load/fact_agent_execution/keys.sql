-- What depends on the spelling of agent and model alone, of which there are few.
CREATE TABLE execution_agent AS
SELECT
    spelt.spelling_key,
    coalesce(agent.agent_key, -1) AS agent_key
FROM execution_spelling AS spelt
LEFT JOIN dim_agent AS agent ON spelt.agent_id = agent.agent_id;
ANALYZE execution_agent;

-- Prices by the moments between which they hold.
CREATE TABLE day_price AS
SELECT
    spelt.spelling_key,
    price.*
FROM (
    SELECT
        array_agg(spelt.llm_provider) AS providers,
        array_agg(spelt.llm_model) AS models
    FROM execution_spelling AS spelt
) AS batch
CROSS JOIN LATERAL ops.prices_of_models(batch.providers, batch.models, %(business_timezone)s) AS price
INNER JOIN execution_spelling AS spelt ON spelt.llm_provider = price.llm_provider AND spelt.llm_model = price.llm_model;
ANALYZE day_price;

CREATE TABLE dearest_price AS
SELECT dearest.* FROM ops.dearest_price() AS dearest;
