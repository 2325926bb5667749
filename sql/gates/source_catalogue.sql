-- Every column of the tables that an unqualified name finds in the source. A domain counts as the type beneath it.
SELECT
    relation.relname AS table_name,
    attribute.attname AS column_name,
    CASE base.typtype WHEN 'e' THEN 'enum' ELSE base.typname END AS base_type,
    format_type(attribute.atttypid, attribute.atttypmod) AS shown_type,
    NOT attribute.attnotnull AS is_nullable,
    has_column_privilege(relation.oid, attribute.attnum, 'SELECT') AS is_readable
FROM pg_catalog.pg_class AS relation
INNER JOIN pg_catalog.pg_attribute AS attribute
    ON attribute.attrelid = relation.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
INNER JOIN pg_catalog.pg_type AS declared ON declared.oid = attribute.atttypid
INNER JOIN pg_catalog.pg_type AS base ON base.oid = coalesce(nullif(declared.typbasetype, 0), declared.oid)
WHERE
    relation.relname = ANY(%(tables)s::text [])
    AND relation.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND pg_catalog.pg_table_is_visible(relation.oid)
ORDER BY relation.relname, attribute.attnum;
