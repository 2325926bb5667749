-- By month: the issues' days on which something happened, and what the executions of issues cost on them.
SELECT
    month.key AS month_key,
    wanted.rows AS source_rows,
    wanted.amount AS source_amount,
    loaded.rows AS fact_rows,
    loaded.amount AS fact_amount
FROM unnest(%(months)s::integer []) AS month (key)
CROSS JOIN LATERAL (
    SELECT
        count(DISTINCT (happened.issue_id, happened.time_key)) AS rows,
        coalesce(sum(happened.cost), 0) AS amount
    FROM (
        SELECT
            fact.issue_id,
            fact.time_key,
            fact.llm_cost_usd AS cost
        FROM fact_agent_execution AS fact
        WHERE fact.time_key BETWEEN month.key * 100 AND month.key * 100 + 99
        UNION ALL
        SELECT
            moment.issue_id,
            ops.day_key(moment.at, %(business_timezone)s),
            NULL
        FROM (
            SELECT task.issue_id, coalesce(task.updated_at, task.created_at) AS at FROM staging.code_gen_tasks AS task
            UNION ALL
            SELECT written.issue_id, written.created_at FROM staging.review_results AS written
            UNION ALL
            SELECT ended.issue_id, seen.deployed_at
            FROM staging.deployment_pipelines AS ended
            INNER JOIN staging.deployment_end AS seen ON ended.id = seen.deployment_id
            UNION ALL
            SELECT change.issue_id, change.committed_at FROM staging.commits AS change
            UNION ALL
            SELECT closed.id, closed.closed_at FROM staging.issues AS closed
        ) AS moment
        WHERE ops.day_key(moment.at, %(business_timezone)s) / 100 = month.key
    ) AS happened
    WHERE happened.issue_id IS NOT NULL
) AS wanted
CROSS JOIN LATERAL (
    SELECT
        count(*) AS rows,
        coalesce(sum(fact.ai_cost_usd), 0) AS amount
    FROM fact_issue_processing AS fact
    WHERE fact.time_key BETWEEN month.key * 100 AND month.key * 100 + 99
) AS loaded
ORDER BY month.key;
