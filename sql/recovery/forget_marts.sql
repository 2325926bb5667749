DELETE FROM ops.schema_migration WHERE starts_with(name, 'marts/');
