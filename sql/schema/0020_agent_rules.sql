-- Reads who an agent is and which model it used from the way a log spells it, by rules that operators keep as CSV.
CREATE TABLE agent_rule (
    rank integer PRIMARY KEY,
    pattern text NOT NULL UNIQUE,
    agent_name text NOT NULL,
    agent_type text,
    agent_category text
);
COMMENT ON TABLE public.agent_rule IS
'Rules that read name and type of an agent from its spelling in the log. Source: catalogue agent_rules.csv.';
COMMENT ON COLUMN public.agent_rule.rank IS 'Order of the rules; the first that matches decides.';
COMMENT ON COLUMN public.agent_rule.pattern IS 'Regular expression on the whole spelling, without regard to case.';
COMMENT ON COLUMN public.agent_rule.agent_name IS 'Name it means; \1 stands for the first group of the pattern.';
COMMENT ON COLUMN public.agent_rule.agent_type IS 'Type it means; null when the spelling does not tell.';
COMMENT ON COLUMN public.agent_rule.agent_category IS 'Technical or Business; null when the spelling does not tell.';

CREATE FUNCTION describe_agent(spelling text)
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
    LEFT JOIN LATERAL (
        SELECT
            lower(regexp_replace(given.word, rule.pattern, rule.llm_provider, 'i')) AS llm_provider,
            lower(regexp_replace(given.word, rule.pattern, rule.llm_model, 'i')) AS llm_model
        FROM model_alias AS rule
        WHERE given.word ~* rule.pattern
        ORDER BY rule.rank
        LIMIT 1
    ) AS modelled ON true;
END;
COMMENT ON FUNCTION public.describe_agent(text) IS
'What the rules read from a spelling, null where they do not tell. Call it once a distinct spelling, not once a row.';
