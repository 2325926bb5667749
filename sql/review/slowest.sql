-- The ten statements of this database that take longest each time they run.
SELECT
    known.queryid::text AS query_id,
    known.calls,
    round(known.mean_exec_time::numeric, 1) AS mean_ms,
    round(known.total_exec_time::numeric / 1000, 1) AS total_s,
    known.rows,
    round(100.0 * known.shared_blks_hit / nullif(known.shared_blks_hit + known.shared_blks_read, 0), 1) AS cache_hit_percent,
    known.query
FROM pg_stat_statements AS known
WHERE
    known.dbid = (SELECT here.oid FROM pg_database AS here WHERE here.datname = current_database())
    AND known.query !~* '^\s*(VACUUM|ANALYZE|COPY|CREATE|DROP|ALTER|SET|SHOW|BEGIN|COMMIT|EXPLAIN|REFRESH|FETCH|CLOSE|GRANT|REVOKE|LOCK|DO|COMMENT)'
    AND known.query NOT LIKE '%pg_stat_statements%'
ORDER BY known.mean_exec_time DESC
LIMIT 10;
