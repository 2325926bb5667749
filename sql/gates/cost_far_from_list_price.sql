-- Reported costs that are suspect: twenty times off the list price of the day and by more than small change.
SELECT
    batch.id,
    batch.agent_id,
    batch.llm_model,
    batch.llm_cost_usd,
    round(cost.list_usd, 6) AS list_cost_usd,
    round(cost.list_high_usd, 6) AS list_cost_high_usd
FROM {batch} AS batch
CROSS JOIN ops.dearest_price() AS dearest
LEFT JOIN (
    SELECT price.*
    FROM (
        SELECT
            array_agg(pair.llm_provider) AS providers,
            array_agg(pair.llm_model) AS models
        FROM (
            SELECT DISTINCT told.llm_provider, told.llm_model FROM {batch} AS told WHERE told.llm_cost_usd > 0
        ) AS pair
    ) AS used
    CROSS JOIN LATERAL ops.prices_of_models(used.providers, used.models, %(business_timezone)s) AS price
) AS price
    ON
        batch.llm_provider = price.llm_provider
        AND batch.llm_model = price.llm_model
        AND batch.completed_at >= price.from_at
        AND batch.completed_at < price.until_at
CROSS JOIN LATERAL ops.execution_cost(
    batch.llm_cost_usd, batch.llm_tokens_input, batch.llm_tokens_output,
    batch.llm_tokens_cache_read, batch.llm_tokens_cache_write, batch.llm_tokens_cache_write_1h,
    price.input_usd, price.output_usd, price.cache_read_usd, price.cache_write_usd, price.cache_write_1h_usd,
    dearest.input_usd, dearest.output_usd
) AS cost
WHERE batch.llm_cost_usd > 0 AND cost.is_suspect;
