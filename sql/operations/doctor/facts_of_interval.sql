-- What the facts hold of an interval, and what waits in quarantine of it.
SELECT
    (
        SELECT count(*) FROM fact_agent_execution AS fact
        WHERE
            fact.completed_at >= %(interval_start)s AND fact.completed_at < %(interval_end)s
            AND fact.time_key BETWEEN %(first_key)s AND %(last_key)s
    ) AS executions,
    (
        SELECT count(*) FROM fact_issue_processing AS fact WHERE fact.time_key BETWEEN %(first_key)s AND %(last_key)s
    ) AS issue_days,
    (
        SELECT count(*) FROM ops.quarantine AS waiting
        WHERE
            waiting.state = 'open' AND waiting.field IS NULL
            AND waiting.event_at >= %(interval_start)s AND waiting.event_at < %(interval_end)s
    ) AS quarantined,
    (
        SELECT min(waiting.reason) FROM ops.quarantine AS waiting
        WHERE
            waiting.state = 'open' AND waiting.field IS NULL
            AND waiting.event_at >= %(interval_start)s AND waiting.event_at < %(interval_end)s
    ) AS reason;
