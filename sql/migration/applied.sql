SELECT name, checksum FROM ops.schema_migration ORDER BY name;
