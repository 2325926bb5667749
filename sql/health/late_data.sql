-- Executions that reached the warehouse more than a day after they were completed, by the runs of the last 24 hours.
SELECT
    count(*) AS rows,
    min(f.completed_at) AS oldest
FROM ops.run AS r
INNER JOIN fact_agent_execution AS f ON r.run_number = f.run_number
WHERE
    r.as_of > %(as_of)s - interval '24 hours' AND r.as_of <= %(as_of)s
    AND r.trigger IN ('schedule', 'catchup')
    AND f.time_key BETWEEN %(first_time_key)s AND %(last_time_key)s
    AND f.completed_at < r.interval_start - interval '24 hours';
