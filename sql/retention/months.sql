-- Months of each fact that have a partition here, older than the first month to be kept.
SELECT
    fact.relname AS fact,
    right(part.relname, 6)::integer AS month_key,
    known.state
FROM pg_class AS fact
INNER JOIN pg_inherits AS link ON fact.oid = link.inhparent
INNER JOIN pg_class AS part ON link.inhrelid = part.oid
LEFT JOIN ops.archived_month AS known
    ON known.fact_table = fact.relname AND known.month_key = right(part.relname, 6)::integer
WHERE
    fact.relkind = 'p'
    AND fact.relnamespace = 'public'::regnamespace
    AND right(part.relname, 6)::integer < %(first_kept)s
ORDER BY 2, 1;
