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
        coalesce(sum(ended.infrastructure_cost_usd) FILTER (WHERE NOT EXISTS (
            SELECT 1 FROM staging.deployment_end AS later
            WHERE later.deployment_id = seen.deployment_id AND later.end_number > seen.end_number
        )), 0) AS amount
    FROM staging.deployment_pipelines AS ended
    INNER JOIN staging.deployment_end AS seen ON ended.id = seen.deployment_id
    WHERE ops.day_key(seen.deployed_at, %(business_timezone)s) / 100 = month.key
) AS wanted
CROSS JOIN LATERAL (
    SELECT
        count(*) AS rows,
        coalesce(sum(fact.infrastructure_cost_usd), 0) AS amount
    FROM fact_deployment AS fact
    WHERE fact.time_key BETWEEN month.key * 100 AND month.key * 100 + 99
) AS loaded
ORDER BY month.key;
