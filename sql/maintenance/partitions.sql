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
