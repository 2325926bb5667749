-- Count and checksum of all rows in any order, whichever run wrote them.
SELECT
    count(*) AS rows,
    coalesce(sum(hashtextextended((to_jsonb(t) - 'run_number')::text, 0)), 0)::text AS checksum
FROM {table} AS t;
