-- Scratch databases bear the number of the warehouse that they were made for, so that several can share a server.
SELECT 'miyabi_dw_scratch_' || warehouse.oid || '_' AS prefix
FROM pg_database AS warehouse
WHERE warehouse.datname = current_database();
