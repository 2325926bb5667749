SELECT batch.execution_id, batch.llm_cost_usd, batch.llm_cost_source
FROM {batch} AS batch
WHERE (batch.llm_cost_usd IS NULL) <> (batch.llm_cost_source = 'unknown');
