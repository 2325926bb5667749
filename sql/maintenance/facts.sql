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
