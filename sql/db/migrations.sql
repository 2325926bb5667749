-- name: applied
-- By way of JSON, since a warehouse of an earlier version lacks the last column.
SELECT
    known.name,
    known.checksum,
    to_jsonb(known) ->> 'code_version' AS code_version
FROM ops.schema_migration AS known
ORDER BY known.name;

-- name: has_record
SELECT to_regclass('ops.schema_migration') IS NOT NULL AS has_record;

-- name: prepare
CREATE SCHEMA IF NOT EXISTS ops;
CREATE TABLE IF NOT EXISTS ops.schema_migration (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    applied_by text NOT NULL DEFAULT current_user,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Warehouses that began before it was kept gain it here.
ALTER TABLE ops.schema_migration ADD COLUMN IF NOT EXISTS code_version text;
COMMENT ON TABLE ops.schema_migration IS 'Scripts that were applied to the schema: migrations, functions, marts; one row each.';
COMMENT ON COLUMN ops.schema_migration.name IS 'File under sql/schema without its ending; functions/<file> or marts/<folder> for what is applied again when it changes.';
COMMENT ON COLUMN ops.schema_migration.checksum IS 'SHA-256 of the script as it was applied.';
COMMENT ON COLUMN ops.schema_migration.applied_by IS 'Database user that applied it.';
COMMENT ON COLUMN ops.schema_migration.applied_at IS 'When it was applied.';
COMMENT ON COLUMN ops.schema_migration.code_version IS 'Version of the program that applied it; null before versions were kept.';

-- name: record
INSERT INTO ops.schema_migration AS known (name, checksum, code_version)
VALUES (%(name)s, %(checksum)s, %(code_version)s)
-- Only the marts are applied again.
ON CONFLICT (name) DO UPDATE SET
    checksum = excluded.checksum,
    code_version = excluded.code_version,
    applied_by = current_user,
    applied_at = clock_timestamp();

-- name: restore_dependents
-- Nothing was set aside where the function is not there yet.
DO $restore$
BEGIN
    IF to_regprocedure('ops.restore_set_aside()') IS NOT NULL THEN
        PERFORM ops.restore_set_aside();
    END IF;
END
$restore$;
