-- name: attach_index
ALTER INDEX {index} ATTACH PARTITION {part};

-- name: columns
SELECT attribute.attname AS name
FROM pg_attribute AS attribute
WHERE attribute.attrelid = to_regclass(%(table_name)s) AND attribute.attnum > 0 AND NOT attribute.attisdropped;

-- name: create_index
CREATE INDEX CONCURRENTLY IF NOT EXISTS {index} ON {table} ({column});

-- name: create_parent_index
-- Invalid until every partition has its own.
CREATE INDEX IF NOT EXISTS {index} ON ONLY {table} ({column});

-- name: drop_index
DROP INDEX CONCURRENTLY IF EXISTS {index};

-- name: drop_parent_index
DROP INDEX IF EXISTS {index};

-- name: explain
-- How the server would run a statement whose parameters are not known; PostgreSQL 16 or later.
EXPLAIN (GENERIC_PLAN, FORMAT JSON) -- noqa: PRS
/* query */;

-- name: has_statements
SELECT EXISTS (SELECT 1 FROM pg_extension AS e WHERE e.extname = 'pg_stat_statements') AS is_there;

-- name: indexed_first
-- Columns that an index of the table begins with.
SELECT DISTINCT attribute.attname AS name
FROM pg_index AS index
INNER JOIN pg_attribute AS attribute ON index.indrelid = attribute.attrelid AND index.indkey[0] = attribute.attnum
WHERE index.indrelid = to_regclass(%(table_name)s);

-- name: parent_of
-- The partitioned table that a partition belongs to, or the table itself.
SELECT
    coalesce(parent.relname, child.relname) AS table_name,
    child.relkind = 'p' OR parent.oid IS NOT NULL AS is_partitioned
FROM pg_class AS child
LEFT JOIN pg_inherits AS link ON child.oid = link.inhrelid
LEFT JOIN pg_class AS parent ON link.inhparent = parent.oid
WHERE child.oid = to_regclass(%(table_name)s);

-- name: partitions_of
SELECT child.relname AS name
FROM pg_inherits AS link
INNER JOIN pg_class AS child ON link.inhrelid = child.oid
WHERE link.inhparent = to_regclass(%(table_name)s)
ORDER BY child.relname;

-- name: slowest
-- The ten statements of this database that take longest each time they run.
SELECT
    known.queryid::text AS query_id,
    known.calls,
    round(known.mean_exec_time::numeric, 1) AS mean_ms,
    round(known.total_exec_time::numeric / 1000, 1) AS total_s,
    known.rows,
    known.query
FROM pg_stat_statements AS known
WHERE
    known.dbid = (SELECT here.oid FROM pg_database AS here WHERE here.datname = current_database())
    AND known.query !~* '^\s*(VACUUM|ANALYZE|COPY|CREATE|DROP|ALTER|SET|SHOW|BEGIN|COMMIT|EXPLAIN|REFRESH|FETCH|CLOSE|GRANT|REVOKE|LOCK|DO|COMMENT)'
    AND known.query NOT LIKE '%pg_stat_statements%'
ORDER BY known.mean_exec_time DESC
LIMIT 10;

-- name: tables
-- Tables as they are used; partitions with their parent's name.
SELECT
    coalesce(parent.relname, stats.relname) AS table_name,
    parent.relname IS NOT NULL AS is_partitioned,
    sum(stats.n_live_tup)::bigint AS live_rows,
    sum(stats.n_dead_tup)::bigint AS dead_rows,
    sum(stats.seq_scan)::bigint AS full_reads,
    sum(coalesce(stats.seq_tup_read, 0))::bigint AS rows_read_in_full,
    sum(coalesce(stats.idx_scan, 0))::bigint AS index_reads,
    sum(pg_table_size(stats.relid))::bigint AS bytes
FROM pg_stat_user_tables AS stats
LEFT JOIN pg_inherits AS link ON stats.relid = link.inhrelid
LEFT JOIN pg_class AS parent ON link.inhparent = parent.oid
WHERE stats.schemaname = 'public'
GROUP BY 1, 2
ORDER BY 1;
