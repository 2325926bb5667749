-- Facts of an inferred agent go over to the agent that it turned out to be. Its row stays for the facts of archived months,
-- says what that agent says, and leaves the spelling to it. The agent may also tell the model, and that the cost: a digest
-- that is no longer the source's makes the next run, or the weekly reconciliation, read the executions again.
SELECT ops.lock_target(fact.name)
FROM unnest(ARRAY['fact_agent_execution', 'fact_code_generation', 'fact_issue_processing']) AS fact (name);

WITH executions AS (
    UPDATE fact_agent_execution AS fact
    SET agent_key = respelt.agent_key, row_hash = ~fact.row_hash
    FROM respelt_agent AS respelt
    WHERE fact.agent_key = respelt.old_key
    RETURNING fact.time_key
),

generations AS (
    UPDATE fact_code_generation AS fact
    SET agent_key = respelt.agent_key
    FROM respelt_agent AS respelt
    WHERE fact.agent_key = respelt.old_key
    RETURNING fact.time_key
),

issue_days AS (
    UPDATE fact_issue_processing AS fact
    SET agent_key = respelt.agent_key
    FROM respelt_agent AS respelt
    WHERE fact.agent_key = respelt.old_key
    RETURNING fact.time_key
),

retired AS (
    UPDATE dim_agent AS held
    SET
        agent_id = format('%s (formerly %s, key %s)', respelt.agent_id, respelt.spelling, respelt.old_key),
        agent_name = respelt.agent_name,
        agent_type = respelt.agent_type,
        agent_category = respelt.agent_category,
        ai_model = respelt.ai_model,
        ai_provider = respelt.ai_provider,
        is_active = false,
        is_inferred = false,
        updated_at = now()
    FROM respelt_agent AS respelt
    WHERE held.agent_key = respelt.old_key
)

SELECT
    (SELECT count(*) FROM executions)
    + (SELECT count(*) FROM generations)
    + (SELECT count(*) FROM issue_days) AS facts,
    ops.mark_dirty('fact_agent_execution', (SELECT array_agg(DISTINCT time_key / 100) FROM executions)) AS executions_marked,
    ops.mark_dirty('fact_code_generation', (SELECT array_agg(DISTINCT time_key / 100) FROM generations)) AS generations_marked,
    ops.mark_dirty('fact_issue_processing', (SELECT array_agg(DISTINCT time_key / 100) FROM issue_days)) AS issue_days_marked;
