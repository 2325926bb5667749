-- name: digest
INSERT INTO ops.batch_digest (run_id, table_name, row_count, digest)
SELECT
    %(run_id)s,
    %(name)s,
    count(*),
    coalesce(sum(hash_record_extended(conformed.*::record, 0)::numeric), 0)::text
FROM {table} AS conformed
ON CONFLICT (run_id, table_name) DO UPDATE SET row_count = excluded.row_count, digest = excluded.digest;

-- name: digests
SELECT
    table_name,
    row_count,
    digest
FROM ops.batch_digest
WHERE run_id = %(run_id)s
ORDER BY table_name;

-- name: drop
DROP SCHEMA IF EXISTS {schema} CASCADE;

-- name: exists
SELECT EXISTS (
    SELECT 1
    FROM pg_namespace
    WHERE nspname = %(schema)s
) AS is_there;

-- name: is_marked
SELECT to_regclass(%(mark)s) IS NOT NULL AS is_marked;

-- name: is_whole
SELECT EXISTS (SELECT 1 FROM {mark}) AS is_whole;

-- name: mark
-- After a crash of the server unlogged tables come back empty, this one with the batch beside it.
CREATE UNLOGGED TABLE {mark} AS SELECT true AS is_whole;

-- name: mark_drop
DROP TABLE IF EXISTS {mark};

-- name: rename
ALTER SCHEMA {old} RENAME TO {new};

-- name: tables
SELECT relation.relname AS name
FROM pg_class AS relation
WHERE
    relation.relnamespace = to_regnamespace(quote_ident(%(schema)s))
    AND relation.relkind IN ('r', 'v')
    AND (relation.relname LIKE 'stg\_%%' OR relation.relname IN ('rejected', 'rejected_field'))
ORDER BY relation.relname;
