SELECT batch.id, batch.agent_id, batch.llm_tokens_input, batch.llm_tokens_output
FROM {batch} AS batch
WHERE batch.llm_cost_usd IS NULL AND coalesce(batch.llm_tokens_input, batch.llm_tokens_output) IS NOT NULL;
