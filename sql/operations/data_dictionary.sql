-- name: columns
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

-- name: relations
-- Every table, view and materialized view of the warehouse with what it says of itself; partitions with their parent.
SELECT
    n.nspname AS schema_name,
    c.relname AS relation,
    CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END AS kind,
    coalesce(obj_description(c.oid, 'pg_class'), '') AS description
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
WHERE
    n.nspname IN ('public', 'staging', 'ops')
    AND c.relkind IN ('r', 'p', 'v', 'm')
    AND NOT c.relispartition
    AND NOT EXISTS (
        SELECT 1 FROM pg_depend AS d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
ORDER BY array_position(ARRAY['public', 'staging', 'ops'], n.nspname::text), c.relname;
