-- name: mark_pruned
UPDATE ops.archived_run
SET pruned_at = %(pruned_at)s
WHERE run_id = %(run_id)s;

-- name: prunable
SELECT
    sequence,
    run_id,
    pipeline,
    path,
    manifest_sha256,
    previous_sha256,
    archived_at,
    pruned_at
FROM ops.archived_run
WHERE pruned_at IS null AND archived_at < %(older_than)s
ORDER BY sequence;
