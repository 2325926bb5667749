INSERT INTO ops.schema_migration (name, checksum) VALUES (%(name)s, %(checksum)s);
