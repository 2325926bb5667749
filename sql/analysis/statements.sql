-- Statements of this database, the longest in all first.
SELECT
    query_id,
    calls,
    mean_ms,
    total_s,
    rows,
    cache_hit_percent,
    query
FROM ops.statement_statistics()
ORDER BY total_s DESC, query_id
LIMIT %(limit)s;
