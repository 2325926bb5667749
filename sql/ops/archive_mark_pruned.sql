UPDATE ops.archived_run
SET pruned_at = %(pruned_at)s
WHERE run_id = %(run_id)s;
