-- What the source has of the interval, on its own clock.
SELECT
    (
        SELECT count(*) FROM agent_execution_logs
        WHERE completed_at >= %(interval_start)s AND completed_at < %(interval_end)s
    ) AS executions,
    (SELECT count(*) FROM commits WHERE committed_at >= %(interval_start)s AND committed_at < %(interval_end)s)
    + (SELECT count(*) FROM issues WHERE closed_at >= %(interval_start)s AND closed_at < %(interval_end)s)
    + (SELECT count(*) FROM review_results WHERE created_at >= %(interval_start)s AND created_at < %(interval_end)s)
    AS others,
    (SELECT max(completed_at) FROM agent_execution_logs) AS last_completed;
