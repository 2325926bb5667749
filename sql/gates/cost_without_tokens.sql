SELECT batch.id, batch.agent_id, batch.llm_cost_usd
FROM {batch} AS batch
WHERE batch.llm_cost_usd IS NOT NULL AND coalesce(batch.llm_tokens_input, batch.llm_tokens_output) IS NULL;
