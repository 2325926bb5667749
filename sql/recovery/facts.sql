-- The partitioned tables of the star, each with its partitions' months.
SELECT
    fact.relname AS fact,
    coalesce(
        array_agg(right(part.relname, 6)::integer ORDER BY part.relname) FILTER (WHERE part.relname IS NOT NULL), '{}'
    ) AS months
FROM pg_class AS fact
LEFT JOIN pg_inherits AS link ON fact.oid = link.inhparent
LEFT JOIN pg_class AS part ON link.inhrelid = part.oid
WHERE fact.relkind = 'p' AND fact.relnamespace = 'public'::regnamespace
GROUP BY fact.relname
ORDER BY fact.relname;
