DELETE FROM ops.schema_migration WHERE name = 'marts';
