UPDATE ops.run
SET cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp())
WHERE parent_run_id = %(backfill_id)s AND state IN ('queued', 'running')
