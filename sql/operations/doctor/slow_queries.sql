-- Statements that have run for long or wait for somebody, and who that is.
SELECT
    waiting.pid,
    round(extract(EPOCH FROM clock_timestamp() - waiting.query_start)) AS seconds,
    waiting.usename AS user_name,
    waiting.application_name,
    left(waiting.query, 300) AS query,
    holder.pid AS blocker_pid,
    holder.application_name AS blocker_application,
    holder.state AS blocker_state,
    left(holder.query, 300) AS blocker_query
FROM pg_stat_activity AS waiting
LEFT JOIN LATERAL (
    SELECT blocking.*
    FROM pg_stat_activity AS blocking
    WHERE blocking.pid = ANY(pg_blocking_pids(waiting.pid))
    ORDER BY blocking.xact_start
    LIMIT 1
) AS holder ON true
WHERE
    waiting.datname = current_database()
    AND waiting.pid <> pg_backend_pid()
    AND waiting.backend_type = 'client backend'
    AND waiting.state = 'active'
    AND (
        clock_timestamp() - waiting.query_start > make_interval(secs => %(slow_seconds)s)
        OR (holder.pid IS NOT NULL AND clock_timestamp() - waiting.query_start > make_interval(secs => %(blocked_seconds)s))
    )
    -- Whoever waits for its turn by design is no slow query.
    AND waiting.wait_event IS DISTINCT FROM 'advisory'
ORDER BY waiting.query_start
LIMIT 10;
