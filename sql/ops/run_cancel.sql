UPDATE ops.run
SET cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp())
WHERE run_id = %(run_id)s AND state IN ('queued', 'running')
