-- name: partition
SELECT ops.ensure_partitions(%(time_key)s, %(time_key)s);

-- name: record
INSERT INTO fact_performance_metrics
SELECT m.*
FROM jsonb_populate_record(
    NULL::fact_performance_metrics,
    %(measured)s::jsonb || jsonb_build_object(
        'time_key', to_char(%(measured_at)s AT TIME ZONE %(business_timezone)s, 'YYYYMMDD')::integer,
        'infrastructure_key', coalesce(
            (
                SELECT i.infrastructure_key FROM dim_infrastructure AS i
                WHERE i.resource_id = %(resource_id)s AND i.is_current
            ), -1
        )
    )
) AS m
ON CONFLICT DO NOTHING;

-- name: server
-- The server's own counters since it began to count, and what goes on at this moment.
SELECT
    s.xact_commit + s.xact_rollback AS transactions,
    s.xact_rollback AS rollbacks,
    s.deadlocks,
    s.blks_hit AS cache_hits,
    s.blks_read AS cache_misses,
    (SELECT count(*) FROM pg_stat_activity AS a WHERE a.datname = current_database()) AS connections,
    (SELECT count(*) FROM pg_stat_activity AS a WHERE a.backend_type = 'client backend') AS connections_of_server,
    current_setting('max_connections')::integer AS connection_limit,
    (
        SELECT count(*) FROM pg_stat_activity AS a
        WHERE a.datname = current_database() AND a.state = 'active' AND now() - a.query_start > interval '1 minute'
    ) AS slow_queries,
    EXISTS (SELECT 1 FROM pg_extension AS e WHERE e.extname = 'pg_stat_statements') AS has_statements
FROM pg_stat_database AS s
WHERE s.datname = current_database();
