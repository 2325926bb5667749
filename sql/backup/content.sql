-- Count and checksum of all rows, in any order.
SELECT
    count(*) AS rows,
    coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS checksum
FROM {table} AS t;
