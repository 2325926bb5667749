WITH wanted AS (
    SELECT
        agent_id, agent_name, agent_type, agent_category, ai_model, ai_provider, model_version, framework_version,
        coalesce(string_to_array(capabilities, ';'), '{}') AS capabilities,
        max_concurrent_tasks, cost_per_hour_usd, cost_per_token_usd, is_active
    FROM incoming_agents
),

changed AS (
    UPDATE dim_agent AS held
    SET
        agent_name = wanted.agent_name,
        agent_type = wanted.agent_type,
        agent_category = wanted.agent_category,
        ai_model = wanted.ai_model,
        ai_provider = wanted.ai_provider,
        model_version = wanted.model_version,
        framework_version = wanted.framework_version,
        capabilities = wanted.capabilities,
        max_concurrent_tasks = wanted.max_concurrent_tasks,
        cost_per_hour_usd = wanted.cost_per_hour_usd,
        cost_per_token_usd = wanted.cost_per_token_usd,
        is_active = wanted.is_active,
        is_inferred = false,
        updated_at = now()
    FROM wanted
    WHERE
        held.agent_id = wanted.agent_id
        AND (
            held.agent_name, held.agent_type, held.agent_category, held.ai_model, held.ai_provider,
            held.model_version, held.framework_version, held.capabilities, held.max_concurrent_tasks,
            held.cost_per_hour_usd, held.cost_per_token_usd, held.is_active, held.is_inferred
        ) IS DISTINCT FROM (
            wanted.agent_name, wanted.agent_type, wanted.agent_category, wanted.ai_model, wanted.ai_provider,
            wanted.model_version, wanted.framework_version, wanted.capabilities, wanted.max_concurrent_tasks,
            wanted.cost_per_hour_usd, wanted.cost_per_token_usd, wanted.is_active, false
        )
    RETURNING held.agent_id
),

added AS (
    INSERT INTO dim_agent (
        agent_id, agent_name, agent_type, agent_category, ai_model, ai_provider, model_version, framework_version,
        capabilities, max_concurrent_tasks, cost_per_hour_usd, cost_per_token_usd, is_active
    )
    SELECT wanted.*
    FROM wanted
    WHERE NOT EXISTS (SELECT 1 FROM dim_agent AS held WHERE held.agent_id = wanted.agent_id)
    ORDER BY wanted.agent_id
    RETURNING agent_id
)

SELECT
    (SELECT count(*) FROM added) AS inserted,
    (SELECT count(*) FROM changed) AS updated,
    (SELECT count(*) FROM wanted) - (SELECT count(*) FROM added) - (SELECT count(*) FROM changed) AS unchanged,
    0 AS deleted
