SELECT to_regclass('ops.schema_migration') IS NOT NULL AS has_record;
