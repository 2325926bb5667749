-- The small source tables: those that have a persistent staging table. `read` tells whether this batch brought rows of it.
SELECT
    kept.relname AS table_name,
    to_regclass('stg_' || kept.relname) IS NOT NULL AS is_read
FROM pg_class AS kept
INNER JOIN pg_namespace AS room ON kept.relnamespace = room.oid
WHERE
    room.nspname = 'staging'
    AND kept.relkind = 'r'
    AND EXISTS (
        SELECT 1
        FROM pg_attribute AS attribute
        WHERE attribute.attrelid = kept.oid AND attribute.attname = 'row_hash'
    )
ORDER BY kept.relname;
