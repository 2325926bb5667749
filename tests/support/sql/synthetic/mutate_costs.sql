-- Costs that arrive late.
UPDATE agent_execution_logs
SET llm_cost_usd = (coalesce(llm_tokens_input, 0) * 3 + coalesce(llm_tokens_output, 0) * 15) * 0.000001
WHERE
    llm_cost_usd IS NULL
    AND completed_at < %(as_of)s::timestamp
    AND llm_tokens_input IS NOT NULL
    AND pg_temp.chance(%(seed)s, 131, id) < least(1, %(share)s * 5)
