-- Executions of the interval by the hour in which they completed, business time, and what they cost as far as reported.
SELECT
    date_trunc('hour', staged.completed_at AT TIME ZONE %(business_timezone)s) AS hour,
    coalesce(staged.llm_provider, 'unknown') AS llm_provider,
    count(*) AS executions
FROM stg_agent_execution_logs AS staged
WHERE staged.completed_at >= %(interval_start)s AND staged.completed_at < %(interval_end)s
GROUP BY 1, 2
ORDER BY 1, 2;
