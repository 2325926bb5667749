-- name: is_archived
SELECT exists(SELECT 1 FROM ops.archived_run WHERE run_id = %(run_id)s) AS is_archived;

-- name: missing
-- Runs that ended and have no page: their runner died between the two. Runs by hand have no runner and no page.
SELECT run_id
FROM ops.run
WHERE archive_path IS null AND finished_at IS NOT null AND left(run_id, 7) <> 'manual-'
ORDER BY run_number;
