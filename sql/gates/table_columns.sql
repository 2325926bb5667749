-- Columns and types of each of the named tables, in order, in one look at the catalogue.
SELECT
    namespace.nspname AS schema_name,
    relation.relname AS table_name,
    json_object_agg(attribute.attname, format_type(attribute.atttypid, NULL) ORDER BY attribute.attnum) AS columns
FROM unnest(%(schemas)s::text [], %(tables)s::text []) AS wanted (schema_name, table_name)
INNER JOIN pg_catalog.pg_namespace AS namespace ON namespace.nspname = wanted.schema_name
INNER JOIN pg_catalog.pg_class AS relation
    ON relation.relnamespace = namespace.oid AND relation.relname = wanted.table_name
INNER JOIN pg_catalog.pg_attribute AS attribute
    ON attribute.attrelid = relation.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
GROUP BY namespace.nspname, relation.relname;
