-- Time of statements, each weighted by its calls, since the counters were last reset.
WITH calls AS (
    SELECT
        s.calls,
        s.mean_exec_time,
        s.max_exec_time,
        s.total_exec_time,
        sum(s.calls) OVER (ORDER BY s.mean_exec_time, s.queryid) AS calls_up_to,
        sum(s.calls) OVER () AS calls_in_all
    FROM pg_stat_statements AS s
    WHERE s.dbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
)

SELECT
    sum(calls)::bigint AS query_count,
    round((sum(total_exec_time) / nullif(sum(calls), 0))::numeric, 3) AS query_time_avg_ms,
    round(max(mean_exec_time)::numeric, 3) AS query_time_max_ms,
    round(min(mean_exec_time) FILTER (WHERE calls_up_to >= 0.50 * calls_in_all)::numeric, 3) AS latency_p50_ms,
    round(min(mean_exec_time) FILTER (WHERE calls_up_to >= 0.95 * calls_in_all)::numeric, 3) AS latency_p95_ms,
    round(min(mean_exec_time) FILTER (WHERE calls_up_to >= 0.99 * calls_in_all)::numeric, 3) AS latency_p99_ms,
    round(max(max_exec_time)::numeric, 3) AS latency_max_ms
FROM calls;
