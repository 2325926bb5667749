-- First and last business day that a fact of this batch can fall on, executions apart.
SELECT
    (min(moment.at) AT TIME ZONE %(business_timezone)s)::date AS first_day,
    (max(moment.at) AT TIME ZONE %(business_timezone)s)::date AS last_day
FROM (
    SELECT unnest(ARRAY[min(closed_at), max(closed_at)]) FROM stg_issues
    UNION ALL
    SELECT unnest(ARRAY[min(created_at), max(created_at), min(updated_at), max(updated_at)]) FROM stg_code_gen_tasks
    UNION ALL
    SELECT unnest(ARRAY[min(created_at), max(created_at)]) FROM stg_review_results
    UNION ALL
    SELECT unnest(ARRAY[min(deployed_at), max(deployed_at)]) FROM stg_deployment_pipelines
    UNION ALL
    SELECT unnest(ARRAY[min(committed_at), max(committed_at)]) FROM stg_commits
    UNION ALL
    SELECT unnest(ARRAY[
        to_date(min(month.key)::text, 'YYYYMM')::timestamp AT TIME ZONE %(business_timezone)s,
        (to_date(max(month.key)::text, 'YYYYMM') + interval '1 month - 1 day') AT TIME ZONE %(business_timezone)s
    ])
    FROM unnest(%(months)s::integer []) AS month (key)
) AS moment (at);
