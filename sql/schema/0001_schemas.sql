-- The four rooms of the warehouse. The star schema itself lives in public, where analysts' tools look first.
CREATE SCHEMA IF NOT EXISTS staging;
CREATE SCHEMA IF NOT EXISTS ops;

COMMENT ON SCHEMA public IS 'The star schema: dimensions, facts, bridges, marts and the views that explain them.';
COMMENT ON SCHEMA staging IS
'Persistent staging: the last known version of each row of the small source tables, from which facts are computed.';
COMMENT ON SCHEMA ops IS 'The run registry: runs, stages, row counts, checks, quarantine, alerts, backups, archived months.';
