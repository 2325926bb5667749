-- The next id that the platform gives must be a new one.
SELECT setval(pg_get_serial_sequence(%(name)s, 'id'), greatest(max(held.id), 1), max(held.id) IS NOT NULL)
FROM {table} AS held
