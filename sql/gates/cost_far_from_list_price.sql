-- Reported costs that are a factor away from tokens times the list price of the day, and by more than small change.
SELECT
    batch.id,
    batch.agent_id,
    batch.llm_cost_usd,
    round(list.cost_usd, 6) AS list_cost_usd
FROM {batch} AS batch
INNER JOIN model_price AS price
    ON
        price.llm_provider = batch.llm_provider
        AND price.llm_model = batch.llm_model
        AND price.valid_from <= (batch.completed_at AT TIME ZONE %(business_timezone)s)::date
        AND coalesce(price.valid_to, 'infinity') > (batch.completed_at AT TIME ZONE %(business_timezone)s)::date
CROSS JOIN LATERAL (
    SELECT (
        coalesce(batch.llm_tokens_input, 0) * price.input_usd_per_million_tokens
        + coalesce(batch.llm_tokens_output, 0) * price.output_usd_per_million_tokens
    ) / 1000000 AS cost_usd
) AS list
WHERE
    coalesce(batch.llm_tokens_input, batch.llm_tokens_output) IS NOT NULL
    AND abs(batch.llm_cost_usd - list.cost_usd) > %(least_usd)s
    AND (batch.llm_cost_usd > list.cost_usd * %(factor)s OR batch.llm_cost_usd * %(factor)s < list.cost_usd);
