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
        coalesce(sum(task.total_lines_generated), 0) AS amount
    FROM staging.code_gen_tasks AS task
    WHERE ops.day_key(task.created_at, %(business_timezone)s) / 100 = month.key
) AS wanted
CROSS JOIN LATERAL (
    SELECT
        count(*) AS rows,
        coalesce(sum(fact.total_lines_generated), 0) AS amount
    FROM fact_code_generation AS fact
    WHERE fact.time_key BETWEEN month.key * 100 AND month.key * 100 + 99
) AS loaded
ORDER BY month.key;
