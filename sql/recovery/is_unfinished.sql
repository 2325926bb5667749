-- Whether an interrupted restore left this database half filled; it says so itself.
SELECT coalesce(shobj_description(warehouse.oid, 'pg_database') = 'miyabi-dw: restore in progress', false) AS is_unfinished
FROM pg_database AS warehouse
WHERE warehouse.datname = current_database();
