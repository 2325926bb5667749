-- The months of the batch's executions, and whether the fact has each: as a partition, or archived.
SELECT
    month.month_key,
    month.row_count,
    ops.partition_of('fact_agent_execution', month.month_key) IS NOT NULL AS has_partition,
    month.month_key = ANY((SELECT ops.frozen_months('fact_agent_execution'))::integer []) AS is_archived
FROM (
    SELECT
        ops.day_key(quarter.begins, %(business_timezone)s) / 100 AS month_key,
        sum(quarter.row_count)::bigint AS row_count
    FROM (
        -- Days begin on a quarter of an hour in every time zone since 1972: these are worked out for each row sooner than its day.
        SELECT
            date_bin('15 minutes', staged.completed_at, '1970-01-01 00:00:00+00') AS begins,
            count(*) AS row_count
        FROM stg_agent_execution_logs AS staged
        GROUP BY 1
    ) AS quarter
    GROUP BY 1
) AS month
ORDER BY month.month_key;
