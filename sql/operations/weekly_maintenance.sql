-- name: add_partitions
SELECT ops.ensure_partitions(%(first_key)s, %(last_key)s) AS made;

-- name: facts
-- The facts, their size and what their last vacuum left.
SELECT
    fact.relname AS fact,
    coalesce(sum(stats.n_live_tup), 0)::bigint AS live_rows,
    coalesce(sum(stats.n_dead_tup), 0)::bigint AS dead_rows,
    coalesce(sum(pg_total_relation_size(stats.relid)), 0)::bigint AS bytes
FROM pg_class AS fact
LEFT JOIN pg_inherits AS link ON fact.oid = link.inhparent
LEFT JOIN pg_stat_user_tables AS stats ON link.inhrelid = stats.relid
WHERE fact.relkind = 'p' AND fact.relnamespace = 'public'::regnamespace
GROUP BY fact.relname
ORDER BY fact.relname;

-- name: partitions
-- Partitions of each fact: how many, the first and the last month, and the rows of the largest.
SELECT
    fact.relname AS fact,
    count(part.oid) AS partitions,
    min(right(part.relname, 6)) AS first_month,
    max(right(part.relname, 6)) AS last_month,
    coalesce(max(part.reltuples), 0)::bigint AS rows_of_largest
FROM pg_class AS fact
LEFT JOIN pg_inherits AS link ON fact.oid = link.inhparent
LEFT JOIN pg_class AS part ON link.inhrelid = part.oid
WHERE fact.relkind = 'p' AND fact.relnamespace = 'public'::regnamespace
GROUP BY fact.relname
ORDER BY fact.relname;

-- name: vacuum
VACUUM (ANALYZE) {table};
