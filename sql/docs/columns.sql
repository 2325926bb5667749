-- The columns of every table, view and materialized view, in their order.
SELECT
    n.nspname AS schema_name,
    c.relname AS relation,
    a.attname AS column_name,
    format_type(a.atttypid, a.atttypmod) AS data_type,
    coalesce(col_description(c.oid, a.attnum), '') AS description
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
INNER JOIN pg_attribute AS a ON c.oid = a.attrelid
WHERE
    n.nspname IN ('public', 'staging', 'ops')
    AND c.relkind IN ('r', 'p', 'v', 'm')
    AND NOT c.relispartition
    AND a.attnum > 0
    AND NOT a.attisdropped
ORDER BY n.nspname, c.relname, a.attnum;
