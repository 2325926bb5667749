-- needs: describe_models
-- Reads who an agent is and which model it used from the way a log spells it, by rules that operators keep as CSV.

CREATE OR REPLACE FUNCTION public.describe_agent(spelling text)
RETURNS TABLE (agent_name text, agent_type text, agent_category text, llm_provider text, llm_model text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT named.agent_name, named.agent_type, named.agent_category, modelled.llm_provider, modelled.llm_model
    FROM (SELECT btrim(spelling) AS word) AS given
    LEFT JOIN LATERAL (
        SELECT
            regexp_replace(given.word, rule.pattern, rule.agent_name, 'i') AS agent_name,
            rule.agent_type,
            rule.agent_category
        FROM agent_rule AS rule
        WHERE given.word ~* rule.pattern
        ORDER BY rule.rank
        LIMIT 1
    ) AS named ON true
    -- AGENT/MODEL names its model, known or not; one word alone is a model only where a rule knows its provider.
    LEFT JOIN LATERAL describe_models(ARRAY[regexp_replace(given.word, '^[^/]*/', '')]) AS modelled
        ON given.word LIKE '%/%' OR modelled.llm_provider IS NOT NULL;
END;
COMMENT ON FUNCTION public.describe_agent(text) IS
'What the rules read from a spelling, null where they do not tell. Call it once a distinct spelling, not once a row.';
