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
