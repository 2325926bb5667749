-- Indexes that no query has used since the statistics began a week ago or more; those that keep a promise stay out of it.
-- Of an index over partitions the parent is named, for its parts cannot be dropped alone.
SELECT
    coalesce(parent_index.relname, stats.indexrelname) AS index_name,
    coalesce(parent_table.relname, stats.relname) AS table_name,
    parent_index.oid IS NOT NULL AS is_partitioned,
    sum(pg_relation_size(stats.indexrelid))::bigint AS bytes
FROM pg_stat_user_indexes AS stats
INNER JOIN pg_index AS index ON stats.indexrelid = index.indexrelid
LEFT JOIN pg_inherits AS link ON stats.indexrelid = link.inhrelid
LEFT JOIN pg_class AS parent_index ON link.inhparent = parent_index.oid
LEFT JOIN pg_index AS parent ON parent_index.oid = parent.indexrelid
LEFT JOIN pg_class AS parent_table ON parent.indrelid = parent_table.oid
WHERE
    stats.schemaname = 'public'
    AND NOT index.indisunique
    AND NOT index.indisprimary
    AND coalesce(
        (SELECT base.stats_reset FROM pg_stat_database AS base WHERE base.datname = current_database()),
        pg_postmaster_start_time()
    ) < %(before)s
GROUP BY 1, 2, 3
HAVING sum(stats.idx_scan) = 0 AND sum(pg_relation_size(stats.indexrelid)) >= %(least_bytes)s
ORDER BY 4 DESC;
