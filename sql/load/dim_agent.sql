-- Agents that the log names and no catalogue knows.
WITH inferred AS (
    INSERT INTO dim_agent (agent_id, agent_name, agent_type, agent_category, ai_model, ai_provider, is_inferred)
    SELECT DISTINCT ON (spelt.agent_id)
        spelt.agent_id,
        coalesce(spelt.agent_name, spelt.agent_id),
        spelt.agent_type,
        spelt.agent_category,
        spelt.llm_model,
        spelt.llm_provider,
        true
    FROM agent_spelling AS spelt
    WHERE
        EXISTS (SELECT 1 FROM stg_agent_execution_logs AS execution WHERE execution.agent_id = spelt.agent_id)
        AND NOT EXISTS (SELECT 1 FROM dim_agent AS known WHERE known.agent_id = spelt.agent_id)
    ORDER BY spelt.agent_id, spelt.source_agent_id
    RETURNING agent_key
)

SELECT
    count(*) AS inserted,
    0 AS updated,
    0 AS unchanged,
    0 AS deleted
FROM inferred;
