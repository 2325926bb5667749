-- name: begin
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; -- noqa: PRS

-- name: close_schema
DO $close$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'miyabi_etl') THEN
        REVOKE CREATE ON SCHEMA public FROM miyabi_etl;
    END IF;
END
$close$;

-- name: content
-- Count and checksum of all rows, in any order.
SELECT
    count(*) AS rows,
    coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS checksum
FROM {table} AS t;

-- name: create_database
CREATE DATABASE {database} TEMPLATE template0;

-- name: export_snapshot
SELECT pg_export_snapshot() AS snapshot;

-- name: give_up_unfinished
-- Run by the only backup there can be now: whatever another one left unfinished has no process any more.
UPDATE ops.backup
SET state = 'bad', finished_at = clock_timestamp(), detail = jsonb_build_object('complaint', 'it was interrupted')
WHERE state = 'running';

-- name: has_registry
SELECT to_regclass('ops.backup') IS NOT null AS has_registry;

-- name: is_empty
-- Whether the database has no table of anybody's; a backup is only ever restored onto such a one.
SELECT NOT EXISTS (
    SELECT 1
    FROM pg_class AS c
    INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
    WHERE c.relkind IN ('r', 'p', 'm', 'v') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    AND NOT EXISTS (
        SELECT 1 FROM pg_depend AS d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
) AS is_empty;

-- name: list
SELECT
    backup_id,
    state,
    started_at,
    verified_at,
    size_bytes,
    path,
    detail ->> 'complaint' AS complaint
FROM ops.backup
ORDER BY started_at DESC, backup_id DESC;

-- name: mark_deleted
UPDATE ops.backup SET state = 'deleted' WHERE backup_id = any(%(backup_ids)s);

-- name: open_schema
-- The marts belong to the loader, and only who may make tables in a schema can be given one there.
DO $open$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'miyabi_etl') THEN
        GRANT CREATE ON SCHEMA public TO miyabi_etl;
    END IF;
END
$open$;

-- name: record
INSERT INTO ops.backup AS b (backup_id, run_id, path, started_at, finished_at, size_bytes, sha256, state, verified_at, detail)
VALUES (
    %(backup_id)s, %(run_id)s, %(path)s, %(started_at)s, %(finished_at)s, %(size_bytes)s, %(sha256)s, %(state)s,
    %(verified_at)s, %(detail)s
)
ON CONFLICT (backup_id) DO UPDATE
    SET
        finished_at = excluded.finished_at, size_bytes = excluded.size_bytes, sha256 = excluded.sha256,
        state = excluded.state, verified_at = excluded.verified_at, detail = excluded.detail;

-- name: relations
-- Every table with rows of its own; partitions count with their parent, batches of runs do not. A materialized view is
-- computed again by the restore, and may by that come to say more than it did when its facts were loaded and not yet published.
SELECT n.nspname || '.' || c.relname AS name
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
WHERE
    c.relkind IN ('r', 'p')
    AND NOT c.relispartition
    AND n.nspname IN ('public', 'staging', 'ops')
    AND NOT EXISTS (
        SELECT 1 FROM pg_depend AS d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
ORDER BY 1;

-- name: scratch_databases
SELECT scratch.datname AS name
FROM pg_database AS scratch
WHERE starts_with(scratch.datname, %(prefix)s);

-- name: scratch_prefix
-- Scratch databases bear the number of the warehouse that they were made for, so that several can share a server.
SELECT 'miyabi_dw_scratch_' || warehouse.oid || '_' AS prefix
FROM pg_database AS warehouse
WHERE warehouse.datname = current_database();
