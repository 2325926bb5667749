-- name: at_work
SELECT run.run_id FROM ops.run AS run WHERE run.state IN ('queued', 'running') ORDER BY run.run_number DESC;

-- name: has_registry
SELECT to_regclass('ops.archived_run') IS NOT NULL AS has_registry;

-- name: pages
SELECT archived.path FROM ops.archived_run AS archived ORDER BY archived.sequence;

-- name: runs
SELECT count(*) AS runs FROM ops.run;
