-- Language model cost by business day over the 30 days before as_of's day, what was reported and what was estimated.
SELECT
    d.full_date AS day,
    coalesce(sum(f.llm_cost_usd) FILTER (WHERE f.llm_cost_source = 'reported'), 0) AS reported_usd,
    coalesce(sum(f.llm_cost_usd) FILTER (WHERE f.llm_cost_source = 'estimated'), 0) AS estimated_usd,
    count(f.execution_id) FILTER (WHERE f.llm_cost_source = 'unknown') AS executions_of_unknown_cost
FROM dim_time AS d
LEFT JOIN fact_agent_execution AS f
    ON d.time_key = f.time_key AND f.time_key BETWEEN %(first_time_key)s AND %(last_time_key)s
WHERE d.time_key BETWEEN %(first_time_key)s AND %(last_time_key)s
GROUP BY d.full_date
ORDER BY d.full_date;
