-- By month, what the source's rows make and what the fact holds.
SELECT
    month.key AS month_key,
    wanted.rows AS source_rows,
    wanted.amount AS source_amount,
    loaded.rows AS fact_rows,
    loaded.amount AS fact_amount
FROM unnest(%(months)s::integer []) AS month (key)
CROSS JOIN LATERAL (
    SELECT
        count(*) AS rows,
        coalesce(sum(ended.infrastructure_cost_usd), 0) AS amount
    FROM staging.deployment_pipelines AS ended
    WHERE
        ended.deployment_status IN ('SUCCESS', 'FAILED', 'ROLLED_BACK', 'PARTIAL')
        AND ops.day_key(ended.deployed_at, %(business_timezone)s) / 100 = month.key
) AS wanted
CROSS JOIN LATERAL (
    SELECT
        count(*) AS rows,
        coalesce(sum(fact.infrastructure_cost_usd), 0) AS amount
    FROM fact_deployment AS fact
    WHERE fact.time_key BETWEEN month.key * 100 AND month.key * 100 + 99
) AS loaded
ORDER BY month.key;
