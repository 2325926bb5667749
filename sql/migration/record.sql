INSERT INTO ops.schema_migration AS known (name, checksum) VALUES (%(name)s, %(checksum)s)
-- Only the marts are applied again.
ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, applied_by = current_user, applied_at = clock_timestamp();
