-- Indexes of the star and how often each was used since the statistics began; partitions under their parent's name.
SELECT
    coalesce(parent_table.relname, stats.relname) AS table_name,
    coalesce(parent_index.relname, stats.indexrelname) AS index_name,
    sum(stats.idx_scan)::bigint AS uses,
    round(sum(pg_relation_size(stats.indexrelid)) / 1e6, 2) AS size_mb,
    bool_or(index.indisunique) AS keeps_unique
FROM pg_stat_user_indexes AS stats
INNER JOIN pg_index AS index ON stats.indexrelid = index.indexrelid
LEFT JOIN pg_inherits AS link ON stats.indexrelid = link.inhrelid
LEFT JOIN pg_class AS parent_index ON link.inhparent = parent_index.oid
LEFT JOIN pg_index AS parent ON parent_index.oid = parent.indexrelid
LEFT JOIN pg_class AS parent_table ON parent.indrelid = parent_table.oid
WHERE stats.schemaname IN ('public', 'staging', 'ops')
GROUP BY 1, 2
ORDER BY size_mb DESC, table_name, index_name
LIMIT %(limit)s;
